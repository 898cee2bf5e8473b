import { decodeFrame, type Frame, type Priority, type StreamId } from '../../../protocol/mesh/frame.ts'
import type { MuxEffect, MuxEvent } from '../../../sdk/core/mux/event.ts'
import { handle } from '../../../sdk/core/mux/mux.ts'
import { take } from '../../../sdk/core/mux/send.ts'
import { newMuxState, nextStream } from '../../../sdk/core/mux/state.ts'

/** One end of a link without a platform: what it is told it keeps, and it reads at once unless told otherwise. */
export class End {
  readonly state
  readonly effects: MuxEffect[] = []
  readonly data = new Map<StreamId, Uint8Array[]>()
  readonly consumed = new Map<StreamId, number>()
  readonly ended = new Set<StreamId>()
  readonly closed = new Set<StreamId>()
  readonly controls: Uint8Array[] = []
  /** The streams of the data frames that came, in order. */
  readonly order: StreamId[] = []
  /** The streams that it reads, if it does not read all. */
  readonly reads = new Set<StreamId>()
  readonly #readsAll: boolean
  framesSent = 0

  constructor(even: boolean, readsAll = true) {
    this.state = newMuxState(even)
    this.#readsAll = readsAll
  }

  open(priority: Priority): StreamId {
    const stream = nextStream(this.state)
    if (stream === null) throw new Error('too many streams')
    this.run({ type: 'open', stream, priority, header: new Uint8Array() })
    return stream
  }

  run(event: MuxEvent): MuxEffect[] {
    const effects = handle(this.state, event)
    for (const effect of effects) this.#keep(effect)
    return effects
  }

  receive(frame: Frame): MuxEffect[] {
    return this.run({ type: 'frame', frame, size: 100 })
  }

  /** Takes up to so many frames of the other end; returns how many there were. */
  takeFrom(other: End, most = Infinity): number {
    let count = 0
    for (;;) {
      const { frames, effects } = take(other.state, 65_536)
      for (const effect of effects) other.#keep(effect)
      if (frames.length === 0) return count
      other.framesSent += frames.length
      for (const bytes of frames) {
        // What comes after the connection broke is lost.
        if (count++ >= most) continue
        const frame = decodeFrame(bytes)
        if (!frame) throw new Error('a frame that can not be read')
        this.run({ type: 'frame', frame, size: bytes.length })
      }
      if (count >= most) return count
    }
  }

  /** Both go on with another connection, as the link's shell has them do. */
  reconnect(other: End): void {
    const [here, there] = [this.state.received, other.state.received]
    for (const end of [this, other]) end.run({ type: 'disconnected' })
    this.run({ type: 'connected', received: there, maxMessage: 262_144 })
    other.run({ type: 'connected', received: here, maxMessage: 262_144 })
  }

  unread(stream: StreamId): number {
    return dataOf(this, stream).length - (this.consumed.get(stream) ?? 0)
  }

  #keep(effect: MuxEffect): void {
    this.effects.push(effect)
    if (effect.type === 'control') this.controls.push(Uint8Array.from(effect.body))
    if (effect.type === 'ended') this.ended.add(effect.stream)
    if (effect.type === 'closed') this.closed.add(effect.stream)
    if (effect.type === 'data') this.#keepData(effect.stream, effect.bytes)
    if (effect.type === 'fault' && effect.reason !== 'the other side does not read') this.state.connected = false
  }

  #keepData(stream: StreamId, bytes: Uint8Array): void {
    this.order.push(stream)
    this.data.set(stream, [...(this.data.get(stream) ?? []), bytes])
    if (!this.#readsAll && !this.reads.has(stream)) return
    this.consumed.set(stream, (this.consumed.get(stream) ?? 0) + bytes.length)
    this.run({ type: 'consumed', stream, bytes: bytes.length })
  }
}

export const dataOf = (end: End, stream: StreamId): Buffer => Buffer.concat(end.data.get(stream) ?? [])

/** Two ends of a link that a connection carries. */
export function pair({ otherReads = true } = {}): [End, End] {
  const ends: [End, End] = [new End(true), new End(false, otherReads)]
  for (const end of ends) end.run({ type: 'connected', received: 0, maxMessage: 262_144 })
  return ends
}

/** Lets both send until neither has anything left. */
export function exchange(one: End, other: End, each: () => void = () => undefined): void {
  for (;;) {
    const moved = other.takeFrom(one) + one.takeFrom(other)
    each()
    if (moved === 0) return
  }
}
