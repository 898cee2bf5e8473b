import type { Host, Network } from './network.ts'

/** One direction of an open link: what goes in comes out in the same order, each a while later. */
export class Lane {
  /** One way, in milliseconds. */
  readonly latency: number
  readonly #network: Network
  readonly #from: Host
  readonly #to: Host
  /** When the last one comes out: what goes in later comes out later. */
  #lastAt = 0
  /** What waits for the network to be whole again. */
  #kept: (() => void)[] = []

  constructor(network: Network, from: Host, to: Host) {
    this.#network = network
    this.#from = from
    this.#to = to
    this.latency = network.latency(from, to)
  }

  get isCut(): boolean {
    return this.#network.areParted(this.#from, this.#to)
  }

  carry(arrive: () => void): void {
    if (this.isCut) {
      this.#kept.push(arrive)
      return
    }
    const { agenda } = this.#network
    this.#lastAt = Math.max(this.#lastAt, agenda.now + this.#network.delay(this.latency))
    agenda.at(this.#lastAt, arrive)
  }

  /** The network is whole again: what was kept is sent once more. */
  resume(): void {
    const kept = this.#kept
    this.#kept = []
    for (const arrive of kept) this.carry(arrive)
  }
}
