import type { FileHandle } from 'node:fs/promises'

interface Entry {
  readonly handle: Promise<FileHandle>
  users: number
}

/** Open at once. A guess: far below the 256 that macOS allows a process. */
const MAX_OPEN = 64

/** Open files, by a key of the caller's. Those that were not used for longest are closed where there are too many. */
export class Handles {
  readonly #entries = new Map<string, Entry>()

  /** Lends the handle of a key to `action`, and opens it first where it is not open. */
  async use<Result>(
    key: string,
    open: () => Promise<FileHandle>,
    action: (handle: FileHandle) => Promise<Result>,
  ): Promise<Result> {
    const entry = this.#entries.get(key) ?? { handle: open(), users: 0 }
    // The map's order is that of use.
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    entry.users++
    try {
      return await action(await this.#opened(key, entry))
    } finally {
      entry.users--
      await this.#trim()
    }
  }

  /** Closes the handle of a key, if it is open. Nobody may use it any more. */
  async end(key: string): Promise<void> {
    const entry = this.#entries.get(key)
    this.#entries.delete(key)
    if (entry) await closed(entry)
  }

  /** Waits for nobody: whoever still uses a handle sees it fail. */
  async close(): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all(entries.map(closed))
  }

  async #opened(key: string, entry: Entry): Promise<FileHandle> {
    try {
      return await entry.handle
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
      throw error
    }
  }

  async #trim(): Promise<void> {
    for (const [key, entry] of this.#entries) {
      if (this.#entries.size <= MAX_OPEN) return
      if (entry.users > 0) continue
      this.#entries.delete(key)
      await closed(entry)
    }
  }
}

async function closed({ handle }: Entry): Promise<void> {
  // One that never opened needs no closing.
  const opened = await handle.catch(() => null)
  await opened?.close()
}
