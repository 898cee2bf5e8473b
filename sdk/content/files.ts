import { sha256 } from '@noble/hashes/sha2.js'
import { checkPaths, comparePaths } from '../../protocol/content/path.ts'
import { MAX_FILES } from '../../protocol/content/release.ts'
import type { Bytes } from '../shell/bytes.ts'
import { subtle } from '../shell/identity.ts'
import { choosePieceLength, describe, type DescribeOptions, type Description, requireName } from './description.ts'
import { ContentError } from './error.ts'
import { padded } from './piece-hash.ts'
import { SHA1_LENGTH } from './places.ts'

/** A file to publish that lies in no directory: one that was dropped on a page, say. */
export interface FileToPublish {
  /** Its folders and its name, joined by `/`. */
  readonly path: string
  readonly content: Blob
}

/** Read at once, in bytes, and at least a piece. A guess: it hashes in some milliseconds, for which nothing else runs. */
const CHUNK = 1_048_576

/**
 * Hashes files: the same ones in a directory, if none is executable, are described by the same bytes.
 *
 * @param name the torrent's: the folder that stock clients put the files in
 * @throws {ContentError} `ERR_FILES` for files that can't be published or read, `ERR_RELEASE` for a name
 */
export async function describeFiles(
  given: readonly FileToPublish[],
  name: string,
  options: DescribeOptions = {},
): Promise<Description> {
  requireName(name)
  const files = [...given].sort((one, other) => comparePaths(one.path, other.path))
  const problem = problemOf(files)
  if (problem) throw new ContentError('ERR_FILES', `This can't be published: ${problem}.`)
  const lengths = files.map(({ content }) => content.size)
  const pieceLength = choosePieceLength(lengths, options.pieceLength)
  const total = lengths.reduce((sum, bytes) => sum + bytes, 0)
  const pieces: Bytes[] = []
  const entries = []
  let done = 0
  for (const [index, { path, content }] of files.entries()) {
    const whole = sha256.create()
    for await (const chunk of chunksOf(path, content, pieceLength, options.signal)) {
      // The platform hashes beside this thread, meanwhile.
      const hashing = hashPieces(chunk, pieceLength, index === files.length - 1)
      whole.update(chunk)
      pieces.push(...(await hashing))
      done += chunk.length
      options.onProgress?.(done, total)
    }
    // Browsers don't tell whether it is.
    entries.push({ path, length: content.size, sha256: whole.digest(), isExecutable: false })
  }
  return describe(name, { name, pieceLength, pieces: joined(pieces), files: entries })
}

function problemOf(files: readonly FileToPublish[]): string | null {
  if (files.length === 0) return 'there is no file'
  if (files.length > MAX_FILES) return `there are more than ${MAX_FILES} files`
  return checkPaths(files.map(({ path }) => path))
}

/** A file's bytes, each time a number of whole pieces but for the last. */
async function* chunksOf(
  path: string,
  content: Blob,
  pieceLength: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes> {
  const length = Math.max(CHUNK, pieceLength)
  for (let start = 0; start < content.size; start += length) {
    signal?.throwIfAborted()
    try {
      yield new Uint8Array(await content.slice(start, start + length).arrayBuffer())
    } catch (cause) {
      throw new ContentError('ERR_FILES', `"${path}" can't be read: it changed or moved, or is not for this page.`, {
        cause,
      })
    }
  }
}

/** @param isLast whether no file follows, and so no padding */
function hashPieces(chunk: Bytes, pieceLength: number, isLast: boolean): Promise<Bytes[]> {
  const pieces: Bytes[] = []
  for (let start = 0; start < chunk.length; start += pieceLength) {
    const piece = chunk.subarray(start, start + pieceLength)
    pieces.push(piece.length === pieceLength || isLast ? piece : padded(piece, pieceLength))
  }
  return Promise.all(pieces.map(async (piece) => new Uint8Array(await subtle().digest('SHA-1', piece))))
}

function joined(digests: readonly Bytes[]): Bytes {
  const all = new Uint8Array(digests.length * SHA1_LENGTH)
  for (const [index, bytes] of digests.entries()) all.set(bytes, index * SHA1_LENGTH)
  return all
}
