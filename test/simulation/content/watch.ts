import type { PieceEffect, PieceEvent, SourceId } from '../../../sdk/content/core/event.ts'
import { hasBit } from '../../../sdk/content/core/bits.ts'
import { blockAt, type Layout, lengthOf } from '../../../sdk/content/core/layout.ts'
import { MOST_QUEUED } from '../../../sdk/content/core/serve.ts'
import type { PieceState } from '../../../sdk/content/core/state.ts'

/** A wire as the other side sees it. */
interface Seen {
  /** What the core asked for, and what it was asked for. */
  readonly asked: Set<string>
  readonly queued: Set<string>
  readonly has: Set<number>
  hasAll: boolean
  chokesUs: boolean
  isChoked: boolean
}

/** What is still to come of a fetch. */
interface Range {
  piece: number
  offset: number
  left: number
}

/** What one core promises whatever it hears; says what it broke. */
export class Watch {
  readonly #layout: Layout
  readonly #state: PieceState
  readonly #wires = new Map<SourceId, Seen>()
  readonly #origins = new Map<SourceId, Map<number, Range>>()
  readonly broken = new Set<string>()
  /** Blocks that more than one was asked for. */
  doubles = 0

  constructor(layout: Layout, state: PieceState) {
    this.#layout = layout
    this.#state = state
  }

  see(event: PieceEvent, effects: readonly PieceEffect[]): void {
    this.#hear(event)
    for (const effect of effects) this.#check(effect)
    if (event.type === 'tick') this.#checkBounds()
  }

  #checkBounds(): void {
    for (const [id, { queue, asked }] of this.#state.wires) {
      if (queue.count > MOST_QUEUED) this.broken.add(`the queue of wire ${id} has ${queue.count}`)
      if (asked.size > 250) this.broken.add(`wire ${id} was asked for ${asked.size}`)
      if (!this.#wires.has(id)) this.broken.add(`wire ${id} is not open`)
    }
  }

  #hear(event: PieceEvent): void {
    if (event.type === 'opened' && !this.#wires.has(event.wire)) {
      this.#wires.set(event.wire, {
        asked: new Set(),
        queued: new Set(),
        has: new Set(),
        hasAll: false,
        chokesUs: true,
        isChoked: true,
      })
    } else if (event.type === 'closed') this.#wires.delete(event.wire)
    else if (event.type === 'origin-added')
      this.#origins.set(event.origin, this.#origins.get(event.origin) ?? new Map<number, Range>())
    else if (event.type === 'fetched' || event.type === 'fetch-failed') {
      this.#origins.get(event.origin)?.delete(event.fetch)
    } else if (event.type === 'received') {
      this.#wires.get(event.from)?.asked.delete(keyOf(event))
      this.#hearBytes(event)
    }
    if (event.type !== 'opened' && event.type !== 'closed' && 'wire' in event)
      this.#hearWire(event, this.#wires.get(event.wire))
  }

  #hearBytes({ from, piece, offset, length }: Extract<PieceEvent, { type: 'received' }>): void {
    for (const [fetch, range] of this.#origins.get(from) ?? []) {
      if (range.piece !== piece || range.offset !== offset) continue
      range.left -= length
      range.offset += length
      if (range.offset >= lengthOf(this.#layout, piece)) [range.piece, range.offset] = [piece + 1, 0]
      if (range.left <= 0) this.#origins.get(from)?.delete(fetch)
      return
    }
  }

  #hearWire(event: PieceEvent, wire: Seen | undefined): void {
    if (!wire) return
    if (event.type === 'choked') {
      wire.chokesUs = true
      wire.asked.clear()
    } else if (event.type === 'unchoked') wire.chokesUs = false
    else if (event.type === 'have') wire.has.add(event.piece)
    else if (event.type === 'bitfield') {
      wire.hasAll = event.has === 'all'
      wire.has.clear()
      if (typeof event.has === 'string') return
      for (let piece = 0; piece < this.#layout.count; piece++) {
        if (((event.has[piece >>> 3] ?? 0) & (128 >>> (piece & 7))) !== 0) wire.has.add(piece)
      }
    } else if (event.type === 'rejected') wire.asked.delete(keyOf(event))
    else if (event.type === 'requested') wire.queued.add(keyOf(event))
    else if (event.type === 'cancelled') wire.queued.delete(keyOf(event))
  }

  #check(effect: PieceEffect): void {
    if ('wire' in effect) {
      const wire = this.#wires.get(effect.wire)
      if (wire) this.#checkWire(effect, wire)
      else this.broken.add(`${effect.type} on a wire that is not open`)
    } else if (effect.type === 'fetch') this.#checkFetch(effect)
    else if (effect.type === 'abort') {
      // The core may have heard of the end of it in the same event.
      this.#origins.get(effect.origin)?.delete(effect.fetch)
    } else if (effect.type === 'ban') {
      this.#wires.delete(effect.source)
      this.#origins.delete(effect.source)
    }
  }

  #checkWire(effect: PieceEffect, wire: Seen): void {
    if (effect.type === 'choke' || effect.type === 'unchoke') wire.isChoked = effect.type === 'choke'
    else if (effect.type === 'request') this.#checkRequest(effect, wire)
    else if (effect.type === 'cancel') {
      if (!wire.asked.delete(keyOf(effect))) this.broken.add('cancels what it did not ask for')
    } else if (effect.type === 'send') {
      if (wire.isChoked) this.broken.add('sends to a wire that it chokes')
      if (!wire.queued.delete(keyOf(effect))) this.broken.add('sends what nobody asked for')
      if (!hasBit(this.#state.held, effect.piece)) this.broken.add('sends what it does not have')
    } else if (effect.type === 'reject') wire.queued.delete(keyOf(effect))
  }

  #checkRequest(effect: Extract<PieceEffect, { type: 'request' }>, wire: Seen): void {
    const { piece, offset, length } = effect
    const key = keyOf(effect)
    if (blockAt(this.#layout, piece, offset, length) < 0) this.broken.add('asks for no block')
    if (wire.chokesUs) this.broken.add('asks a wire that chokes')
    if (!wire.hasAll && !wire.has.has(piece)) this.broken.add('asks for what the other side does not have')
    if (hasBit(this.#state.held, piece)) this.broken.add('asks for what it has')
    if (wire.asked.has(key)) this.broken.add('asks one wire twice')
    const others = [...this.#wires.values()].filter(({ asked }) => asked.has(key)).length
    wire.asked.add(key)
    if (others === 0) return
    this.doubles++
    const isEnd = this.#state.rarity.openCount === 0 && this.#state.gaps.size === 0
    if (!isEnd) this.broken.add('asks two for a block before the end')
    if (others > 1) this.broken.add('asks three for a block')
  }

  #checkFetch({ origin, fetch, piece, offset, length }: Extract<PieceEffect, { type: 'fetch' }>): void {
    const fetches = this.#origins.get(origin)
    if (!fetches) {
      this.broken.add('fetches from an origin that is gone')
      return
    }
    fetches.set(fetch, { piece, offset, left: length })
    if (fetches.size > 2) this.broken.add('fetches more than two ranges at a time')
    let left = length + offset
    let at = piece
    const end = this.#layout.fileEnds[piece] ?? 0
    while (left > 0 && at < end) left -= lengthOf(this.#layout, at++)
    if (left > 0 || length <= 0) this.broken.add('fetches a range that goes beyond its file')
  }
}

const keyOf = ({ piece, offset }: { piece: number; offset: number }): string => `${piece}/${offset}`
