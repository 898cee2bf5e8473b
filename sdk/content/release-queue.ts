import type { Release } from '../../protocol/content/release.ts'

/** Releases for one reader, as they come. */
export class ReleaseQueue {
  readonly #waiting: Release[]
  #error: Error | null = null
  #isEnded = false
  #wake: (() => void) | null = null

  constructor(first: readonly Release[]) {
    this.#waiting = [...first]
  }

  push(release: Release): void {
    this.#waiting.push(release)
    this.#wake?.()
  }

  fail(error: Error): void {
    this.#error = error
    this.#wake?.()
  }

  end(): void {
    this.#isEnded = true
    this.#wake?.()
  }

  /** @param onEnd is told when the reader reads no further */
  async *read(onEnd: () => void): AsyncGenerator<Release, void> {
    try {
      for (;;) {
        const release = this.#waiting.shift()
        if (release) yield release
        else if (this.#error) throw this.#error
        else if (this.#isEnded) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      onEnd()
    }
  }
}
