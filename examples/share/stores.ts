import type { ChunkStore, ReadRange, StoreCallback, StoreOptions } from 'webtorrent'

// webtorrent's own store keeps pieces in the origin's private file system. It outlives the tab, is shared
// between tabs that open the same link, and is missing in private windows. Blobs end with the page, and
// browsers that are short of memory move them to disk by themselves.

/** Keeps the pieces that arrive, and hands out any stretch of them as one blob without joining the bytes. */
export class PieceStore implements ChunkStore {
  readonly chunkLength: number
  #pieces: Blob[] = []

  constructor(chunkLength: number, options: StoreOptions) {
    this.chunkLength = chunkLength
    options.onOpen(this)
  }

  get(index: number, range: ReadRange | null | StoreCallback, callback?: StoreCallback): void {
    read(this.#pieces[index], range, callback)
  }

  put(index: number, bytes: Uint8Array<ArrayBuffer>, callback: StoreCallback): void {
    try {
      this.#pieces[index] = new Blob([bytes])
    } catch (problem) {
      callback(problem instanceof Error ? problem : new Error(String(problem)))
      return
    }
    callback(null)
  }

  stretch(offset: number, length: number, type: string): Blob {
    return new Blob(this.#pieces).slice(offset, offset + length, type)
  }

  close(callback: StoreCallback): void {
    this.#pieces = []
    callback(null)
  }

  destroy(callback: StoreCallback): void {
    this.close(callback)
  }
}

function read(piece: Blob | undefined, range: ReadRange | null | StoreCallback, callback?: StoreCallback): void {
  const done = typeof range === 'function' ? range : callback
  if (!done) return
  if (!piece) {
    done(new Error('This piece is not here yet'))
    return
  }
  const wanted = typeof range === 'function' || range === null ? {} : range
  const start = wanted.offset ?? 0
  const part = wanted.length === undefined ? piece.slice(start) : piece.slice(start, start + wanted.length)
  part.arrayBuffer().then(
    (buffer) => {
      done(null, new Uint8Array(buffer))
    },
    (problem: unknown) => {
      done(problem instanceof Error ? problem : new Error(String(problem)))
    },
  )
}
