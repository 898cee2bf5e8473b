import type { FileEntry } from '../../protocol/content/metadata.ts'
import type { Bytes } from '../shell/bytes.ts'
import type { Store } from './store.ts'
import type { Transfer } from './transfer.ts'

/** Bytes that are given at once. */
const CHUNK = 65_536

/** Which bytes of a file: from `start` on, up to `end` and without it. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Bytes of a file as they come: every one is checked before it is given, and what is read next is fetched first. */
function readWhileComing(transfer: Transfer, store: Store, file: FileEntry, range: ByteRange): ReadableStream<Bytes> {
  const { pieceLength } = store.places.metadata
  const [first, end] = store.places.piecesOf(file)
  const last = Math.min(end, first + Math.ceil(range.end / pieceLength))
  const reader = {}
  let position = range.start
  const stop = new AbortController()
  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        if (position >= range.end) {
          transfer.windows.close(reader)
          controller.close()
          return
        }
        const piece = first + Math.floor(position / pieceLength)
        const offset = position % pieceLength
        if (offset === 0 || position === range.start) transfer.windows.move(reader, piece, last)
        const length = Math.min(CHUNK, pieceLength - offset, range.end - position)
        try {
          await transfer.piece(piece, stop.signal)
          controller.enqueue(await store.read(piece, offset, length))
        } catch (error) {
          transfer.windows.close(reader)
          throw error
        }
        position += length
      },
      cancel() {
        stop.abort()
        transfer.windows.close(reader)
      },
    },
    { highWaterMark: 0 },
  )
}

/** A file that is there or on its way. */
export interface OpenFile {
  readonly path: string
  /** Bytes. */
  readonly length: number
  /** All of it, or a range of it. What is left unread is fetched no further than the rest of the release is. */
  read(range?: ByteRange): ReadableStream<Bytes>
}

export function openFile(transfer: Transfer, store: Store, path: string): OpenFile | null {
  const file = store.places.metadata.files.find((entry) => entry.path === path)
  if (!file) return null
  const { length } = file
  return {
    path,
    length,
    read: ({ start, end } = { start: 0, end: length }) =>
      readWhileComing(transfer, store, file, { start: Math.max(0, start), end: Math.min(length, end) }),
  }
}

/** How far a file of a release has come. */
export interface FileProgress {
  readonly path: string
  /** Bytes. */
  readonly length: number
  /** Bytes of it that are there and checked. */
  readonly bytes: number
}

/** The files of a release, in its order. */
export function filesOf({ exchange }: Transfer, { places }: Store): FileProgress[] {
  const { files, pieceLength } = places.metadata
  return files.map((file) => {
    const { path, length } = file
    const [first, end] = places.piecesOf(file)
    let bytes = 0
    for (let piece = first; piece < end; piece++) {
      if (exchange.has(piece)) bytes += Math.min(pieceLength, length - (piece - first) * pieceLength)
    }
    return { path, length, bytes }
  })
}
