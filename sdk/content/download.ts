import type { FileEntry } from '../../protocol/content/metadata.ts'
import { type Bytes, toBase64 } from '../shell/bytes.ts'
import { type Bits, bytesFrom, clearBit, countBits, hasBit, newBits, setBit } from './core/bits.ts'
import { ContentError } from './error.ts'
import { inParallel } from './in-parallel.ts'
import { isPiece } from './piece-hash.ts'
import type { Reuse } from './reuse.ts'
import type { Store } from './store.ts'
import type { BeginOptions, Download, Installed } from './versions.ts'

/** Pieces that are read and hashed at once. A guess: Node has four threads for it. */
const AT_ONCE = 4

/** What an installation does for a download. */
export interface DownloadHooks {
  /** Remembers which pieces are there: bits as in BEP 3, in base64. */
  save(have: string): Promise<void>
  /** Makes it the current version; all of it is on disk. */
  complete(): Promise<Installed>
}

/** The download of a version into a store. */
export class VersionDownload implements Download {
  readonly store: Store
  readonly have: Bits
  readonly #hooks: DownloadHooks
  /** Bytes of the release. */
  readonly #length: number
  #fromDisk = 0
  /** Why it can't go on. */
  #ended: string | null = null

  constructor(store: Store, hooks: DownloadHooks) {
    this.store = store
    this.have = newBits(store.places.count)
    this.#hooks = hooks
    this.#length = store.places.metadata.files.reduce((sum, { length }) => sum + length, 0)
  }

  get fromDisk(): number {
    return this.#fromDisk
  }

  #isWhole(): boolean {
    return countBits(this.have) === this.store.places.count
  }

  /** How many bytes are not there. */
  get missing(): number {
    const { count, placeOf } = this.store.places
    let bytes = 0
    for (let piece = 0; piece < count; piece++) if (!hasBit(this.have, piece)) bytes += placeOf(piece).length
    return bytes
  }

  /** Looks which of these pieces are there already. Their hashes say so: what was saved may be lost with the power. */
  async resume(pieces: Bits, { onProgress, signal }: BeginOptions): Promise<void> {
    const claimed = this.#pieces().filter((piece) => hasBit(pieces, piece))
    await inParallel(claimed, AT_ONCE, async (piece) => {
      signal?.throwIfAborted()
      if (await this.store.check(piece)) this.#found(piece)
      // What is wrong may be found elsewhere, and counts then.
      onProgress?.(this.#fromDisk, this.#length)
    })
  }

  /** Takes from earlier versions what is missing. */
  async reuse(reuse: Reuse, { onProgress, signal }: BeginOptions): Promise<void> {
    const missing = this.#pieces().filter((piece) => !hasBit(this.have, piece))
    let checked = this.#length - this.missing
    await inParallel(missing, AT_ONCE, async (piece) => {
      signal?.throwIfAborted()
      const bytes = await reuse.find(this.store.places, piece)
      if (bytes) {
        await this.store.write(piece, bytes)
        this.#found(piece)
      }
      checked += this.store.places.placeOf(piece).length
      onProgress?.(checked, this.#length)
    })
  }

  async accept(piece: number, bytes: Bytes): Promise<boolean> {
    this.#requireGoing()
    if (!(await isPiece(this.store.places, piece, bytes))) return false
    // It may have ended meanwhile, and its store is closed then.
    this.#requireGoing()
    await this.store.write(piece, bytes)
    setBit(this.have, piece)
    return true
  }

  async save(): Promise<void> {
    this.#requireGoing()
    await this.#hooks.save(this.saved)
  }

  /** What {@link save} saves. */
  get saved(): string {
    return toBase64(bytesFrom(this.have, this.store.places.count))
  }

  async finish({ onProgress, signal }: BeginOptions = {}): Promise<Installed | null> {
    this.#requireGoing()
    if (!this.#isWhole()) return null
    await this.store.makeEmptyFiles()
    const { files } = this.store.places.metadata
    let checked = 0
    for (const file of files) {
      signal?.throwIfAborted()
      if (!(await this.store.verifyFile(file))) await this.#forget(file)
      checked += file.length
      onProgress?.(checked, this.#length)
    }
    if (!this.#isWhole()) {
      await this.save()
      return null
    }
    await this.store.sync()
    const installed = await this.#hooks.complete()
    this.end('is complete')
    return installed
  }

  /** Whatever is called from now on is refused. */
  end(reason: string): void {
    this.#ended ??= reason
  }

  #pieces(): number[] {
    return Array.from({ length: this.store.places.count }, (_, piece) => piece)
  }

  #found(piece: number): void {
    setBit(this.have, piece)
    this.#fromDisk += this.store.places.placeOf(piece).length
  }

  /** Forgets the pieces of a file that are not what they were when they were written. */
  async #forget(file: FileEntry): Promise<void> {
    const [first, end] = this.store.places.piecesOf(file)
    let isChanged = false
    for (let piece = first; piece < end; piece++) {
      if (await this.store.check(piece)) continue
      clearBit(this.have, piece)
      isChanged = true
    }
    if (isChanged) return
    throw new ContentError(
      'ERR_RELEASE',
      `"${file.path}" is not what the release says: its SHA-1s and SHA-256 disagree.`,
    )
  }

  #requireGoing(): void {
    if (this.#ended !== null) throw new ContentError('ERR_PLACE', `This download ${this.#ended}.`)
  }
}
