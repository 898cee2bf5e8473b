import { access, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { diskError } from './errno.ts'
import { writeState } from './state.node.ts'
import type { CurrentState, State } from './state.ts'
import type { Target } from './target.node.ts'

/** Versions that are kept: the current one, and that before, of which a running app may still have files open. */
const KEPT = 2

/** What lies beside the folder of the user: `state.json`, and the folders `versions`, `staging` and `metadata`. */
export class Records {
  readonly base: string
  #state: State
  #written: Promise<void> = Promise.resolve()

  constructor(base: string, state: State) {
    this.base = base
    this.#state = state
  }

  get state(): State {
    return this.#state
  }

  /** Resolves once it is on disk. */
  update(change: Partial<Pick<State, 'known' | 'current' | 'download'>>): Promise<void> {
    this.#state = { ...this.#state, ...change }
    // A failure is told to who asked, and the next one tries again.
    this.#written = this.#written.catch(() => undefined).then(() => writeState(this.base, this.#state))
    return this.#written
  }

  /** Of a version that is complete. */
  versionPath(folder: string): string {
    return join(this.base, 'versions', folder)
  }

  /** Of one that is not. */
  stagingPath(infoHash: string): string {
    return join(this.base, 'staging', infoHash)
  }

  metadataPath(infoHash: string): string {
    return join(this.base, 'metadata', infoHash)
  }

  /** A name that no version has yet: the number, and if it is taken another with it. */
  async newFolder(number: number): Promise<string> {
    for (let copy = 1; ; copy++) {
      const folder = copy === 1 ? `${number}` : `${number}-${copy}`
      if (!(await isThere(this.versionPath(folder)))) return folder
    }
  }

  /** What a crash left half done is done: a switch is completed, and what nobody needs goes. */
  async recover(target: Target): Promise<void> {
    const { current, download } = this.#state
    const isSwitching =
      download && !(await isThere(this.stagingPath(download.infoHash))) && (await this.#hasVersion(download))
    if (isSwitching) await this.complete(target, download)
    else if (current && !(await this.#hasVersion(current))) await this.update({ current: null })
    else if (current && (await target.shown()) !== current.folder) await target.show(current.folder)
    await this.removeOld()
  }

  /** The last steps of a switch, each of which may be done again: `versions` has the version already. */
  async complete(target: Target, { number, infoHash, folder }: CurrentState): Promise<void> {
    if ((await target.shown()) !== folder) await target.show(folder)
    await this.update({ current: { number, infoHash, folder }, download: null })
  }

  /** Removes what is not needed any more; what can't be removed only takes room, until the next time. */
  async removeOld(): Promise<void> {
    const { current, download } = this.#state
    const versions = (await namesIn(join(this.base, 'versions'))).sort(byNumber)
    const others = versions.filter((folder) => folder !== current?.folder)
    const kept = new Set([current?.folder, ...others.slice(-(KEPT - 1))])
    const needed = new Set([current?.infoHash, download?.infoHash])
    await this.#removeAllBut(kept, 'versions')
    await this.#removeAllBut(new Set([download?.infoHash]), 'staging')
    await this.#removeAllBut(needed, 'metadata')
  }

  #hasVersion({ folder }: CurrentState): Promise<boolean> {
    return isThere(this.versionPath(folder))
  }

  async #removeAllBut(kept: ReadonlySet<string | undefined>, folder: string): Promise<void> {
    for (const name of await namesIn(join(this.base, folder))) {
      if (!kept.has(name))
        await rm(join(this.base, folder, name), { recursive: true, force: true }).catch(() => undefined)
    }
  }
}

const byNumber = (one: string, other: string): number => Number.parseInt(one, 10) - Number.parseInt(other, 10)

export const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    throw diskError(folder, cause)
  }
}
