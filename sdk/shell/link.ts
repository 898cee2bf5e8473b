import type { PeerId } from '../../protocol/ids.ts'
import {
  encodeFrame,
  type Frame,
  FRAME_OVERHEAD,
  MAX_CONTROL,
  type Priority,
  RESET,
  type StreamId,
} from '../../protocol/mesh/frame.ts'
import { type Control, decodeControl, encodeControl, type SwarmNumber } from '../../protocol/mesh/control.ts'
import { decodeStreamHeader, encodeHeader, type StreamHeader } from '../../protocol/mesh/header.ts'
import { Bucket } from '../core/bucket.ts'
import { Liveness } from '../core/liveness.ts'
import type { MuxEffect, MuxEvent } from '../core/mux/event.ts'
import { handle } from '../core/mux/mux.ts'
import { take } from '../core/mux/send.ts'
import { isOwn, isSettled, type MuxState, newMuxState, nextStream } from '../core/mux/state.ts'
import { EdgeswarmError } from '../error.ts'
import type { Bytes } from './bytes.ts'
import type { Connection, ConnectionOwner } from './connection.ts'
import { LinkStream } from './stream.ts'

/** Sent to the engine and not yet on the network, in bytes. */
const HIGH_WATER = 524_288
/** Control messages a second that a peer may send in the long run, and at once: more than any swarm needs. */
const CONTROL_RATE = { perSecond: 100, burst: 2000 }
/** Bytes of a control message that count as one message more. */
const CONTROL_UNIT = 1024

/** A connection must take control messages whole. */
const SHORTEST_MESSAGE = MAX_CONTROL + FRAME_OVERHEAD

/** Why a connection is closed whose link goes on with another (rule L15). */
export const REPLACED = 'replaced'

/** What a link tells whoever holds it. */
export interface LinkEvents {
  control(link: Link, control: Control): void
  /** The other side opened a stream. */
  opened(link: Link, stream: LinkStream, header: StreamHeader, priority: Priority): void
  /** No connection carries it: it must be replaced, or the link will be gone in a moment. */
  interrupted(link: Link): void
  closed(link: Link, error: EdgeswarmError): void
}

/**
 * What two peers have between them, for as long as both remember it: streams and control messages. One
 * connection carries it; when that is lost another takes its place, and not a byte is lost (rule L15).
 */
export class Link implements ConnectionOwner {
  readonly peer: PeerId
  /** Names the link: what this side and the other call it. */
  readonly session: Bytes
  readonly otherSession: Bytes
  readonly #events: LinkEvents
  readonly #mux: MuxState
  readonly #streams = new Map<StreamId, { readonly stream: LinkStream; readonly swarm: SwarmNumber }>()
  readonly #liveness: Liveness
  readonly #controls = new Bucket(CONTROL_RATE)
  #connection: Connection | null = null
  /** Who waits for a stream to be closed, to open another. */
  readonly #openers: (() => void)[] = []
  #isClosed = false
  /** Told when everything that was said has arrived. */
  readonly #waiters: (() => void)[] = []

  constructor(own: PeerId, peer: PeerId, sessions: { session: Bytes; otherSession: Bytes }, events: LinkEvents) {
    this.peer = peer
    this.session = sessions.session
    this.otherSession = sessions.otherSession
    this.#events = events
    this.#mux = newMuxState(own < peer)
    this.#liveness = new Liveness(performance.now())
  }

  get connection(): Connection | null {
    return this.#connection
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Milliseconds; `null` before the first answer. */
  get roundTrip(): number | null {
    return this.#liveness.roundTrip
  }

  /** How long nothing was heard of the other side, in milliseconds. */
  get silence(): number {
    return performance.now() - this.#liveness.heard
  }

  /**
   * Lets a connection carry the link from now on; a former one is closed.
   *
   * @param isFresh whether it is the first: then neither side has sent anything yet
   */
  attach(connection: Connection, isFresh: boolean): void {
    void this.#connection?.close(REPLACED)
    this.#connection = connection
    if (connection.maxMessage < SHORTEST_MESSAGE) {
      this.fail('messages of this length are too short for a link')
      return
    }
    connection.owner = this
    this.#run({ type: 'disconnected' })
    this.#liveness.hear(performance.now())
    connection.send(
      encodeFrame({ type: 'ping', token: this.#liveness.ask(performance.now()), received: this.#mux.received }),
    )
    if (isFresh) this.#connected(0)
  }

  #connected(received: number): void {
    this.#run({ type: 'connected', received, maxMessage: this.#connection?.maxMessage ?? 0 })
  }

  lost(): void {
    if (this.#isClosed) return
    this.#connection = null
    this.#run({ type: 'disconnected' })
    this.#events.interrupted(this)
  }

  ended(error: EdgeswarmError): void {
    // The other side has taken another connection for the link, which is about to be ready here too.
    if (error.message === REPLACED) this.lost()
    else this.end(error)
  }

  frame(frame: Frame, size: number): void {
    if (this.#isClosed) return
    this.#liveness.hear(performance.now())
    if (!this.#mux.connected) {
      // The first frame on a connection that replaces another says what has arrived.
      if (frame.type !== 'ping') {
        this.fail('the first frame must be a ping')
        return
      }
      this.#connected(frame.received)
    }
    this.#run({ type: 'frame', frame, size })
  }

  drain(): void {
    this.#flush()
  }

  /** The network may be gone: ask at once. */
  doubt(): void {
    this.#run({ type: 'ping', token: this.#liveness.ask(performance.now()) })
  }

  tick(now: number): void {
    switch (this.#liveness.tick(now)) {
      case 'alive':
        return
      case 'ask':
        this.doubt()
        return
      case 'replace':
        this.#events.interrupted(this)
        return
      case 'gone':
        this.end(new EdgeswarmError('ERR_CLOSED', 'the peer has been silent for too long'))
    }
  }

  control(control: Control): void {
    if (!this.#isClosed) this.#run({ type: 'control', body: encodeControl(control) })
  }

  /** Opens a stream as soon as the link may have one more. */
  async open(header: StreamHeader, priority: Priority): Promise<LinkStream> {
    for (;;) {
      if (this.#isClosed) throw closedError()
      const id = nextStream(this.#mux)
      if (id !== null) {
        const stream = this.#addStream(id, header.swarm)
        this.#run({ type: 'open', stream: id, header: encodeHeader(header), priority })
        return stream
      }
      await new Promise<void>((resolve) => this.#openers.push(resolve))
    }
  }

  /** Settles once everything that was said has arrived, or the link is closed. */
  async settled(): Promise<void> {
    this.doubt()
    while (!this.#isClosed && !isSettled(this.#mux)) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }

  /** Ends the link and tells the other side why. */
  async close(reason: string): Promise<void> {
    const connection = this.#connection
    this.#end(closedError())
    await connection?.close(reason)
  }

  /** The other side broke the protocol. */
  fail(reason: string): void {
    this.end(new EdgeswarmError('ERR_PROTOCOL', reason))
  }

  /** The link is over; whoever holds it is told, and the other side why. */
  end(error: EdgeswarmError): void {
    if (this.#isClosed) return
    void this.#connection?.close(error.message)
    this.#end(error)
    this.#events.closed(this, error)
  }

  #end(error: EdgeswarmError): void {
    this.#isClosed = true
    this.#connection = null
    for (const { stream } of this.#streams.values()) {
      stream.fail(error)
      stream.onclose()
    }
    this.#streams.clear()
    wakeAll(this.#openers)
    wakeAll(this.#waiters)
  }

  #addStream(id: StreamId, swarm: SwarmNumber): LinkStream {
    const stream = new LinkStream(this.#streamLink, id)
    this.#streams.set(id, { stream, swarm })
    return stream
  }

  /** Ends the streams of a swarm that is no longer shared, by what this side and the other call it. */
  failStreams(own: SwarmNumber, other: SwarmNumber): void {
    for (const [id, { stream, swarm }] of this.#streams) {
      if (swarm === (isOwn(this.#mux, id) ? own : other)) stream.reset(RESET.aborted, leftError())
    }
  }

  /** Open streams of a swarm, by what this side and the other call it. */
  countStreams(own: SwarmNumber, other: SwarmNumber): number {
    let count = 0
    for (const [id, { swarm }] of this.#streams) if (swarm === (isOwn(this.#mux, id) ? own : other)) count++
    return count
  }

  readonly #streamLink = {
    run: (event: MuxEvent) => {
      this.#run(event)
    },
    queued: (stream: StreamId) => this.#mux.streams.get(stream)?.queued ?? 0,
  }

  #run(event: MuxEvent): void {
    if (this.#isClosed) return
    this.#apply(handle(this.#mux, event))
    this.#flush()
  }

  #flush(): void {
    const connection = this.#connection
    if (!connection) return
    const { frames, effects } = take(this.#mux, HIGH_WATER - connection.buffered)
    for (const frame of frames) connection.send(frame)
    this.#apply(effects)
    if (this.#waiters.length > 0 && isSettled(this.#mux)) wakeAll(this.#waiters)
  }

  #apply(effects: readonly MuxEffect[]): void {
    for (const effect of effects) {
      if (this.#isClosed) return
      this.#applyOne(effect)
    }
  }

  #applyOne(effect: MuxEffect): void {
    switch (effect.type) {
      case 'control':
        this.#receiveControl(effect.body)
        return
      case 'opened':
        this.#receiveOpen(effect)
        return
      case 'pong':
        this.#liveness.answer(effect.token, performance.now())
        // What was said after the question is acknowledged by the answer to another one.
        if (this.#waiters.length > 0 && !isSettled(this.#mux)) this.doubt()
        return
      case 'fault':
        this.fail(effect.reason)
        return
      default:
        this.#tellStream(effect)
    }
  }

  #tellStream(effect: Exclude<MuxEffect, { type: 'control' | 'opened' | 'pong' | 'fault' }>): void {
    const stream = this.#streams.get(effect.stream)?.stream
    if (!stream) return
    switch (effect.type) {
      case 'header':
        if (!stream.receiveHeader(effect.header)) this.fail('a second header on a stream')
        return
      case 'data':
        stream.receive(effect.bytes)
        return
      case 'ended':
        stream.receiveEnd()
        return
      case 'reset':
        stream.receiveReset(effect.code)
        return
      case 'stopped':
        stream.onstop()
        return
      case 'writable':
        stream.writable()
        return
      case 'closed':
        this.#streams.delete(effect.stream)
        stream.writable()
        stream.onclose()
        wakeAll(this.#openers)
    }
  }

  #receiveControl(body: Uint8Array): void {
    // A long one takes as much time to read as many short ones.
    if (!this.#controls.take(performance.now(), 1 + body.length / CONTROL_UNIT)) {
      this.fail('too many control messages')
      return
    }
    const control = decodeControl(body)
    if (!control) this.fail('a control message that can not be read')
    else if (control !== 'unknown') this.#events.control(this, control)
  }

  #receiveOpen({ stream: id, header: bytes, priority }: Extract<MuxEffect, { type: 'opened' }>): void {
    const header = decodeStreamHeader(bytes)
    if (!header) {
      this.fail('a stream header that can not be read')
      return
    }
    const stream = this.#addStream(id, header === 'unknown' ? 0 : header.swarm)
    if (header === 'unknown')
      stream.reset(RESET.refused, new EdgeswarmError('ERR_REFUSED', 'an unknown kind of stream'))
    else this.#events.opened(this, stream, header, priority)
  }
}

const closedError = (): EdgeswarmError => new EdgeswarmError('ERR_CLOSED', 'The link to this peer is closed.')

const leftError = (): EdgeswarmError => new EdgeswarmError('ERR_CLOSED', 'The peer is not in the swarm any more.')

function wakeAll(waiting: (() => void)[]): void {
  for (const wake of waiting.splice(0)) wake()
}
