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
/** A peer that takes nothing for so long is left out, in milliseconds. */
const STALLED = 30_000

/** Broadcast where every peer is linked to every other: to each its own copy, on a stream for each topic (rule T1). */
export class DirectBroadcast implements Broadcast {
  readonly #swarm: Swarm
  readonly #deliver: Deliver
  readonly #writers = new WeakMap<Member, Map<string, TopicWriter>>()

  constructor(swarm: Swarm, deliver: Deliver) {
    this.#swarm = swarm
    this.#deliver = deliver
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    if (message.length > MAX_MESSAGE) {
      throw new EdgeswarmError(
        'ERR_TOO_LARGE',
        `A message may have ${MAX_MESSAGE} bytes, and this has ${message.length}. Send what is larger with mesh.fetch.`,
      )
    }
    const frame = frameMessage(message)
    const sent = [...this.#swarm.members.values()].map((member) => this.#writerOf(member, topic).send(frame))
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

  #writerOf(member: Member, topic: string): TopicWriter {
    const writers = this.#writers.get(member) ?? new Map<string, TopicWriter>()
    this.#writers.set(member, writers)
    let writer = writers.get(topic)
    if (!writer || writer.isBroken) {
      writer = new TopicWriter(member, { type: 'topic', swarm: this.#swarm.number, name: topic })
      writers.set(topic, writer)
    }
    return writer
  }

  receive(member: Member, stream: LinkStream, { name }: Extract<StreamHeader, { type: 'topic' }>): void {
    this.#read(member, stream, name).catch((cause: unknown) => {
      // A link that is gone ends its streams; anything else is a peer that broke the framing.
      stream.reset(
        RESET.failed,
        new EdgeswarmError('ERR_PROTOCOL', 'the messages of a topic can not be read', { cause }),
      )
    })
  }

  async #read(member: Member, stream: LinkStream, topic: string): Promise<void> {
    const from = member.id
    const reader = new MessageReader(stream)
    for (let message = await reader.next(); message; message = await reader.next()) {
      await this.#deliver(topic, from, message)
    }
    stream.end()
  }
}

/** The stream to one peer for one topic. */
class TopicWriter {
  readonly #stream: Promise<LinkStream>
  #waiting = 0
  #last: Promise<void> = Promise.resolve()
  isBroken = false

  constructor(member: Member, header: StreamHeader) {
    this.#stream = member.link.open(header, NORMAL)
    // Whoever sends is told; before that nobody needs to be.
    this.#stream.catch(() => undefined)
  }

  async send(frame: Uint8Array): Promise<void> {
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
    const stalled = () => new EdgeswarmError('ERR_TIMEOUT', 'A peer has taken nothing for too long.')
    try {
      const stream = await within(STALLED, this.#stream, stalled)
      await within(STALLED, stream.write(frame), stalled)
    } catch (error) {
      this.isBroken = true
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
