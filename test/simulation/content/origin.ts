import { BLOCK, blockLength, lengthOf } from '../../../sdk/content/core/layout.ts'
import type { Agenda } from '../agenda.ts'
import type { ContentPeer } from './peer.ts'

/** How an HTTP server of the files behaves. */
export interface OriginOptions {
  /** Bytes a second of one connection. */
  readonly rate: number
  /** One way (ms). */
  readonly latency: number
}

/** An HTTP server that all peers may ask. */
export class SimulatedOrigin {
  readonly #agenda: Agenda
  readonly #options: OriginOptions
  readonly #aborted = new Set<string>()
  /** `stalls`: it takes requests and sends nothing. */
  behaviour: 'good' | 'dead' | 'stalls' | 'corrupts' = 'good'
  /** Bytes that left it, and how many requests came. */
  sent = 0
  requests = 0

  constructor(agenda: Agenda, options: OriginOptions) {
    this.#agenda = agenda
    this.#options = options
  }

  fetch(peer: ContentPeer, origin: number, fetch: number, piece: number, offset: number, length: number): void {
    this.requests++
    this.#agenda.after(2 * this.#options.latency, () => {
      this.#send(peer, origin, fetch, piece, offset, length, this.#agenda.now)
    })
  }

  abort(peer: ContentPeer, fetch: number): void {
    this.#agenda.after(this.#options.latency, () => this.#aborted.add(`${peer.number} ${fetch}`))
  }

  /** Sends the next block, and so on; `at`: when the one before was out (ms, not whole). */
  #send(
    peer: ContentPeer,
    origin: number,
    fetch: number,
    piece: number,
    offset: number,
    left: number,
    at: number,
  ): void {
    if (this.#aborted.has(`${peer.number} ${fetch}`) || this.behaviour === 'stalls') return
    if (this.behaviour === 'dead') {
      peer.tell({ type: 'fetch-failed', origin, fetch, reason: 'failed' })
      return
    }
    const length = blockLength(peer.layout, piece, offset / BLOCK)
    const next = at + (length * 1000) / this.#options.rate
    this.#agenda.at(next, () => {
      if (this.#aborted.has(`${peer.number} ${fetch}`)) return
      this.sent += length
      peer.take(origin, piece, offset, length, this.behaviour === 'corrupts')
      if (left <= length) {
        peer.tell({ type: 'fetched', origin, fetch })
        return
      }
      const isLast = offset + length >= lengthOf(peer.layout, piece)
      const [nextPiece, nextOffset] = isLast ? [piece + 1, 0] : [piece, offset + length]
      this.#send(peer, origin, fetch, nextPiece, nextOffset, left - length, next)
    })
  }
}
