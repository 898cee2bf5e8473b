/** So many a second in the long run, and so many at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/**
 * A rate limit by the generic cell rate algorithm (ITU-T I.371): the only state is the time at which the
 * bucket will be as good as new.
 */
export class Bucket {
  #freshAt = 0

  /** Takes one at `now` (milliseconds). Returns 0, or the milliseconds to wait if there is none to take. */
  take(rate: Rate, now: number): number {
    const spacing = 1000 / rate.perSecond
    const freshAt = Math.max(now, this.#freshAt) + spacing
    const wait = freshAt - now - spacing * rate.burst
    if (wait > 0) return Math.ceil(wait)
    this.#freshAt = freshAt
    return 0
  }

  isFresh(now: number): boolean {
    return this.#freshAt <= now
  }
}
