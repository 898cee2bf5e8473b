import { choosePieceLength, describe, type DescribeOptions, type Description, requireName } from './description.ts'
import { walkDirectory } from './directory.ts'
import { hashDirectory } from './hashing.ts'

/** What a release says of a directory. */
export interface Made extends Description {
  /** The directory, absolute: it holds the files as a store finds them. */
  readonly root: string
}

/**
 * Walks and hashes a directory.
 *
 * @param name the torrent's: the folder that stock clients put the files in
 */
export async function makeMetadata(path: string, name: string, options: DescribeOptions = {}): Promise<Made> {
  requireName(name)
  const directory = await walkDirectory(path, options.signal)
  const lengths = directory.files.map((file) => file.length)
  const pieceLength = choosePieceLength(lengths, options.pieceLength)
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
  const { root } = directory
  return { ...(await describe(root, { name, pieceLength, pieces, files })), root }
}
