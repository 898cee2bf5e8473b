import type { StreamHeader } from '../../protocol/mesh/header.ts'
import { NORMAL, RESET } from '../../protocol/mesh/frame.ts'
import { EdgeswarmError } from '../error.ts'
import type { LinkStream } from '../shell/stream.ts'
import type { Member, Swarm } from '../shell/swarm.ts'
import { frameMessage, MAX_MESSAGE, MessageReader } from './message-frames.ts'
import { within } from './signal.ts'

/** Brings messages to everyone in a swarm: what `mesh.topic` stands on. */
export interface Broadcast {
  /** Settles once the message is on its way to everyone, and there is room for the next one. */
  publish(topic: string, message: Uint8Array): Promise<void>
  /** A member opened a stream for a topic. */
  receive(member: Member, stream: LinkStream, header: Extract<StreamHeader, { type: 'topic' }>): void
}

/** Takes what arrives; settles once there is room for the next message of that author. */
export type Deliver = (topic: string, from: string, message: Uint8Array) => Promise<void>

/** Bytes of a topic that may wait for one peer; then `publish` refuses. */
const MAX_WAITING = 8_388_608
/** Topics that a member may have a stream for: each may hold a message of full length that has not come to its end. */
const MAX_TOPICS = 64
/** A peer that takes nothing for so long is left out, and for as long again, in milliseconds. */
const STALLED = 30_000

/** Broadcast where every peer is linked to every other: to each its own copy, on a stream for each topic (rule T1). */
export class DirectBroadcast implements Broadcast {
  readonly #swarm: Swarm
  readonly #deliver: Deliver
  readonly #isWanted: (topic: string) => boolean
  readonly #writers = new WeakMap<Member, Map<string, TopicWriter>>()
  /** The topics that each member has a stream for. */
  readonly #readers = new WeakMap<Member, Set<string>>()

  /** @param isWanted whether anybody here listens to a topic */
  constructor(swarm: Swarm, deliver: Deliver, isWanted: (topic: string) => boolean) {
    this.#swarm = swarm
    this.#deliver = deliver
    this.#isWanted = isWanted
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    if (message.length > MAX_MESSAGE) {
      throw new EdgeswarmError(
        'ERR_TOO_LARGE',
        `A message may have ${MAX_MESSAGE} bytes, and this has ${message.length}. Send what is larger with mesh.fetch.`,
      )
    }
    const frame = frameMessage(message)
    const sent = [...this.#swarm.members.values()].map((member) => this.#send(member, topic, frame))
    const results = await Promise.allSettled(sent)
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    const [first] = failures
    if (first === undefined) return
    if (first instanceof EdgeswarmError && first.code === 'ERR_BUSY') throw first
    throw new EdgeswarmError(
      'ERR_UNREACHABLE',
      `${failures.length} of ${sent.length} peers did not take the message.`,
      {
        cause: failures.length === 1 ? first : new AggregateError(failures),
      },
    )
  }

  async #send(member: Member, topic: string, frame: Uint8Array): Promise<void> {
    try {
      await this.#writerOf(member, topic).send(frame)
    } catch (error) {
      // A peer that gave up a stream may take the next; one that takes nothing is asked no further.
      const wasReset = error instanceof EdgeswarmError && error.code === 'ERR_CLOSED' && !member.link.isClosed
      if (!wasReset) throw error
      await this.#writerOf(member, topic).send(frame)
    }
  }

  #writerOf(member: Member, topic: string): TopicWriter {
    const writers = this.#writers.get(member) ?? new Map<string, TopicWriter>()
    this.#writers.set(member, writers)
    let writer = writers.get(topic)
    if (!writer || writer.mayRetry) {
      writer = new TopicWriter(member, { type: 'topic', swarm: this.#swarm.number, name: topic })
      writers.set(topic, writer)
    }
    return writer
  }

  receive(member: Member, stream: LinkStream, { name }: Extract<StreamHeader, { type: 'topic' }>): void {
    const topics = this.#readers.get(member) ?? new Set<string>()
    this.#readers.set(member, topics)
    if (topics.has(name) || topics.size >= MAX_TOPICS) {
      stream.reset(RESET.busy, new EdgeswarmError('ERR_BUSY', 'too many streams for topics'))
      return
    }
    topics.add(name)
    stream.onclose = () => topics.delete(name)
    this.#read(member, stream, name).catch((cause: unknown) => {
      // A link that is gone ends its streams; anything else is a peer that broke the framing.
      stream.reset(
        RESET.failed,
        new EdgeswarmError('ERR_PROTOCOL', 'the messages of a topic can not be read', { cause }),
      )
    })
  }

  async #read(member: Member, stream: LinkStream, topic: string): Promise<void> {
    const reader = new MessageReader(stream)
    for (;;) {
      const length = await reader.length()
      if (length === null) break
      // What nobody here wants need not be put together.
      if (!this.#isWanted(topic)) await reader.skip(length)
      else await this.#deliver(topic, member.id, await reader.message(length))
    }
    stream.end()
  }
}

/** The stream to one peer for one topic. */
class TopicWriter {
  readonly #stream: Promise<LinkStream>
  #waiting = 0
  #last: Promise<void> = Promise.resolve()
  #brokenAt: number | null = null
  #hasStalled = false

  constructor(member: Member, header: StreamHeader) {
    this.#stream = member.link.open(header, NORMAL)
    // Whoever sends is told; before that nobody needs to be.
    this.#stream.catch(() => undefined)
  }

  /** Whether it is of no use any more, and another one may be. */
  get mayRetry(): boolean {
    const patience = this.#hasStalled ? STALLED : 0
    return this.#brokenAt !== null && performance.now() - this.#brokenAt >= patience
  }

  async send(frame: Uint8Array): Promise<void> {
    if (this.#brokenAt !== null) throw stalled()
    if (this.#waiting > MAX_WAITING) {
      throw new EdgeswarmError('ERR_BUSY', 'A peer reads more slowly than this one publishes; await publish.')
    }
    this.#waiting += frame.length
    this.#last = this.#last.then(() => this.#write(frame))
    try {
      await this.#last
    } finally {
      this.#waiting -= frame.length
    }
  }

  async #write(frame: Uint8Array): Promise<void> {
    try {
      const stream = await within(STALLED, this.#stream, stalled)
      await within(STALLED, stream.write(frame), stalled)
    } catch (error) {
      this.#brokenAt = performance.now()
      this.#hasStalled = error instanceof EdgeswarmError && error.code === 'ERR_TIMEOUT'
      void this.#stream.then(
        (stream) => {
          stream.reset(RESET.aborted, error as Error)
        },
        () => undefined,
      )
      throw error
    }
  }
}

const stalled = (): EdgeswarmError => new EdgeswarmError('ERR_TIMEOUT', 'A peer has taken nothing for too long.')
