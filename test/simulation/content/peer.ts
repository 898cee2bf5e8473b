import { allBits, newBits } from '../../../sdk/content/core/bits.ts'
import type { Block, PieceEffect, PieceEvent, SourceId } from '../../../sdk/content/core/event.ts'
import type { Layout } from '../../../sdk/content/core/layout.ts'
import { handle, TICK } from '../../../sdk/content/core/pieces.ts'
import { newPieces, type PieceState } from '../../../sdk/content/core/state.ts'
import type { Agenda } from '../agenda.ts'
import type { SimulatedOrigin } from './origin.ts'
import { Line } from './line.ts'
import { Watch } from './watch.ts'

export interface PeerOptions {
  /** Bytes a second. */
  readonly up: number
  readonly down?: number
  /** One way to anybody (ms). */
  readonly latency: number
  readonly isSeed?: boolean
  /** Part of the blocks that it sends wrong. */
  readonly corrupts?: number
  /** It is no SDK peer. */
  readonly isStock?: boolean
}

interface Remote {
  readonly peer: ContentPeer
  /** The number of the wire on the other side. */
  readonly wire: SourceId
}

let count = 0

/** A peer that runs the real core, over a network of lines. */
export class ContentPeer {
  readonly number = count++
  readonly agenda: Agenda
  readonly layout: Layout
  readonly state: PieceState
  readonly options: PeerOptions
  readonly up: Line
  readonly down: Line
  readonly #random: () => number
  readonly #wires = new Map<SourceId, Remote>()
  readonly #origins = new Map<SourceId, SimulatedOrigin>()
  /** Which blocks of a piece are wrong; and were in what the core keeps as evidence. */
  readonly #wrong = new Map<number, Set<number>>()
  readonly #kept = new Map<number, Set<number>>()
  #nextSource = 1
  isGone = false
  readonly startedAt: number
  doneAt = Infinity
  /** Bytes that came, and those of them that were of use. */
  fromPeers = 0
  fromOrigin = 0
  stored = 0
  readonly banned: ContentPeer[] = []
  isOriginDoubted = false
  readonly watch: Watch
  /** It takes requests and never sends anything. */
  isSilent = false
  onVerified: ((piece: number) => void) | null = null

  constructor(agenda: Agenda, layout: Layout, options: PeerOptions, random: () => number) {
    this.agenda = agenda
    this.layout = layout
    this.options = options
    this.#random = random
    this.startedAt = agenda.now
    this.up = new Line(agenda, options.up)
    this.down = new Line(agenda, options.down ?? Infinity)
    const held = options.isSeed === true ? allBits(layout.count) : newBits(layout.count)
    this.state = newPieces(layout, held, agenda.now)
    this.watch = new Watch(layout, this.state)
    if (options.isSeed === true) this.doneAt = agenda.now
    this.#tick()
  }

  #tick(): void {
    if (this.isGone) return
    this.tell({ type: 'tick' })
    this.agenda.after(TICK, () => {
      this.#tick()
    })
  }

  tell(event: PieceEvent): void {
    if (this.isGone) return
    const effects = handle(this.state, event, this.agenda.now, this.#random)
    this.watch.see(event, effects)
    for (const effect of effects) this.#do(effect)
  }

  /** A block has come over a wire or from an origin. */
  take(from: SourceId, piece: number, offset: number, length: number, isWrong: boolean): void {
    if (this.isGone) return
    if (this.#origins.has(from)) this.fromOrigin += length
    else this.fromPeers += length
    const event: PieceEvent = { type: 'received', from, piece, offset, length }
    const effects = handle(this.state, event, this.agenda.now, this.#random)
    this.watch.see(event, effects)
    for (const effect of effects) {
      if (effect.type === 'store') {
        this.stored += length
        const wrong = this.#wrong.get(piece) ?? new Set()
        this.#wrong.set(piece, wrong)
        if (isWrong) wrong.add(offset)
        else wrong.delete(offset)
      } else this.#do(effect)
    }
  }

  addOrigin(origin: SimulatedOrigin): void {
    const id = this.#nextSource++
    this.#origins.set(id, origin)
    this.tell({ type: 'origin-added', origin: id })
  }

  connect(other: ContentPeer): void {
    const [here, there] = [this.#nextSource++, other.#nextSource++]
    this.#wires.set(here, { peer: other, wire: there })
    other.#wires.set(there, { peer: this, wire: here })
    this.tell({ type: 'opened', wire: here, isOurs: other.options.isStock !== true })
    other.tell({ type: 'opened', wire: there, isOurs: this.options.isStock !== true })
  }

  leave(): void {
    for (const id of [...this.#wires.keys()]) this.#disconnect(id)
    this.isGone = true
  }

  #disconnect(id: SourceId): void {
    const remote = this.#wires.get(id)
    if (!remote) return
    this.#wires.delete(id)
    this.tell({ type: 'closed', wire: id })
    this.agenda.after(this.options.latency, () => {
      if (remote.peer.#wires.delete(remote.wire)) remote.peer.tell({ type: 'closed', wire: remote.wire })
    })
  }

  /** The other side of a wire hears of it. */
  #say(wire: SourceId, make: (wire: SourceId) => PieceEvent): void {
    const remote = this.#wires.get(wire)
    if (!remote) return
    this.agenda.after(this.options.latency, () => {
      if (remote.peer.#wires.has(remote.wire)) remote.peer.tell(make(remote.wire))
    })
  }

  #do(effect: PieceEffect): void {
    switch (effect.type) {
      case 'bitfield':
        this.#say(effect.wire, (wire) => ({ type: 'bitfield', wire, has: effect.has }))
        return
      case 'have':
        for (const id of this.#wires.keys()) this.#say(id, (wire) => ({ type: 'have', wire, piece: effect.piece }))
        return
      case 'interested':
      case 'uninterested':
        this.#say(effect.wire, (wire) => ({ type: effect.type, wire }))
        return
      case 'choke':
      case 'unchoke':
        this.#say(effect.wire, (wire) => ({ type: effect.type === 'choke' ? 'choked' : 'unchoked', wire }))
        return
      case 'request':
        this.#say(effect.wire, (wire) => ({ ...effect, type: 'requested', wire }))
        return
      case 'cancel':
        this.#say(effect.wire, (wire) => ({ ...effect, type: 'cancelled', wire }))
        return
      case 'reject':
        this.#say(effect.wire, (wire) => ({ ...effect, type: 'rejected', wire }))
        return
      case 'send':
        this.#send(effect.wire, effect)
        return
      case 'fetch':
        this.#origins
          .get(effect.origin)
          ?.fetch(this, effect.origin, effect.fetch, effect.piece, effect.offset, effect.length)
        return
      case 'abort':
        this.#origins.get(effect.origin)?.abort(this, effect.fetch)
        return
      case 'verify':
        this.agenda.after(1, () => {
          this.#verify(effect.piece)
        })
        return
      case 'ban':
        this.#ban(effect.source)
        return
      case 'doubt':
        this.isOriginDoubted = true
        return
      case 'drop':
        this.#wrong.delete(effect.piece)
        return
      case 'done':
        this.doneAt = Math.min(this.doneAt, this.agenda.now)
        return
      case 'store':
      case 'keep':
        throw new Error('Nothing was received.')
    }
  }

  #send(wire: SourceId, { piece, offset, length }: Block): void {
    const remote = this.#wires.get(wire)
    if (!remote || this.isSilent) return
    const out = this.up.carry(length)
    const isWrong = this.#random() < (this.options.corrupts ?? 0)
    this.agenda.at(out, () => {
      this.tell({ type: 'sent', wire, length })
    })
    this.agenda.at(out + this.options.latency, () => {
      this.agenda.at(remote.peer.down.carry(length), () => {
        if (remote.peer.#wires.has(remote.wire)) remote.peer.take(remote.wire, piece, offset, length, isWrong)
      })
    })
  }

  #verify(piece: number): void {
    const wrong = this.#wrong.get(piece) ?? new Set()
    this.#wrong.delete(piece)
    if (wrong.size > 0) {
      this.#blame(piece, wrong)
      return
    }
    const kept = [...(this.#kept.get(piece) ?? [])]
    this.#kept.delete(piece)
    this.onVerified?.(piece)
    this.tell({ type: 'verified', piece, wrong: kept })
  }

  #blame(piece: number, wrong: Set<number>): void {
    const event: PieceEvent = { type: 'corrupt', piece }
    const effects = handle(this.state, event, this.agenda.now, this.#random)
    this.watch.see(event, effects)
    for (const effect of effects) {
      if (effect.type === 'keep') this.#kept.set(piece, wrong)
      else this.#do(effect)
    }
  }

  #ban(source: SourceId): void {
    const remote = this.#wires.get(source)
    if (remote) this.banned.push(remote.peer)
    this.#disconnect(source)
  }
}
