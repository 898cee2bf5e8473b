/** What counts for the rate, in milliseconds. A guess: long enough to be calm, and short enough to be now. */
const WINDOW = 8000
/** Before so long, in milliseconds, a rate would be chance. */
const LEAST = 500

/** How fast a count grows. */
export class Rate {
  #marks: { readonly time: number; readonly count: number }[] = []

  /**
   * @param now milliseconds, of any clock that only goes forward
   * @returns a second; `null` as long as it can't be told
   */
  mark(count: number, now: number): number | null {
    this.#marks.push({ time: now, count })
    // One that is older stays, so that the whole window is known.
    while ((this.#marks[1]?.time ?? Infinity) <= now - WINDOW) this.#marks.shift()
    const first = this.#marks[0]
    if (!first || now - first.time < LEAST) return null
    return (1000 * (count - first.count)) / (now - first.time)
  }
}
