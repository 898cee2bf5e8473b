import { lstat, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './errno.ts'
import { ContentError } from './error.ts'

/** The folders beneath one, none of which may be a symbolic link: it would lead out. */
export class Folders {
  readonly #root: string
  /** Those that are no links. */
  readonly #known = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** The absolute path of a file whose folders are there. */
  async find(path: string): Promise<string> {
    for (const folder of this.#unknown(path)) {
      await requireFolder(folder)
      this.#known.add(folder)
    }
    return join(this.#root, path)
  }

  /** The absolute path of a file, for which the folders that are missing are made. */
  async make(path: string): Promise<string> {
    for (const folder of this.#unknown(path)) {
      await mkdir(folder, { recursive: folder === this.#root }).catch((error: unknown) => {
        if (codeOf(error) !== 'EEXIST') throw error
      })
    }
    return this.find(path)
  }

  /** Brings the names in them to the disk, where the system can do that. */
  async sync(): Promise<void> {
    for (const folder of this.#known) await syncFolder(folder)
  }

  /** The root and the folders of a file, from above, that nobody has looked at. */
  #unknown(path: string): string[] {
    const folders = [this.#root]
    for (const segment of path.split('/').slice(0, -1)) folders.push(join(folders.at(-1) ?? '', segment))
    return folders.filter((folder) => !this.#known.has(folder))
  }
}

/** Brings the names in a folder to the disk; Windows opens no folder and has no need of it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await using handle = await open(folder)
  await handle.sync()
}

async function requireFolder(folder: string): Promise<void> {
  const found = await lstat(folder)
  if (found.isDirectory()) return
  throw new ContentError('ERR_PLACE', `${folder} is no folder any more, or a link: nothing is read or written there.`)
}
