/** So many a second in the long run, and so many at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Sums of milliseconds are exact to far less than this, and no rate is so high that it matters. */
const ROUNDING = 1e-6

/**
 * A rate limit by the generic cell rate algorithm (ITU-T I.371): the only state is how long the bucket will take
 * to be as good as new. It is kept relative to a time, for a double has no room for both to the microsecond.
 */
export class Bucket {
  #at = 0
  #debt = 0

  /**
   * Takes `cost` at `now` (milliseconds). Returns 0, or the milliseconds to wait if there is not so much to take.
   * What costs more than the whole burst costs the burst.
   */
  take(rate: Rate, now: number, cost = 1): number {
    const spacing = 1000 / rate.perSecond
    const debt = Math.max(0, this.#debt - (now - this.#at)) + spacing * Math.min(cost, rate.burst)
    const wait = debt - spacing * rate.burst
    if (wait > ROUNDING) return Math.ceil(wait)
    this.#at = now
    this.#debt = debt
    return 0
  }

  isFresh(now: number): boolean {
    return now - this.#at >= this.#debt
  }
}
