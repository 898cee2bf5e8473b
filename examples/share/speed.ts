/** Over so long a speed is measured, in milliseconds: shorter it jumps, longer it lags. A guess. */
const over = 4_000

/** How fast a count of bytes grows. */
export class Speed {
  #marks: { at: number; bytes: number }[] = []

  /** @returns bytes a second */
  mark(bytes: number, now: number): number {
    this.#marks.push({ at: now, bytes })
    while (this.#marks.length > 2 && now - (this.#marks[1]?.at ?? now) > over) this.#marks.shift()
    const [first] = this.#marks
    return first && now > first.at ? (1000 * (bytes - first.bytes)) / (now - first.at) : 0
  }
}
