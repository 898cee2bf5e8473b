import type { Dirent } from 'node:fs'
import { access, constants, lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { checkPath, checkPaths, comparePaths } from '../../protocol/content/path.ts'
import { MAX_FILES } from '../../protocol/content/release.ts'
import { codeOf } from './errno.ts'
import { ContentError } from './error.ts'

/** A file to publish, as it was when the directory was walked. */
export interface Found {
  /** Joined by `/`, from the directory on. */
  readonly path: string
  /** Bytes. */
  readonly length: number
  /** When it was last written, in nanoseconds since 1970. */
  readonly modified: bigint
  /** Whether its owner may execute it. Windows says so of none. */
  readonly isExecutable: boolean
}

/** A directory's files in the order of a release. Empty folders are not among them: a torrent has files only. */
export interface Directory {
  /** Absolute, symbolic links on the way to it resolved. */
  readonly root: string
  readonly files: readonly Found[]
}

/** Shown in one error. A guess: what a person reads. */
const MAX_PROBLEMS = 10
/** Asked of the disk at once. A guess: Node has four threads for it. */
const AT_ONCE = 32

/**
 * All that is in a directory.
 *
 * @throws {ContentError} `ERR_FILES`, which names each thing that can't be published, up to ten
 */
export async function walkDirectory(path: string, signal?: AbortSignal): Promise<Directory> {
  const walk = new Walk(await rootOf(path), signal)
  await walk.enter([])
  return { root: walk.root, files: walk.finish() }
}

async function rootOf(path: string): Promise<string> {
  const missing = (cause?: unknown) => new ContentError('ERR_FILES', `${path} is no directory.`, { cause })
  const root = await realpath(path).catch((cause: unknown) => {
    throw missing(cause)
  })
  if (!(await lstat(root)).isDirectory()) throw missing()
  return root
}

class Walk {
  readonly root: string
  readonly #signal: AbortSignal | undefined
  readonly #files: Found[] = []
  readonly #problems: string[] = []

  constructor(root: string, signal: AbortSignal | undefined) {
    this.root = root
    this.#signal = signal
  }

  /** @param folder its path from the root */
  async enter(folder: readonly string[]): Promise<void> {
    const entries = await this.#list(folder)
    const folders: (readonly string[])[] = []
    for (let start = 0; start < entries.length; start += AT_ONCE) {
      this.#signal?.throwIfAborted()
      const group = entries.slice(start, start + AT_ONCE)
      await Promise.all(
        group.map(async (entry) => {
          const path = [...folder, entry.name]
          if (!this.#accepts(path, entry)) return
          if (entry.isDirectory()) folders.push(path)
          else await this.#add(path)
        }),
      )
      if (this.#files.length > MAX_FILES) this.#refuse(`there are more than ${MAX_FILES} files`)
    }
    for (const path of folders) await this.enter(path)
  }

  /** The files in their order, once all are known. */
  finish(): readonly Found[] {
    this.#files.sort((one, other) => comparePaths(one.path, other.path))
    if (this.#files.length === 0) this.#problems.push('it holds no file')
    // Of a name that was refused already it would only tell again.
    const problem = this.#problems.length === 0 ? checkPaths(this.#files.map((file) => file.path)) : null
    if (problem) this.#problems.push(problem)
    if (this.#problems.length > 0) throw this.#error()
    return this.#files
  }

  async #list(folder: readonly string[]): Promise<Dirent[]> {
    try {
      return await readdir(join(this.root, ...folder), { withFileTypes: true })
    } catch (cause) {
      this.#report(`${quote(folder)} can't be read (${codeOf(cause)})`)
      return []
    }
  }

  #accepts(path: readonly string[], entry: Dirent): boolean {
    const problem = entry.name.includes(NO_TEXT) ? `${quote(path)} has a name that is not UTF-8` : checkPath(path)
    if (problem) this.#report(problem)
    else if (entry.isDirectory() || entry.isFile()) return true
    else this.#report(`${quote(path)} ${kindOf(entry)}`)
    return false
  }

  async #add(path: readonly string[]): Promise<void> {
    const absolute = join(this.root, ...path)
    try {
      await access(absolute, constants.R_OK)
      const { size, mtimeNs, mode } = await lstat(absolute, { bigint: true })
      const isExecutable = (mode & OWNER_EXECUTES) !== 0n
      this.#files.push({ path: path.join('/'), length: Number(size), modified: mtimeNs, isExecutable })
    } catch (cause) {
      this.#report(`${quote(path)} can't be read (${codeOf(cause)})`)
    }
  }

  #report(problem: string): void {
    this.#problems.push(problem)
    if (this.#problems.length > MAX_PROBLEMS) throw this.#error()
  }

  #refuse(problem: string): never {
    this.#problems.unshift(problem)
    throw this.#error()
  }

  #error(): ContentError {
    const shown = this.#problems.slice(0, MAX_PROBLEMS)
    const rest = this.#problems.length > MAX_PROBLEMS ? '; and there is more' : ''
    return new ContentError('ERR_FILES', `${this.root} can't be published: ${shown.join('; ')}${rest}.`)
  }
}

/** `S_IXUSR`, which Node names on no Windows. */
const OWNER_EXECUTES = 0o100n

/** What Node puts for bytes of a name that are no UTF-8. */
const NO_TEXT = '\uFFFD'

const quote = (path: readonly string[]): string => JSON.stringify(path.join('/'))

function kindOf(entry: Dirent): string {
  if (entry.isSymbolicLink()) return 'is a symbolic link: put what it leads to in its place, or take it out'
  if (entry.isSocket()) return 'is a socket'
  if (entry.isFIFO()) return 'is a named pipe'
  return 'is no regular file'
}
