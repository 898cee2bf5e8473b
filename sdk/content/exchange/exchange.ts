import type { Bytes } from '../../shell/bytes.ts'
import { type Bits, hasBit } from '../core/bits.ts'
import type { Block, Deadlines, PieceEffect, PieceEvent, PieceRange, SourceId } from '../core/event.ts'
import { BLOCK, type Layout, lengthOf } from '../core/layout.ts'
import { handle, TICK } from '../core/pieces.ts'
import { newPieces, type PieceState } from '../core/state.ts'
import type { ExchangeEvents, OriginListener, OriginSource, PeerSource } from './source.ts'
import type { Throttle } from './throttle.ts'
import type { WireListener } from './wire.ts'

/** Where pieces are kept. */
export interface PieceKeeper {
  readonly layout: Layout
  /** Those that are there; the exchange takes a copy. */
  readonly held: Bits
  /** @throws {Error} if the disk does not have it any more */
  read(piece: number, offset: number, length: number): Promise<Bytes>
  /** Keeps a piece if its hash is right; says whether it is. */
  accept(piece: number, bytes: Bytes): Promise<boolean>
}

/** The pieces of one torrent, between the disk, peers and origins: carries out what the core decides. */
export class Exchange {
  readonly #keeper: PieceKeeper
  readonly #events: ExchangeEvents
  readonly #throttle: Throttle
  readonly #state: PieceState
  readonly #wires = new Map<SourceId, PeerSource>()
  readonly #origins = new Map<SourceId, OriginSource>()
  /** When a wire last brought or took content, or was opened (ms). */
  readonly #usedAt = new Map<SourceId, number>()
  /** Pieces of which blocks have come. */
  readonly #filling = new Map<number, Bytes>()
  /** The bytes of pieces that were corrupt and that the core keeps as evidence. */
  readonly #corrupt = new Map<number, Bytes>()
  readonly #ticker: ReturnType<typeof setInterval>
  #lastId = 0
  #isClosed = false

  constructor(keeper: PieceKeeper, throttle: Throttle, events: ExchangeEvents) {
    this.#keeper = keeper
    this.#throttle = throttle
    this.#events = events
    this.#state = newPieces(keeper.layout, keeper.held.slice(), performance.now())
    this.#ticker = setInterval(() => {
      this.#tell({ type: 'tick' })
    }, TICK)
  }

  get isDone(): boolean {
    return this.#state.isDone
  }

  get layout(): Layout {
    return this.#keeper.layout
  }

  has(piece: number): boolean {
    return hasBit(this.#state.held, piece)
  }

  get missingBytes(): number {
    return this.#state.missingBytes
  }

  /**
   * Begins with a wire whose handshake is over.
   *
   * @param isOurs whether the other side is an SDK peer
   * @returns what to call when it is closed
   */
  addWire(
    isOurs: boolean,
    make: (id: SourceId, listener: WireListener) => PeerSource,
  ): {
    readonly id: SourceId
    readonly closed: () => void
  } {
    const id = ++this.#lastId
    const listener: WireListener = {
      tell: (event) => {
        this.#tell(event)
      },
      received: (source, block, bytes) => {
        this.#received(source, block, bytes)
      },
    }
    this.#wires.set(id, make(id, listener))
    this.#usedAt.set(id, performance.now())
    this.#tell({ type: 'opened', wire: id, isOurs })
    const closed = () => {
      if (!this.#forgetWire(id)) return
      this.#tell({ type: 'closed', wire: id })
      this.#events.closed(id)
    }
    return { id, closed }
  }

  /** Closes a wire. */
  removeWire(id: SourceId): void {
    const wire = this.#wires.get(id)
    if (!this.#forgetWire(id)) return
    this.#tell({ type: 'closed', wire: id })
    this.#events.closed(id)
    wire?.close()
  }

  #forgetWire(id: SourceId): boolean {
    this.#usedAt.delete(id)
    return this.#wires.delete(id)
  }

  addOrigin(make: (id: SourceId, listener: OriginListener) => OriginSource): SourceId {
    const id = ++this.#lastId
    const origin = make(id, {
      received: (source, block, bytes) => {
        this.#received(source, block, bytes)
      },
      fetched: (source, fetch) => {
        this.#tell({ type: 'fetched', origin: source, fetch })
      },
      fetchFailed: (source, fetch, reason) => {
        this.#tell({ type: 'fetch-failed', origin: source, fetch, reason })
      },
    })
    this.#origins.set(id, origin)
    this.#tell({ type: 'origin-added', origin: id })
    return id
  }

  removeOrigin(id: SourceId): void {
    const origin = this.#origins.get(id)
    if (!this.#origins.delete(id)) return
    this.#tell({ type: 'origin-removed', origin: id })
    origin?.close()
  }

  /** What is known of the other side of a wire; `null` if it is closed. */
  stateOf(wire: SourceId): { readonly isComplete: boolean; readonly isGiving: boolean } | null {
    const state = this.#state.wires.get(wire)
    return state ? { isComplete: state.hasAll, isGiving: state.weAreInterested } : null
  }

  /** When a wire last brought or took content, or was opened (ms); `-Infinity` if it is closed. */
  usedAt(wire: SourceId): number {
    return this.#usedAt.get(wire) ?? -Infinity
  }

  /** What is to be had, in place of all that was said before. */
  want(ranges: readonly PieceRange[], urgent: readonly Deadlines[]): void {
    this.#tell({ type: 'wanted', ranges, urgent })
  }

  /** So many peers may open wires any moment. */
  expect(wires: number): void {
    this.#tell({ type: 'expecting', wires })
  }

  /** @param download bytes a second */
  limit(download: number, isUploading: boolean): void {
    this.#tell({ type: 'limits', download, isUploading })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#ticker)
    for (const source of [...this.#wires.values(), ...this.#origins.values()]) source.close()
    this.#wires.clear()
    this.#usedAt.clear()
    this.#origins.clear()
  }

  #received(from: SourceId, block: Block, bytes: Bytes): void {
    for (const effect of this.#decide({ type: 'received', from, ...block })) {
      if (effect.type === 'store') this.#store(from, block, bytes)
      else this.#carryOut(effect)
    }
  }

  #tell(event: PieceEvent): void {
    for (const effect of this.#decide(event)) this.#carryOut(effect)
  }

  #decide(event: PieceEvent): readonly PieceEffect[] {
    return this.#isClosed ? [] : handle(this.#state, event, performance.now(), Math.random)
  }

  #carryOut(effect: PieceEffect): void {
    switch (effect.type) {
      case 'bitfield':
        this.#wires.get(effect.wire)?.bitfield(effect.has)
        return
      case 'have':
        for (const wire of this.#wires.values()) wire.have(effect.piece)
        return
      case 'interested':
      case 'uninterested':
        this.#wires.get(effect.wire)?.interested(effect.type === 'interested')
        return
      case 'choke':
      case 'unchoke':
        this.#wires.get(effect.wire)?.choke(effect.type === 'choke')
        return
      case 'request':
        this.#wires.get(effect.wire)?.request(effect)
        return
      case 'cancel':
        this.#wires.get(effect.wire)?.cancel(effect)
        return
      case 'send':
        void this.#send(effect.wire, effect)
        return
      case 'reject':
        this.#wires.get(effect.wire)?.reject(effect)
        return
      case 'fetch':
        this.#origins.get(effect.origin)?.fetch(effect.fetch, effect)
        return
      case 'abort':
        this.#origins.get(effect.origin)?.abort(effect.fetch)
        return
      case 'verify':
        void this.#verify(effect.piece)
        return
      case 'ban':
        this.#ban(effect.source)
        return
      case 'doubt':
        this.#events.doubted(effect.origin)
        return
      case 'drop':
        this.#filling.delete(effect.piece)
        return
      case 'done':
        this.#events.done()
        return
      case 'store':
      case 'keep':
      // Is done where the bytes are at hand.
    }
  }

  async #send(id: SourceId, block: Block): Promise<void> {
    const wire = this.#wires.get(id)
    if (!wire) return
    try {
      const bytes = await this.#keeper.read(block.piece, block.offset, block.length)
      await this.#throttle.take(block.length)
      await wire.send(block, bytes)
      if (this.#wires.has(id)) {
        this.#usedAt.set(id, performance.now())
        this.#events.sent(id, block.length)
      }
    } catch {
      // The disk has lost it: whoever asked finds it elsewhere.
      wire.reject(block)
    }
    this.#tell({ type: 'sent', wire: id, length: block.length })
  }

  #store(from: SourceId, { piece, offset }: Block, bytes: Bytes): void {
    let filling = this.#filling.get(piece)
    if (!filling) this.#filling.set(piece, (filling = new Uint8Array(lengthOf(this.#keeper.layout, piece))))
    filling.set(bytes, offset)
    if (this.#wires.has(from)) this.#usedAt.set(from, performance.now())
    this.#events.received(from, bytes.length)
  }

  async #verify(piece: number): Promise<void> {
    const bytes = this.#filling.get(piece)
    if (!bytes) return
    this.#filling.delete(piece)
    let isRight: boolean
    try {
      isRight = await this.#keeper.accept(piece, bytes)
    } catch (error) {
      if (this.#isClosed) return
      this.close()
      this.#events.failed(error)
      return
    }
    if (!isRight) {
      for (const effect of this.#decide({ type: 'corrupt', piece })) {
        if (effect.type === 'keep') this.#corrupt.set(piece, bytes)
        else this.#carryOut(effect)
      }
      return
    }
    const before = this.#corrupt.get(piece)
    this.#corrupt.delete(piece)
    this.#tell({ type: 'verified', piece, ...(before && { wrong: differences(before, bytes) }) })
    this.#events.piece(piece)
  }

  #ban(id: SourceId): void {
    const wire = this.#wires.get(id)
    if (!this.#forgetWire(id)) return
    this.#events.banned(id)
    this.#events.closed(id)
    wire?.close()
  }
}

/** The offsets of the blocks that are not the same. */
function differences(one: Bytes, other: Bytes): number[] {
  const offsets: number[] = []
  for (let offset = 0; offset < one.length; offset += BLOCK) {
    const block = other.subarray(offset, offset + BLOCK)
    if (one.subarray(offset, offset + BLOCK).some((byte, index) => byte !== block[index])) offsets.push(offset)
  }
  return offsets
}
