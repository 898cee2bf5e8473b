/** What may go at once after a pause, in milliseconds of the rate: a process that is busy makes up for it. */
const BURST = 500
/** What is waited at once, in milliseconds: a timer of more than 24 days would end at once. */
const LONGEST_WAIT = 1000

/** Lets bytes through at a rate, one taker after the other. */
export class Throttle {
  #rate: number
  /** Bytes that went, or are about to, beyond what the rate allowed up to `#since`; below 0 for what may go at once. */
  #ahead = -Infinity
  /** In milliseconds of `performance.now()`. */
  #since = 0
  #line: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined

  /** @param rate bytes a second; 0 for nothing, `Infinity` for as fast as it goes */
  constructor(rate: number) {
    this.#rate = rate
  }

  set rate(rate: number) {
    this.#settle()
    this.#rate = rate
    this.#wake()
  }

  /** Settles once so many bytes may go. */
  take(bytes: number): Promise<void> {
    if (this.#rate === Infinity) return this.#line
    this.#line = this.#line.then(() => this.#wait(bytes))
    return this.#line
  }

  async #wait(bytes: number): Promise<void> {
    this.#settle()
    this.#ahead += bytes
    while (this.#ahead > 0) {
      await this.#pause()
      this.#settle()
    }
  }

  /** Until it is to be looked again: at a rate of 0 that is when there is another one. */
  async #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.#wake = () => {
      resolve(undefined)
    }
    const wait = Math.min((1000 * this.#ahead) / this.#rate, LONGEST_WAIT)
    const timer = this.#rate > 0 ? setTimeout(this.#wake, wait) : undefined
    await promise
    clearTimeout(timer)
  }

  /** Takes into account what the rate has allowed since the last time. */
  #settle(): void {
    const now = performance.now()
    const allowed = (this.#rate * (now - this.#since)) / 1000
    this.#ahead = this.#rate === Infinity ? -Infinity : Math.max(this.#ahead - allowed, (-this.#rate * BURST) / 1000)
    this.#since = now
  }
}
