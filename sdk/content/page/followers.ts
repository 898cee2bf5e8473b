/** A page that has just been opened may yet tell what it follows: its first requests wait for it, in milliseconds. */
export const OPENING = 1000
/** Of so many pages it is known when they were first seen. A guess: more are hardly open at a time. */
const MOST_SEEN = 256

/** Which pages follow a channel, by their clients' ids, and what the addresses of their releases begin with. */
export class Followers {
  readonly #bases = new Map<string, readonly string[]>()
  /** From the worker's life before: pages that told them may be open still, and will tell again. */
  #remembered: readonly string[] = []
  readonly #firstSeen = new Map<string, number>()
  readonly #waiting = new Set<() => void>()

  /** @param bases none if the page follows no more */
  tell(page: string, bases: readonly string[]): void {
    if (bases.length === 0) this.#bases.delete(page)
    else this.#bases.set(page, bases)
    for (const wake of this.#waiting) wake()
  }

  remember(bases: readonly string[]): void {
    this.#remembered = bases
  }

  /** All but these are gone. @returns what is to be remembered */
  keep(pages: readonly string[]): readonly string[] {
    const open = new Set(pages)
    for (const page of this.#bases.keys()) if (!open.has(page)) this.#bases.delete(page)
    return (this.#remembered = [...new Set([...this.#bases.values()].flat())])
  }

  /** Whether some page has, or had, files at such an address. */
  covers(url: string): boolean {
    return this.#remembered.some((base) => url.startsWith(base)) || this.#pagesOf(url).length > 0
  }

  /** Whom to ask for an address: the page that wants it itself, if it follows, and else others. Waits if that may change. */
  async find(url: string, page: string, now: number): Promise<readonly string[]> {
    const until = this.#seen(page, now) + OPENING
    const waited =
      until > now && !this.#pagesOf(url).includes(page) ? this.#untilTold(url, page, until - now) : undefined
    await waited
    return this.#pagesOf(url).sort((one, other) => Number(other === page) - Number(one === page))
  }

  #pagesOf(url: string): string[] {
    return [...this.#bases].filter(([, bases]) => bases.some((base) => url.startsWith(base))).map(([page]) => page)
  }

  #seen(page: string, now: number): number {
    const seen = this.#firstSeen.get(page)
    if (seen !== undefined) return seen
    this.#firstSeen.set(page, now)
    const [oldest] = this.#firstSeen.keys()
    if (this.#firstSeen.size > MOST_SEEN && oldest !== undefined) this.#firstSeen.delete(oldest)
    return now
  }

  #untilTold(url: string, page: string, within: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(wake)
        resolve()
      }
      const wake = () => {
        if (this.#pagesOf(url).includes(page)) end()
      }
      const timer = setTimeout(end, within)
      this.#waiting.add(wake)
    })
  }
}
