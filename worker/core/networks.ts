import { type Address, networkOf } from '../../protocol/address.ts'
import { Bucket } from './gcra.ts'

/** What a hub knows of one address, or of one /64 of IPv6. */
export interface Network {
  readonly bucket: Bucket
  sockets: number
  peers: number
  httpPeers: number
}

/** The networks that were heard of. Those with nothing open and a full bucket are forgotten as others come. */
export class Networks {
  readonly #networks = new Map<string, Network>()
  #pruneAbove = 1024

  get size(): number {
    return this.#networks.size
  }

  /** @param now in milliseconds; if given, may forget others. */
  of(address: Address, now?: number): Network {
    const key = networkOf(address)
    const known = this.#networks.get(key)
    if (known) return known
    if (now !== undefined && this.#networks.size >= this.#pruneAbove) this.#prune(now)
    const network: Network = { bucket: new Bucket(), sockets: 0, peers: 0, httpPeers: 0 }
    this.#networks.set(key, network)
    return network
  }

  // Runs when the map has doubled since the last time, so its cost is constant for each network that is added.
  #prune(now: number): void {
    for (const [key, { bucket, sockets, httpPeers }] of this.#networks) {
      if (sockets === 0 && httpPeers === 0 && bucket.isFresh(now)) this.#networks.delete(key)
    }
    this.#pruneAbove = Math.max(1024, 2 * this.#networks.size)
  }
}
