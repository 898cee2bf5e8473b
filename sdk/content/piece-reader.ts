import type { Bytes } from '../shell/bytes.ts'
import { ContentError } from './error.ts'
import { PieceCache } from './piece-cache.ts'
import { isPiece, padded } from './piece-hash.ts'
import type { Places } from './places.ts'

/** Reads pieces that are right, of a disk that may hold anything. */
export class PieceReader {
  readonly #places: Places
  readonly #readRaw: (piece: number) => Promise<Bytes>
  readonly #cache = new PieceCache((piece) => this.#readVerified(piece))

  /** @param readRaw what the disk has of a piece, without padding; fewer bytes where it has less */
  constructor(places: Places, readRaw: (piece: number) => Promise<Bytes>) {
    this.#places = places
    this.#readRaw = readRaw
  }

  async read(piece: number, offset: number, length: number): Promise<Bytes> {
    const whole = this.#places.lengthOf(piece)
    if (!(offset >= 0 && length >= 0 && offset + length <= whole)) {
      throw new RangeError(`A piece of ${whole} bytes has none from ${offset} to ${offset + length}.`)
    }
    const bytes = await this.#cache.get(piece)
    return padded(bytes.subarray(offset, offset + length), length)
  }

  async check(piece: number): Promise<boolean> {
    return isPiece(this.#places, piece, await this.#readRaw(piece))
  }

  /** The piece has been written. */
  forget(piece: number): void {
    this.#cache.forget(piece)
  }

  async #readVerified(piece: number): Promise<Bytes> {
    const bytes = await this.#readRaw(piece)
    if (await isPiece(this.#places, piece, bytes)) return bytes
    const { path } = this.#places.placeOf(piece).file
    throw new ContentError('ERR_DISK', `"${path}" is not on the disk as it was published: it changed, or is not whole.`)
  }
}
