import type { RefusalCode } from '../../protocol/refusal.ts'

/** What `/stats.json` tells of a hub. Counters count since the hub was last loaded into memory. */
export interface Figures {
  readonly sockets: number
  readonly peers: number
  readonly seeds: number
  readonly leeches: number
  readonly websocketPeers: number
  readonly httpPeers: number
  readonly swarms: number
  readonly announces: number
  /** Over the last ten seconds or a little more. */
  readonly announcesPerSecond: number
  readonly offers: number
  readonly answers: number
  readonly scrapes: number
  readonly refused: number
  readonly refusedBy: Readonly<Record<RefusalCode, number>>
  /** When the hub was last loaded, in milliseconds. */
  readonly since: number
}

const WINDOW = 10_000

/** How often something happens: over the last full window and what has passed of the current one. */
export class Frequency {
  #start = 0
  #count = 0
  #previous = 0

  add(now: number): void {
    this.#roll(now)
    this.#count++
  }

  perSecond(now: number): number {
    this.#roll(now)
    const elapsed = now - this.#start
    // The part of the previous window that a window ending now still covers.
    const rest = this.#previous * (1 - elapsed / WINDOW)
    return Math.round((this.#count + rest) / (WINDOW / 100_000)) / 100
  }

  #roll(now: number): void {
    const elapsed = now - this.#start
    if (elapsed < WINDOW) return
    this.#previous = elapsed < 2 * WINDOW ? this.#count : 0
    this.#count = 0
    this.#start = now
  }
}

export class Counters {
  announces = 0
  offers = 0
  answers = 0
  scrapes = 0
  readonly announceFrequency = new Frequency()
  readonly refusedBy: Record<RefusalCode, number> = {
    malformed: 0,
    limited: 0,
    full: 0,
    forbidden: 0,
    taken: 0,
    unasked: 0,
    absent: 0,
  }

  announced(now: number): void {
    this.announces++
    this.announceFrequency.add(now)
  }
}
