import type { FileEntry, Metadata } from '../../protocol/content/metadata.ts'
import type { Bytes } from '../shell/bytes.ts'
import { digest, hex } from './digest.ts'
import { openFolder, readBytes, writeBytes } from './opfs.ts'
import { requireLength } from './piece-hash.ts'
import { PieceReader } from './piece-reader.ts'
import { type Places, placesOf } from './places.ts'

/** The pieces of a torrent, on disk. */
export interface Store {
  readonly places: Places
  /**
   * Bytes of a piece, padding as zeros. The piece is checked first: what is wrong is never sent to anybody.
   *
   * @throws {ContentError} `ERR_DISK` if the disk doesn't have the piece, or not any more
   */
  read(piece: number, offset: number, length: number): Promise<Bytes>
  /** Bytes of a file that nobody has checked; less where less is there. */
  readFile(file: FileEntry, offset: number, length: number): Promise<Bytes>
  /** Whether the disk has the piece, by its hash. */
  check(piece: number): Promise<boolean>
  /**
   * Puts a piece in its place. Padding is not written.
   *
   * @param bytes with padding or without; checked by the caller
   */
  write(piece: number, bytes: Bytes): Promise<void>
  /** Whether the disk has the file, by its SHA-256. */
  verifyFile(file: FileEntry): Promise<boolean>
  /** Files without bytes have no pieces that bring them. */
  makeEmptyFiles(): Promise<void>
  /**
   * Resolves once all that was written would outlast a loss of power, as far as the platform can tell, and is not open to
   * be written any more. Nothing may be written meanwhile.
   */
  sync(): Promise<void>
  close(): Promise<void>
}

/**
 * The pieces of a torrent in this origin's private file system, a file each. Its name is what it holds: a version finds
 * the pieces of the one before without looking for them.
 *
 * One file for each piece, and not for each file of the release: a stream into a file begins with a copy of all of it,
 * and the access that needs none is for dedicated workers only.
 *
 * @param folder a path by `/`
 */
export async function openStore(folder: string, metadata: Metadata): Promise<Store> {
  const places = placesOf(metadata)
  return new PieceStore(await openFolder(folder.split('/')), places)
}

/** The name of a piece's file. Pieces that differ in the length of their padding have one hash. */
export function nameOf(places: Places, piece: number): string {
  return `${hex(places.hashOf(piece))}-${places.placeOf(piece).length}`
}

/** Up to here a file's SHA-256 is checked, in bytes: WebCrypto takes files as a whole only. A guess. */
const LARGEST_HASHED = 67_108_864

class PieceStore implements Store {
  readonly places: Places
  readonly #folder: FileSystemDirectoryHandle
  readonly #reader: PieceReader

  constructor(folder: FileSystemDirectoryHandle, places: Places) {
    this.#folder = folder
    this.places = places
    this.#reader = new PieceReader(places, (piece) => this.#readPiece(piece))
  }

  read(piece: number, offset: number, length: number): Promise<Bytes> {
    return this.#reader.read(piece, offset, length)
  }

  async readFile(file: FileEntry, offset: number, length: number): Promise<Bytes> {
    const { pieceLength } = this.places.metadata
    const [first] = this.places.piecesOf(file)
    const end = Math.min(offset + length, file.length)
    const bytes = new Uint8Array(Math.max(0, end - offset))
    for (let done = 0; done < bytes.length;) {
      const within = (offset + done) % pieceLength
      const piece = await this.#readPiece(first + Math.floor((offset + done) / pieceLength))
      const part = piece.subarray(within, within + bytes.length - done)
      if (part.length === 0) return bytes.subarray(0, done)
      bytes.set(part, done)
      done += part.length
    }
    return bytes
  }

  check(piece: number): Promise<boolean> {
    return this.#reader.check(piece)
  }

  async write(piece: number, bytes: Bytes): Promise<void> {
    requireLength(this.places, piece, bytes)
    const { length } = this.places.placeOf(piece)
    await writeBytes(this.#folder, nameOf(this.places, piece), bytes.subarray(0, length))
    this.#reader.forget(piece)
  }

  async verifyFile(file: FileEntry): Promise<boolean> {
    if (file.length <= LARGEST_HASHED) {
      return (await digest('SHA-256', await this.readFile(file, 0, file.length))) === hex(file.sha256)
    }
    const [first, end] = this.places.piecesOf(file)
    for (let piece = first; piece < end; piece++) if (!(await this.check(piece))) return false
    return true
  }

  // There is no file that could be missing.
  makeEmptyFiles(): Promise<void> {
    return Promise.resolve()
  }

  // A stream that was closed has been written.
  sync(): Promise<void> {
    return Promise.resolve()
  }

  // Nothing is held open.
  close(): Promise<void> {
    return Promise.resolve()
  }

  async #readPiece(piece: number): Promise<Bytes> {
    return (await readBytes(this.#folder, nameOf(this.places, piece))) ?? new Uint8Array()
  }
}
