import {
  decodeMetadata,
  encodeMetadata,
  type FileEntry,
  isPieceLength,
  type Metadata,
} from '../../protocol/content/metadata.ts'
import { checkPath } from '../../protocol/content/path.ts'
import { MAX_METADATA } from '../../protocol/content/release.ts'
import { isPrintable } from '../../protocol/content/text.ts'
import type { Bytes } from '../shell/bytes.ts'
import { digest } from './digest.ts'
import { ContentError } from './error.ts'
import { pieceLengthFor } from './piece-length.ts'

/** What a release says of its files. */
export interface Description {
  readonly metadata: Metadata
  /** The info dictionary, to the byte. */
  readonly bytes: Bytes
  /** The SHA-1 of `bytes`, in hex. */
  readonly infoHash: string
  /** The SHA-256 of `bytes`, in hex. */
  readonly sha256: string
  /** Of all files together, padding not counted. */
  readonly length: number
}

export interface DescribeOptions {
  /** That of the release before, in bytes: with the same one, files that are the same have the same pieces. */
  readonly pieceLength?: number
  /** Called after each read. */
  readonly onProgress?: (bytesHashed: number, bytes: number) => void
  readonly signal?: AbortSignal
}

/** @throws {ContentError} `ERR_RELEASE` if a torrent can't be called so */
export function requireName(name: string): void {
  if (isPrintable(name, 1, 128) && checkPath([name]) === null) return
  throw new ContentError('ERR_RELEASE', `${JSON.stringify(name)} is no name for a folder on every system.`)
}

/**
 * The piece length to hash with.
 *
 * @param lengths of the files, in bytes
 * @param given the one to keep to, if there is one
 */
export function choosePieceLength(lengths: readonly number[], given: number | undefined): number {
  const pieceLength = given ?? pieceLengthFor(lengths)
  if (isPieceLength(pieceLength)) return pieceLength
  throw new ContentError('ERR_RELEASE', 'A piece length is a power of two from 16,384 to 4,194,304 bytes.')
}

/**
 * Puts what was hashed together.
 *
 * @param what is described, for the words of an error
 * @throws {ContentError} `ERR_FILES` if there is too much to say of these files
 */
export async function describe(
  what: string,
  hashed: Pick<Metadata, 'name' | 'pieceLength' | 'pieces'> & { readonly files: readonly Omit<FileEntry, 'offset'>[] },
): Promise<Description> {
  const { files } = hashed
  const bytes = encodeMetadata(hashed)
  if (bytes.length > MAX_METADATA) {
    throw new ContentError(
      'ERR_FILES',
      `${what} can't be published: to describe its ${files.length} files takes more than ${MAX_METADATA} bytes.`,
    )
  }
  const metadata = decodeMetadata(bytes)
  if (!metadata) throw new ContentError('ERR_FILES', `${what} can't be published: nobody could read its metadata.`)
  const [infoHash, sha256] = await Promise.all([digest('SHA-1', bytes), digest('SHA-256', bytes)])
  return { metadata, bytes, infoHash, sha256, length: files.reduce((sum, { length }) => sum + length, 0) }
}
