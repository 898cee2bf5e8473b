import type { Link } from '../../../protocol/content/link.ts'
import type { Transfer } from '../transfer.ts'
import { sleep } from '../sleep.ts'
import type { StockPeers } from '../stock/stock-peers.ts'
import { type ChannelHost, type ChannelOptions, ChannelSwarm } from './swarm.ts'

/** The swarm is entered again after so long if no tracker answers, in milliseconds. */
const AGAIN = 10_000

/** A place in the swarm of a channel, as soon as a tracker lets this peer in, for the torrents that are exchanged. */
export class Membership {
  readonly #transfers = new Set<Transfer>()
  readonly #stock: StockPeers | null
  /** Peers that have sent what is wrong, of any transfer. They stay so for those to come. */
  readonly #banned = new Set<string>()
  #swarm: ChannelSwarm | null = null
  #limits = { download: Infinity, isUploading: true }

  /** @param stock how stock peers are met; `null` for not at all */
  constructor(stock: StockPeers | null) {
    this.#stock = stock
  }

  get swarm(): ChannelSwarm | null {
    return this.#swarm
  }

  /** Peers that follow the channel too, as far as is known. */
  get peers(): number {
    return (this.#swarm?.mesh.presence.count ?? 1) - 1
  }

  /** Enters the swarm. @throws {EdgeswarmError} as `join` does */
  async enter(link: Link, host: ChannelHost, options: ChannelOptions): Promise<ChannelSwarm> {
    const swarm = (this.#swarm = await ChannelSwarm.enter(link, host, options))
    for (const transfer of this.#transfers) transfer.enter(swarm, this.#banned)
    return swarm
  }

  /** Enters the swarm, however long it takes until a tracker answers. @throws the reason of the signal */
  async enterInTheEnd(
    link: Link,
    host: ChannelHost,
    options: ChannelOptions & { readonly signal: AbortSignal },
    problem: (text: string) => void,
  ): Promise<ChannelSwarm> {
    for (;;) {
      try {
        return await this.enter(link, host, options)
      } catch (error) {
        options.signal.throwIfAborted()
        for (const transfer of this.#transfers) transfer.giveUpPeers()
        problem((error as Error).message)
      }
      await sleep(AGAIN, options.signal)
    }
  }

  /**
   * What all transfers keep to.
   *
   * @param download bytes a second
   */
  limit(download: number, isUploading: boolean): void {
    this.#limits = { download, isUploading }
    for (const { exchange } of this.#transfers) exchange.limit(download, isUploading)
  }

  add(transfer: Transfer): void {
    if (this.#transfers.has(transfer)) return
    // A release with the same files: the new one takes over.
    for (const other of this.#transfers) if (other.infoHash === transfer.infoHash) this.remove(other)
    this.#transfers.add(transfer)
    transfer.exchange.limit(this.#limits.download, this.#limits.isUploading)
    if (this.#stock) transfer.meet(this.#stock, this.#banned)
    if (this.#swarm) transfer.enter(this.#swarm, this.#banned)
  }

  /** Exchanges a torrent no longer. */
  remove(transfer: Transfer): void {
    this.#transfers.delete(transfer)
    transfer.close()
  }

  async leave(): Promise<void> {
    for (const transfer of this.#transfers) this.remove(transfer)
    await Promise.all([this.#swarm?.leave(), this.#stock?.close()])
  }
}
