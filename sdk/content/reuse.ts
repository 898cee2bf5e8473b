import type { FileEntry } from '../../protocol/content/metadata.ts'
import { toBase64Url } from '../../protocol/content/text.ts'
import type { Bytes } from '../shell/bytes.ts'
import { isPiece } from './piece-hash.ts'
import type { Places } from './places.ts'
import type { Store } from './store.ts'

/** Bytes of an earlier version that may be a piece of a new one. */
interface Source {
  readonly store: Store
  readonly file: FileEntry
  /** In the file. */
  readonly offset: number
  readonly length: number
}

/**
 * What earlier versions have of a new one: in a file of the same SHA-256, whatever its name and whatever the piece
 * lengths, or as a piece of the same SHA-1. All is checked when it is read: a disk is not what it was.
 */
export class Reuse {
  readonly #files = new Map<string, { readonly store: Store; readonly file: FileEntry }>()
  readonly #pieces: { readonly store: Store; readonly numbers: ReadonlyMap<string, number> }[] = []

  constructor(stores: readonly Store[]) {
    for (const store of stores) {
      const { metadata, count, hashOf } = store.places
      for (const file of metadata.files) this.#files.set(toBase64Url(file.sha256), { store, file })
      const numbers = new Map<string, number>()
      for (let piece = 0; piece < count; piece++) numbers.set(toBase64Url(hashOf(piece)), piece)
      this.#pieces.push({ store, numbers })
    }
  }

  /** A piece without padding; `null` if no earlier version has it. */
  async find(places: Places, piece: number): Promise<Bytes | null> {
    for (const { store, file, offset, length } of this.#sources(places, piece)) {
      const bytes = await store.readFile(file, offset, length)
      if (await isPiece(places, piece, bytes)) return bytes
    }
    return null
  }

  *#sources(places: Places, piece: number): Generator<Source> {
    const { file, offset, length } = places.placeOf(piece)
    const same = this.#files.get(toBase64Url(file.sha256))
    if (same) yield { ...same, offset, length }
    const hash = toBase64Url(places.hashOf(piece))
    for (const { store, numbers } of this.#pieces) {
      const number = numbers.get(hash)
      if (number !== undefined) yield { store, ...store.places.placeOf(number) }
    }
  }
}
