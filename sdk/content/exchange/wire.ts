import type Wire from 'bittorrent-protocol'
import type { Bytes } from '../../shell/bytes.ts'
import type { Block, PieceEvent, SourceId } from '../core/event.ts'
import { BLOCK } from '../core/layout.ts'
import type { PeerSource, SourceListener } from './source.ts'

/** What a wire tells an exchange. */
export interface WireListener extends SourceListener {
  tell(event: PieceEvent): void
}

export type Respond = (error: Error | null, bytes?: Uint8Array) => void

const keyOf = ({ piece, offset, length }: Block): string => `${piece}/${offset}/${length}`
const unwanted = new Error('not now')

/** A BitTorrent wire whose handshake is over: its events as those of the core, and what the core wants done on it. */
export class WireSource implements PeerSource {
  readonly #id: SourceId
  readonly #wire: Wire
  readonly #listener: WireListener
  /** What the other side asked for and has not got. */
  readonly #asked = new Map<string, Respond>()
  /** Settles once the transport has taken a chunk. */
  readonly #taken: (bytes: Uint8Array) => Promise<void>

  constructor(id: SourceId, wire: Wire, taken: (bytes: Uint8Array) => Promise<void>, listener: WireListener) {
    this.#id = id
    this.#wire = wire
    this.#taken = taken
    this.#listener = listener
    this.#listen()
  }

  /** Tells what the other side has said before somebody listened. */
  catchUp(): void {
    const wire = this.#id
    const { peerPieces, peerChoking, peerInterested } = this.#wire
    // A stand-in without bytes is for all of them.
    const isAll = peerPieces.setAll === undefined
    if (isAll || peerPieces.buffer.length > 0) {
      this.#listener.tell({ type: 'bitfield', wire, has: isAll ? 'all' : peerPieces.buffer })
    }
    if (!peerChoking) this.#listener.tell({ type: 'unchoked', wire })
    if (peerInterested) this.#listener.tell({ type: 'interested', wire })
  }

  #listen(): void {
    const wire = this.#id
    const tell = (event: PieceEvent) => {
      this.#listener.tell(event)
    }
    const blockOf = (piece: number, offset: number, length: number): Block => ({ piece, offset, length })
    const on = this.#wire.on.bind(this.#wire)
    on('bitfield', () => {
      tell({ type: 'bitfield', wire, has: this.#wire.peerPieces.buffer })
    })
    on('have-all', () => {
      tell({ type: 'bitfield', wire, has: 'all' })
    })
    on('have-none', () => {
      tell({ type: 'bitfield', wire, has: 'none' })
    })
    on('have', (piece: number) => {
      tell({ type: 'have', wire, piece })
    })
    on('choke', () => {
      tell({ type: 'choked', wire })
    })
    on('unchoke', () => {
      tell({ type: 'unchoked', wire })
    })
    on('interested', () => {
      tell({ type: 'interested', wire })
    })
    on('uninterested', () => {
      tell({ type: 'uninterested', wire })
    })
    on('request', (piece: number, offset: number, length: number, respond: Respond) => {
      this.requested(blockOf(piece, offset, length), respond)
    })
    on('cancel', (piece: number, offset: number, length: number) => {
      const block = this.known(blockOf(piece, offset, length))
      if (this.#asked.delete(keyOf(block))) tell({ type: 'cancelled', wire, ...block })
    })
    on('reject', (piece: number, offset: number, length: number) => {
      tell({ type: 'rejected', wire, ...blockOf(piece, offset, length) })
    })
    on('piece', (piece: number, offset: number, bytes: Bytes) => {
      // It may be a part of more that has come, which would be kept with it.
      if (bytes.length <= BLOCK) this.#listener.received(wire, blockOf(piece, offset, bytes.length), bytes)
    })
  }

  protected requested(block: Block, respond: Respond): void {
    // Asked for twice: the first one answers.
    if (this.#asked.has(keyOf(block))) return
    this.#asked.set(keyOf(block), respond)
    this.#listener.tell({ type: 'requested', wire: this.#id, ...block })
  }

  /** The block as the core knows it. */
  protected known(block: Block): Block {
    return block
  }

  bitfield(has: Uint8Array): void {
    this.#wire.bitfield(has)
  }

  have(piece: number): void {
    this.#wire.have(piece)
  }

  interested(isInterested: boolean): void {
    if (isInterested) this.#wire.interested()
    else this.#wire.uninterested()
  }

  choke(isChoked: boolean): void {
    if (!isChoked) {
      this.#wire.unchoke()
      return
    }
    this.#asked.clear()
    this.#wire.choke()
  }

  request({ piece, offset, length }: Block): void {
    // What becomes of it the events of the wire tell.
    this.#wire.request(piece, offset, length, () => undefined)
  }

  cancel({ piece, offset, length }: Block): void {
    this.#wire.cancel(piece, offset, length)
  }

  async send(block: Block, bytes: Bytes): Promise<void> {
    const respond = this.#asked.get(keyOf(block))
    // Taken back meanwhile.
    if (!respond || !this.#asked.delete(keyOf(block))) return
    const taken = this.#taken(bytes)
    respond(null, bytes)
    await taken
  }

  reject(block: Block): void {
    const respond = this.#asked.get(keyOf(block))
    if (this.#asked.delete(keyOf(block))) respond?.(unwanted)
  }

  close(): void {
    this.#wire.destroy()
  }
}
