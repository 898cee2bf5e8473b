/** What may go at once after a pause, in milliseconds of the rate: a process that is busy makes up for it. */
const BURST = 500

/** Lets bytes through at a rate, one taker after the other. */
export class Throttle {
  #rate: number
  /** Up to when the rate is used up, in milliseconds of `performance.now()`. */
  #busyUntil = 0
  #line: Promise<void> = Promise.resolve()

  /** @param rate bytes a second; `Infinity` for as fast as it goes */
  constructor(rate: number) {
    this.#rate = rate
  }

  set rate(rate: number) {
    this.#rate = rate
  }

  /** Settles once so many bytes may go. */
  take(bytes: number): Promise<void> {
    if (this.#rate === Infinity) return this.#line
    this.#line = this.#line.then(() => this.#wait(bytes))
    return this.#line
  }

  async #wait(bytes: number): Promise<void> {
    const now = performance.now()
    this.#busyUntil = Math.max(this.#busyUntil, now - BURST) + (1000 * bytes) / this.#rate
    const wait = this.#busyUntil - now
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
  }
}
