import type { Bytes } from '../../shell/bytes.ts'
import type { Block, OriginFailure, SourceId } from '../core/event.ts'
import { BLOCK, lengthOf } from '../core/layout.ts'
import type { PieceKeeper } from './exchange.ts'
import { PAST_WORKER } from './past-worker.ts'
import type { OriginListener, OriginSource } from './source.ts'

/** An origin that says nothing for so long is too slow, in milliseconds. */
const SILENCE = 8000
/** Of an origin that knows no ranges so much is read over, in bytes: more is cheaper got elsewhere. */
const MOST_SKIPPED = 1_048_576

/** Where the bytes of a piece are on a server. */
export interface Whereabouts {
  readonly url: string
  /** Of the file, in bytes. */
  readonly length: number
  /** Where in the file the piece begins. */
  readonly offset: number
}

class OriginError extends Error {
  readonly reason: OriginFailure

  constructor(reason: OriginFailure, message: string) {
    super(message)
    this.reason = reason
  }
}

/** An HTTP server of the files (BEP 19): ranges of them, as blocks. */
export class HttpOrigin implements OriginSource {
  readonly #id: SourceId
  readonly #layout: PieceKeeper['layout']
  readonly #find: (piece: number) => Whereabouts
  readonly #listener: OriginListener
  readonly #fetches = new Map<number, AbortController>()
  readonly #onProblem: (problem: string) => void

  constructor(
    id: SourceId,
    layout: PieceKeeper['layout'],
    find: (piece: number) => Whereabouts,
    listener: OriginListener,
    onProblem: (problem: string) => void,
  ) {
    this.#id = id
    this.#layout = layout
    this.#find = find
    this.#listener = listener
    this.#onProblem = onProblem
  }

  fetch(id: number, block: Block): void {
    const aborted = new AbortController()
    this.#fetches.set(id, aborted)
    this.#fetch(block, aborted).then(
      () => {
        if (this.#fetches.delete(id)) this.#listener.fetched(this.#id, id)
      },
      (error: unknown) => {
        if (!this.#fetches.delete(id)) return
        this.#onProblem((error as Error).message)
        this.#listener.fetchFailed(this.#id, id, error instanceof OriginError ? error.reason : 'failed')
      },
    )
  }

  abort(id: number): void {
    const aborted = this.#fetches.get(id)
    this.#fetches.delete(id)
    aborted?.abort()
  }

  close(): void {
    for (const id of [...this.#fetches.keys()]) this.abort(id)
  }

  async #fetch({ piece, offset, length }: Block, aborted: AbortController): Promise<void> {
    const place = this.#find(piece)
    const first = place.offset + offset
    const silence = new Silence(aborted)
    try {
      const response = await fetch(place.url + PAST_WORKER, {
        headers: { range: `bytes=${first}-${first + length - 1}`, 'accept-encoding': 'identity' },
        signal: aborted.signal,
        // What is private is not for an origin of anybody's.
        credentials: 'omit',
      })
      const skipped = checkResponse(response, place, first, length)
      const blocks = new Blocks(this.#layout, piece, offset, (block, bytes) => {
        this.#listener.received(this.#id, block, bytes)
      })
      await readInto(blocks, response, skipped, length, silence)
    } catch (error) {
      if (silence.isOver) throw new OriginError('slow', `${place.url} has sent nothing for ${SILENCE / 1000} seconds.`)
      throw error
    } finally {
      silence.stop()
      aborted.abort()
    }
  }
}

/** How many bytes are to be read over before what was asked for. */
function checkResponse(response: Response, { url, length: whole }: Whereabouts, first: number, length: number): number {
  const { status, headers } = response
  if (status === 206) {
    const range = headers.get('content-range')
    // Few servers of other origins let a page see it. The hashes tell.
    if (range === null && Number(headers.get('content-length')) === length) return 0
    const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(range ?? '') ?? []
    if (Number(start) === first && Number(end) === first + length - 1) return 0
    throw new OriginError('lied', `${url} answered with another range than it was asked for.`)
  }
  if (status !== 200) throw new OriginError('failed', `${url} answered ${status}.`)
  const told = headers.get('content-length')
  if (told !== null && Number(told) !== whole) {
    throw new OriginError(
      'lied',
      `${url} has ${told} bytes (${headers.get('content-type') ?? 'of no type'}), not ${whole}.`,
    )
  }
  if (first > MOST_SKIPPED) throw new OriginError('lied', `${url} does not answer with ranges.`)
  return first
}

async function readInto(
  blocks: Blocks,
  response: Response,
  skipped: number,
  length: number,
  silence: Silence,
): Promise<void> {
  const reader = response.body?.getReader()
  let skip = skipped
  let left = length
  while (left > 0) {
    const read = await reader?.read()
    if (!read || read.done) throw new OriginError('failed', `${response.url} ended ${left} bytes too soon.`)
    silence.heard()
    const bytes = read.value.subarray(Math.min(skip, read.value.length))
    skip -= read.value.length - bytes.length
    const taken = bytes.subarray(0, left)
    left -= taken.length
    blocks.add(taken)
  }
}

/** Gives up a request that hears nothing. */
class Silence {
  readonly #aborted: AbortController
  #timer: ReturnType<typeof setTimeout>
  isOver = false

  constructor(aborted: AbortController) {
    this.#aborted = aborted
    this.#timer = this.#begin()
  }

  heard(): void {
    clearTimeout(this.#timer)
    this.#timer = this.#begin()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #begin(): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      this.isOver = true
      this.#aborted.abort()
    }, SILENCE)
  }
}

/** Cuts what comes in a row into blocks. */
class Blocks {
  readonly #layout: PieceKeeper['layout']
  readonly #received: (block: Block, bytes: Bytes) => void
  #piece: number
  #offset: number
  #filling: Bytes
  #filled = 0

  constructor(
    layout: PieceKeeper['layout'],
    piece: number,
    offset: number,
    received: (block: Block, bytes: Bytes) => void,
  ) {
    this.#layout = layout
    this.#piece = piece
    this.#offset = offset
    this.#received = received
    this.#filling = this.#next()
  }

  /** The next block, as far as it goes within its piece. */
  #next(): Bytes {
    this.#filled = 0
    return new Uint8Array(Math.max(0, Math.min(BLOCK, lengthOf(this.#layout, this.#piece) - this.#offset)))
  }

  add(bytes: Bytes): void {
    let rest = bytes
    while (rest.length > 0 && this.#filling.length > 0) {
      const part = rest.subarray(0, this.#filling.length - this.#filled)
      this.#filling.set(part, this.#filled)
      this.#filled += part.length
      rest = rest.subarray(part.length)
      if (this.#filled === this.#filling.length) this.#flush()
    }
  }

  #flush(): void {
    const block = { piece: this.#piece, offset: this.#offset, length: this.#filling.length }
    const bytes = this.#filling
    this.#offset += bytes.length
    if (this.#offset >= lengthOf(this.#layout, this.#piece)) {
      this.#piece++
      this.#offset = 0
    }
    this.#filling = this.#next()
    this.#received(block, bytes)
  }
}

/** The address of a file at a web seed (BEP 19): the torrent's name and the path follow, each part encoded. */
export const fileUrl = (webSeed: string, name: string, path: string): string =>
  webSeed + [name, ...path.split('/')].map(encodeURIComponent).join('/')
