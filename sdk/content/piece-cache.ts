import type { Bytes } from '../shell/bytes.ts'

/** Kept in memory, in bytes: four of the largest pieces. A guess. */
const MAX_BYTES = 16_777_216

/** The pieces that were read last: peers ask for one piece in many blocks. */
export class PieceCache {
  readonly #load: (piece: number) => Promise<Bytes>
  readonly #loading = new Map<number, Promise<Bytes>>()
  /** In the order of use. */
  readonly #pieces = new Map<number, Bytes>()
  #bytes = 0

  constructor(load: (piece: number) => Promise<Bytes>) {
    this.#load = load
  }

  async get(piece: number): Promise<Bytes> {
    const known = this.#pieces.get(piece)
    if (known) {
      this.#pieces.delete(piece)
      this.#pieces.set(piece, known)
      return known
    }
    const loading = this.#loading.get(piece) ?? this.#start(piece)
    return loading
  }

  /** Has it read anew. */
  forget(piece: number): void {
    this.#bytes -= this.#pieces.get(piece)?.length ?? 0
    this.#pieces.delete(piece)
    this.#loading.delete(piece)
  }

  #start(piece: number): Promise<Bytes> {
    const loading = this.#load(piece)
    this.#loading.set(piece, loading)
    const settled = () => this.#loading.get(piece) === loading && this.#loading.delete(piece)
    loading.then((bytes) => {
      if (settled()) this.#keep(piece, bytes)
    }, settled)
    return loading
  }

  #keep(piece: number, bytes: Bytes): void {
    this.#pieces.set(piece, bytes)
    this.#bytes += bytes.length
    for (const oldest of this.#pieces.keys()) {
      if (this.#bytes <= MAX_BYTES) return
      this.forget(oldest)
    }
  }
}
