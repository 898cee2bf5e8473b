import type { Heard } from './protocol.ts'

/** A message on its way over one link, by short ids and in the picture's time (ms, as `performance.now()` gives it). */
export interface Hop {
  readonly from: string
  readonly to: string
  readonly start: number
  readonly end: number
}

/** Where a message has got to. */
export interface Reach {
  /** Short. */
  readonly author: string
  /** The peers that have heard it, without its author; short ids. */
  readonly reached: ReadonlySet<string>
  /** The longest way it took, in links. */
  readonly hops: number
}

/** How long a message takes over one link in the picture: in truth nobody could see it. In milliseconds. */
export const HOP = 420
/** A line keeps its glow for so long after a message has passed. */
export const GLOW = 1600
/** Messages that are followed at a time. */
const MAX_JOURNEYS = 64
/** Peers of one message that are followed: as many as a room shows. */
const MAX_PEERS = 256

/**
 * The ways that messages take from peer to peer, in a time that eyes can follow. The order is real: nobody passes on
 * in the picture what has not come to it.
 */
export class Journeys {
  readonly #journeys = new Map<string, Journey>()

  /**
   * A message is published.
   *
   * @param id short, as `author` is
   * @param at when its author begins to glow: late enough for the first reports to be here
   */
  begin(id: string, author: string, at: number): void {
    if (this.#journeys.has(id)) return
    this.#journeys.set(id, new Journey(author, at))
    for (const oldest of this.#journeys.keys()) {
      if (this.#journeys.size <= MAX_JOURNEYS) break
      this.#journeys.delete(oldest)
    }
  }

  /** A peer says which way a message came to it. Of messages that have not begun nothing is kept. */
  report(by: string, { id, via }: Heard, now: number): void {
    this.#journeys.get(id)?.report(by, via, now)
  }

  /** Those that are under way, or have passed a moment ago. */
  hops(now: number): Hop[] {
    return [...this.#journeys.values()].flatMap((journey) => journey.hops.filter(({ end }) => now < end + GLOW))
  }

  /** Of the message that came last. */
  get reach(): Reach | null {
    return [...this.#journeys.values()].at(-1)?.reach ?? null
  }
}

class Journey {
  readonly #author: string
  readonly hops: Hop[] = []
  readonly #reached = new Set<string>()
  /** When it comes to whom in the picture, and over how many links. */
  readonly #arrivals = new Map<string, { readonly at: number; readonly hops: number }>()
  /** Who had it from whom, while it has not come there itself. */
  readonly #waiting = new Map<string, string[]>()
  #longest = 0

  constructor(author: string, at: number) {
    this.#author = author
    this.#arrivals.set(author, { at, hops: 0 })
  }

  get reach(): Reach {
    return { author: this.#author, reached: this.#reached, hops: this.#longest }
  }

  report(by: string, via: string, now: number): void {
    if (by === this.#author || this.#reached.has(by) || this.#reached.size >= MAX_PEERS) return
    this.#reached.add(by)
    const waiting = this.#waiting.get(via)
    if (this.#arrivals.has(via)) this.#arrive(by, via, now)
    else if (waiting) waiting.push(by)
    else this.#waiting.set(via, [by])
  }

  #arrive(to: string, from: string, now: number): void {
    const before = this.#arrivals.get(from)
    if (!before) return
    const start = Math.max(now, before.at)
    const hops = before.hops + 1
    this.#arrivals.set(to, { at: start + HOP, hops })
    this.#longest = Math.max(this.#longest, hops)
    this.hops.push({ from, to, start, end: start + HOP })
    const next = this.#waiting.get(to) ?? []
    this.#waiting.delete(to)
    for (const peer of next) this.#arrive(peer, to, now)
  }
}
