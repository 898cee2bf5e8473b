import { NORMAL, type Priority, RESET } from '../../protocol/mesh/frame.ts'
import type { StreamHeader } from '../../protocol/mesh/header.ts'
import { decodeOverlay, encodeOverlay, type OverlayMessage, type ReceivedOverlay } from '../../protocol/mesh/overlay.ts'
import { Bucket } from '../core/bucket.ts'
import { EdgeswarmError } from '../error.ts'
import { frameMessage, MessageReader } from './message-frames.ts'
import type { LinkStream } from './stream.ts'
import type { Member } from './swarm.ts'

/** Bytes that may wait for a peer; what comes on top is dropped, and told again once they are gone (rule D6). */
const MAX_WAITING = 4_194_304
/** Bytes that wait for a peer after which who publishes is asked to wait too. */
const HIGH_WATER = 262_144
/** Messages a second that are read of one peer, and at once; then it waits. A signature takes about 100 µs. */
const READ_RATE = { perSecond: 2000, burst: 8000 }
/** How long reading rests then, in milliseconds. */
const REST = 50
/** Streams that a peer may have open for the overlay: one for publications, and one for all that must not wait. */
const MAX_STREAMS = 2

export interface ChannelEvents {
  /** Settles once the next one may be read. */
  received(message: ReceivedOverlay): Promise<void> | void
  /** After messages were dropped there is room again. */
  drained(): void
}

/** The overlay's messages to and from one member: publications on one stream, all that must not wait on another. */
export class OverlayChannel {
  readonly #member: Member
  readonly #events: ChannelEvents
  readonly #lanes: Readonly<Record<'fast' | 'bulk', Lane>>
  readonly #rate = new Bucket(READ_RATE)
  /** Reading what the member sends, as long as it does. */
  readonly #reading = new Set<Promise<void>>()
  #streams = 0

  constructor(member: Member, header: StreamHeader, events: ChannelEvents) {
    this.#member = member
    this.#events = events
    const drained = () => {
      events.drained()
    }
    this.#lanes = { fast: new Lane(member, header, 0, drained), bulk: new Lane(member, header, NORMAL, drained) }
  }

  /** Streams of the link that are the channel's, both ways. */
  get streams(): number {
    return this.#streams + this.#lanes.fast.streams + this.#lanes.bulk.streams
  }

  send(message: OverlayMessage): void {
    const isBulk = message.type === 'publication' || (message.type === 'routed' && message.body.kind === 'packet')
    const lane = isBulk ? this.#lanes.bulk : this.#lanes.fast
    lane.send(encodedOnce(message))
  }

  /** Settles once few bytes wait for the peer. */
  ready(): Promise<void> {
    return this.#lanes.bulk.ready()
  }

  /** The member has opened a stream. */
  receive(stream: LinkStream): void {
    if (this.#streams >= MAX_STREAMS) {
      stream.reset(RESET.busy, new EdgeswarmError('ERR_BUSY', 'too many streams for the overlay'))
      return
    }
    this.#streams++
    stream.onclose = () => this.#streams--
    const reading = this.#read(stream)
      .catch((cause: unknown) => {
        // A link that is gone ends its streams; anything else is a peer that broke the protocol.
        if (cause instanceof EdgeswarmError && cause.code === 'ERR_PROTOCOL') this.#member.link.fail(cause.message)
      })
      .finally(() => this.#reading.delete(reading))
    this.#reading.add(reading)
  }

  /** Settles once the member has ended its streams and all that came is read, or so many milliseconds later. */
  async read(within: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    await Promise.race([Promise.all(this.#reading), new Promise((resolve) => (timer = setTimeout(resolve, within)))])
    clearTimeout(timer)
  }

  async #read(stream: LinkStream): Promise<void> {
    const reader = new MessageReader(stream)
    for (;;) {
      const length = await reader.length()
      if (length === null) break
      const message = decodeOverlay(await reader.message(length))
      if (!message) throw new EdgeswarmError('ERR_PROTOCOL', 'a message of the overlay that can not be read')
      while (!this.#rate.take(performance.now())) await new Promise((resolve) => setTimeout(resolve, REST))
      if (message !== 'unknown') await this.#events.received(message)
    }
    stream.end()
  }

  close(): void {
    this.#lanes.fast.close()
    this.#lanes.bulk.close()
  }
}

/** One message goes to many members; it is encoded for the first. */
const encoded = new WeakMap<object, Uint8Array>()

function encodedOnce(message: OverlayMessage): Uint8Array {
  const key = message.type === 'publication' ? message.publication : message
  let frame = encoded.get(key)
  if (!frame) encoded.set(key, (frame = frameMessage(encodeOverlay(message))))
  return frame
}

/** A stream to a member, and what waits for it. */
class Lane {
  readonly #stream: Promise<LinkStream | null>
  readonly #onDrained: () => void
  #waiting = 0
  #last: Promise<void> = Promise.resolve()
  #hasDropped = false
  #isClosed = false
  readonly #waiters: (() => void)[] = []

  constructor({ link }: Member, header: StreamHeader, priority: Priority, onDrained: () => void) {
    this.#stream = link.open(header, priority).catch(() => null)
    this.#onDrained = onDrained
  }

  get streams(): number {
    return this.#isClosed ? 0 : 1
  }

  send(frame: Uint8Array): void {
    if (this.#isClosed) return
    if (this.#waiting > MAX_WAITING) {
      this.#hasDropped = true
      return
    }
    this.#waiting += frame.length
    this.#last = this.#last.then(() => this.#write(frame))
  }

  async #write(frame: Uint8Array): Promise<void> {
    try {
      await (await this.#stream)?.write(frame)
    } catch {
      this.close()
    }
    this.#waiting -= frame.length
    if (this.#waiting <= HIGH_WATER) this.#wake()
    if (this.#waiting > 0 || !this.#hasDropped) return
    this.#hasDropped = false
    this.#onDrained()
  }

  async ready(): Promise<void> {
    while (!this.#isClosed && this.#waiting > HIGH_WATER) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }

  close(): void {
    this.#isClosed = true
    this.#wake()
    void this.#stream.then((stream) => stream?.end())
  }
}
