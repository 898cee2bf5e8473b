import type { FileEntry, Metadata } from '../../protocol/content/metadata.ts'
import { checkPaths } from '../../protocol/content/path.ts'
import { ContentError } from './error.ts'

/** Where a piece lies: in one file alone, as every file begins at a piece. What follows the file is padding. */
export interface Place {
  readonly file: FileEntry
  /** Where in the file the piece begins, in bytes. */
  readonly offset: number
  /** The bytes of the file in it; the rest of the piece is zeros. */
  readonly length: number
}

/** Where all pieces of a torrent lie. */
export interface Places {
  readonly metadata: Metadata
  /** How many pieces there are. */
  readonly count: number
  readonly placeOf: (piece: number) => Place
  /** A piece's length in the torrent, padding included. */
  readonly lengthOf: (piece: number) => number
  /** The 20 bytes of a piece's SHA-1. */
  readonly hashOf: (piece: number) => Uint8Array
  /** The first piece of a file, and the one after its last; the same where the file is empty. */
  readonly piecesOf: (file: FileEntry) => readonly [first: number, end: number]
}

export const SHA1_LENGTH = 20

/**
 * @throws {ContentError} if a path leads astray, files don't begin at pieces or pieces are missing: `decodeMetadata` lets
 *   none of these pass, but metadata can be made by hand
 */
export function placesOf(metadata: Metadata): Places {
  const { files, pieceLength, pieces, length } = metadata
  const problem = checkPaths(files.map(({ path }) => path))
  if (problem) refuse(problem)
  const count = Math.ceil(length / pieceLength)
  if (pieces.length !== count * SHA1_LENGTH || !isContiguous(metadata)) refuse('its files and pieces do not fit')
  const full = files.filter((file) => file.length > 0)
  const starts = Uint32Array.from(full, ({ offset }) => offset / pieceLength)
  return {
    metadata,
    count,
    placeOf(piece) {
      const file = full[lastNotAbove(starts, piece)]
      if (!file || !(piece >= 0 && piece < count)) throw new RangeError(`There is no piece ${piece}.`)
      const offset = piece * pieceLength - file.offset
      return { file, offset, length: Math.min(pieceLength, file.length - offset) }
    },
    lengthOf: (piece) => Math.min(pieceLength, length - piece * pieceLength),
    hashOf: (piece) => pieces.subarray(piece * SHA1_LENGTH, (piece + 1) * SHA1_LENGTH),
    piecesOf(file) {
      const first = file.offset / pieceLength
      return [first, first + Math.ceil(file.length / pieceLength)]
    },
  }
}

function isContiguous({ files, pieceLength, length }: Metadata): boolean {
  let end = 0
  const fits = files.every((file) => {
    const isNext = file.offset === Math.ceil(end / pieceLength) * pieceLength && file.length >= 0
    end = file.offset + file.length
    return isNext
  })
  return fits && end === length
}

/** The index of the last of these rising numbers that is not above `value`. */
function lastNotAbove(rising: Uint32Array, value: number): number {
  let low = 0
  let high = rising.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if ((rising[middle] ?? Infinity) <= value) low = middle
    else high = middle
  }
  return low
}

function refuse(problem: string): never {
  throw new ContentError('ERR_RELEASE', `The metadata can't be used: ${problem}.`)
}
