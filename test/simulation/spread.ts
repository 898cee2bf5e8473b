import { mean, type Metrics, most } from './metrics.ts'
import { farthest, type Linked } from './paths.ts'

/** How one publication spreads among peers. */
export class Spread<Peer extends Linked<Peer>> {
  readonly author: Peer
  /** When it was published (ms). */
  readonly at: number
  /** How long the fastest way to the farthest peer takes, as the links were then (ms). */
  readonly shortest: number
  /** How many copies have come, to whomever. */
  copies = 0
  /** Over how many links the first copy came, by peer. */
  readonly hops: Map<Peer, number>
  lastHop = 0
  /** When whom it was handed to (ms). */
  readonly readers = new Map<Peer, number>()
  lastReadAt: number

  constructor(author: Peer, at: number) {
    this.author = author
    this.at = at
    this.lastReadAt = at
    this.shortest = farthest(author).time
    this.hops = new Map([[author, 0]])
  }

  onCopy(peer: Peer, from: Peer): void {
    this.copies++
    if (this.hops.has(peer)) return
    const hop = (this.hops.get(from) ?? 0) + 1
    this.hops.set(peer, hop)
    this.lastHop = Math.max(this.lastHop, hop)
  }

  onRead(peer: Peer, now: number): void {
    if (this.readers.has(peer)) return
    this.readers.set(peer, now)
    this.lastReadAt = now
  }

  /** Copies that nobody needed, for each peer that had one to come. */
  get redundancy(): number {
    const needed = this.hops.size - 1
    return needed === 0 ? 0 : (this.copies - needed) / needed
  }

  /** Until the last reader had it (ms). */
  get time(): number {
    return this.lastReadAt - this.at
  }

  get timeRatio(): number {
    return this.time / this.shortest
  }
}

/** What publications cost beyond what is needed, and over how many links they came. */
export const costs = <Peer extends Linked<Peer>>(spreads: readonly Spread<Peer>[]): Metrics => ({
  redundancy: mean(spreads.map(({ redundancy }) => redundancy)),
  worstRedundancy: most(spreads.map(({ redundancy }) => redundancy)),
  lastHop: most(spreads.map(({ lastHop }) => lastHop)),
})

/** How fast publications were (ms), and how much slower than the shortest ways are. */
export const times = <Peer extends Linked<Peer>>(spreads: readonly Spread<Peer>[]): Metrics => ({
  time: mean(spreads.map(({ time }) => time)),
  worstTime: most(spreads.map(({ time }) => time)),
  timeRatio: mean(spreads.map(({ timeRatio }) => timeRatio)),
  worstTimeRatio: most(spreads.map(({ timeRatio }) => timeRatio)),
})
