import type { FileEntry, Metadata } from '../../protocol/content/metadata.ts'
import type { Bytes } from '../shell/bytes.ts'
import { ContentError } from './error.ts'
import type { FileToPublish } from './files.ts'
import { PieceReader } from './piece-reader.ts'
import { type Places, placesOf } from './places.ts'
import type { Store } from './store.ts'

/**
 * The pieces of a torrent in files that a page was given: read where they lie, and never written to.
 *
 * @param onUnreadable told of a file that the browser does not let be read any more, once
 */
export function blobStore(
  files: readonly FileToPublish[],
  metadata: Metadata,
  onUnreadable: (path: string) => void,
): Store {
  return new BlobStore(new Map(files.map(({ path, content }) => [path, content])), placesOf(metadata), onUnreadable)
}

class BlobStore implements Store {
  readonly places: Places
  readonly #contents: ReadonlyMap<string, Blob>
  readonly #onUnreadable: (path: string) => void
  readonly #unreadable = new Set<string>()
  readonly #reader: PieceReader

  constructor(contents: ReadonlyMap<string, Blob>, places: Places, onUnreadable: (path: string) => void) {
    this.#contents = contents
    this.places = places
    this.#onUnreadable = onUnreadable
    this.#reader = new PieceReader(places, (piece) => {
      const { file, offset, length } = places.placeOf(piece)
      return this.readFile(file, offset, length)
    })
  }

  read(piece: number, offset: number, length: number): Promise<Bytes> {
    return this.#reader.read(piece, offset, length)
  }

  async readFile({ path }: FileEntry, offset: number, length: number): Promise<Bytes> {
    const part = this.#contents.get(path)?.slice(offset, offset + length)
    try {
      return new Uint8Array((await part?.arrayBuffer()) ?? [])
    } catch {
      // Browsers refuse a file that changed since it was chosen: none of it is there.
      if (!this.#unreadable.has(path)) this.#onUnreadable(path)
      this.#unreadable.add(path)
      return new Uint8Array()
    }
  }

  check(piece: number): Promise<boolean> {
    return this.#reader.check(piece)
  }

  write(): Promise<void> {
    return Promise.reject(new ContentError('ERR_DISK', 'What was given to be published is only read.'))
  }

  async verifyFile(file: FileEntry): Promise<boolean> {
    const [first, end] = this.places.piecesOf(file)
    for (let piece = first; piece < end; piece++) if (!(await this.check(piece))) return false
    return true
  }

  // All of it was there from the start.
  makeEmptyFiles(): Promise<void> {
    return Promise.resolve()
  }

  sync(): Promise<void> {
    return Promise.resolve()
  }

  // Nothing is held open.
  close(): Promise<void> {
    return Promise.resolve()
  }
}
