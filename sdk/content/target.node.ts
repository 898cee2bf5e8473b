import { lstat, readdir, readlink, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { codeOf, diskError } from './errno.ts'
import { ContentError } from './error.ts'
import { syncFolder } from './folders.node.ts'

/** The path that a user gave, which becomes a symbolic link to the version that is current. */
export class Target {
  /** Absolute. */
  readonly path: string
  /** Beside it, where everything really lies. */
  readonly base: string

  constructor(directory: string) {
    this.path = resolve(directory)
    this.base = join(dirname(this.path), `.${basename(this.path)}.edgeswarm`)
    // The folder that is replaced by a link must not be that in which somebody stands.
    const way = relative(this.path, process.cwd())
    // From one drive of Windows to another there is no way but an absolute one.
    if (!way.startsWith('..') && !isAbsolute(way))
      throw new ContentError('ERR_PLACE', `${this.path} is the folder that you are in: name a new one in it.`)
  }

  /** The version that it shows; `null` if nothing is there, or an empty folder. @throws {ContentError} if anything else is */
  async shown(): Promise<string | null> {
    try {
      const found = await lstat(this.path)
      if (found.isSymbolicLink()) return this.#versionOf(await readlink(this.path))
      if (found.isDirectory() && (await readdir(this.path)).length === 0) return null
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return null
      throw diskError(this.path, cause)
    }
    throw new ContentError(
      'ERR_PLACE',
      `${this.path} is there already and was not made by Edgeswarm: choose another folder, or move it away.`,
    )
  }

  /** Shows another version, at once: who opens a path finds the one or the other. */
  async show(version: string): Promise<void> {
    const next = join(this.base, 'link.next')
    try {
      await rm(next, { force: true })
      await symlink(this.#linkTo(version), next, 'dir')
      await this.#removeEmptyFolder()
      await rename(next, this.path)
      await syncFolder(dirname(this.path))
    } catch (cause) {
      throw diskError(this.path, cause)
    }
  }

  /** Relative, so that all may be moved together. */
  #linkTo(version: string): string {
    return join(basename(this.base), 'versions', version)
  }

  #versionOf(link: string): string {
    const version = basename(link)
    if (link === this.#linkTo(version)) return version
    throw new ContentError('ERR_PLACE', `${this.path} is a link to ${link}: choose another folder, or remove the link.`)
  }

  /** No system has a link take a folder's place. */
  async #removeEmptyFolder(): Promise<void> {
    const found = await lstat(this.path).catch(() => null)
    if (found?.isDirectory()) await rmdir(this.path)
  }
}
