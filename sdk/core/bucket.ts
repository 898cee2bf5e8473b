/** So many a second in the long run, and so many at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** A token bucket that fills with time. */
export class Bucket {
  readonly #rate: Rate
  #level: number
  #at = 0

  constructor(rate: Rate) {
    this.#rate = rate
    this.#level = rate.burst
  }

  /** Whether there was so much to take. `now` is in milliseconds. */
  take(now: number, cost = 1): boolean {
    const filled = this.#level + (Math.max(0, now - this.#at) / 1000) * this.#rate.perSecond
    this.#level = Math.min(this.#rate.burst, filled)
    this.#at = now
    if (this.#level < cost) return false
    this.#level -= cost
    return true
  }
}
