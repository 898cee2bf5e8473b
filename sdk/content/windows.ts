import type { Deadlines, PieceRange } from './core/event.ts'
import { MOST_URGENT } from './core/want.ts'
import type { Exchange } from './exchange/exchange.ts'

/** Pieces after the one that is read are asked for too, for so many bytes. A guess: seconds of a video. */
const AHEAD = 4_194_304
/** The first piece is wanted within so long, and each further one so much later, in milliseconds. A guess. */
const FIRST_WITHIN = 500
const EVERY = 100

/** What those who read files while they come are waiting for. */
export class Windows {
  readonly #exchange: Exchange
  readonly #open = new Map<object, Deadlines>()
  /** What is wanted whether anybody reads it or not. */
  #background: readonly PieceRange[]

  constructor(exchange: Exchange, background: readonly PieceRange[]) {
    this.#exchange = exchange
    this.#background = background
    this.#tell()
  }

  set background(ranges: readonly PieceRange[]) {
    this.#background = ranges
    this.#tell()
  }

  /** `reader` waits for the pieces from `first` on, of its own up to `end`. */
  move(reader: object, first: number, end: number): void {
    const ahead = Math.max(1, Math.ceil(AHEAD / this.#exchange.layout.pieceLength))
    const deadline = performance.now() + FIRST_WITHIN
    // Those that moved last stand last.
    this.#open.delete(reader)
    this.#open.set(reader, { first, end: Math.min(end, first + ahead), deadline, every: EVERY })
    this.#tell()
  }

  close(reader: object): void {
    if (this.#open.delete(reader)) this.#tell()
  }

  #tell(): void {
    const windows = [...this.#open.values()]
    const waiting = windows.slice(0, -MOST_URGENT)
    this.#exchange.want([...this.#background, ...waiting], windows.slice(-MOST_URGENT))
  }
}
