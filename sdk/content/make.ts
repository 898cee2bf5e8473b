import { createHash } from 'node:crypto'
import { type Metadata, decodeMetadata, encodeMetadata, isPieceLength } from '../../protocol/content/metadata.ts'
import { checkPath } from '../../protocol/content/path.ts'
import { MAX_METADATA } from '../../protocol/content/release.ts'
import { isPrintable } from '../../protocol/content/text.ts'
import type { Bytes } from '../shell/bytes.ts'
import { type Directory, walkDirectory } from './directory.ts'
import { ContentError } from './error.ts'
import { hashDirectory, type HashOptions, pieceLengthFor } from './hashing.ts'

export interface MakeOptions extends Omit<HashOptions, 'onProgress'> {
  /** That of the release before, in bytes: with the same one, files that are the same have the same pieces. */
  readonly pieceLength?: number
  /** Called after each read. */
  readonly onProgress?: (bytesHashed: number, bytes: number) => void
}

/** What a release says of a directory. */
export interface Made {
  readonly metadata: Metadata
  /** The info dictionary, to the byte. */
  readonly bytes: Bytes
  /** The SHA-1 of `bytes`, in hex. */
  readonly infoHash: string
  /** The SHA-256 of `bytes`, in hex. */
  readonly sha256: string
  /** Of all files together, padding not counted. */
  readonly length: number
  /** The directory, absolute: it holds the files as a store finds them. */
  readonly root: string
}

/**
 * Walks and hashes a directory.
 *
 * @param name the torrent's: the folder that stock clients put the files in
 */
export async function makeMetadata(path: string, name: string, options: MakeOptions = {}): Promise<Made> {
  if (!isPrintable(name, 1, 128) || checkPath([name]) !== null) {
    throw new ContentError('ERR_RELEASE', `${JSON.stringify(name)} is no name for a folder on every system.`)
  }
  const directory = await walkDirectory(path, options.signal)
  const lengths = directory.files.map((file) => file.length)
  const pieceLength = options.pieceLength ?? pieceLengthFor(lengths)
  if (!isPieceLength(pieceLength)) {
    throw new ContentError('ERR_RELEASE', 'A piece length is a power of two from 16,384 to 4,194,304 bytes.')
  }
  const length = lengths.reduce((sum, bytes) => sum + bytes, 0)
  const { onProgress, signal } = options
  const { pieces, sha256 } = await hashDirectory(directory, pieceLength, {
    ...(signal && { signal }),
    ...(onProgress && {
      onProgress: (hashed) => {
        onProgress(hashed, length)
      },
    }),
  })
  const files = directory.files.map((file, index) => ({ ...file, sha256: sha256[index] ?? new Uint8Array() }))
  const bytes = encodeMetadata({ name, pieceLength, pieces, files })
  return { ...described(directory, bytes), bytes, length, root: directory.root }
}

function described({ root, files }: Directory, bytes: Bytes): Pick<Made, 'metadata' | 'infoHash' | 'sha256'> {
  if (bytes.length > MAX_METADATA) {
    throw new ContentError(
      'ERR_FILES',
      `${root} can't be published: to describe its ${files.length} files takes more than ${MAX_METADATA} bytes.`,
    )
  }
  const metadata = decodeMetadata(bytes)
  if (!metadata) throw new ContentError('ERR_FILES', `${root} can't be published: nobody could read its metadata.`)
  return { metadata, infoHash: hash('sha1', bytes), sha256: hash('sha256', bytes) }
}

const hash = (algorithm: 'sha1' | 'sha256', bytes: Bytes): string => createHash(algorithm).update(bytes).digest('hex')
