import { type PeerId, toHex } from '../../protocol/ids.ts'
import type { Publication } from '../../protocol/mesh/publication.ts'
import { decodeValue, encodeValue } from '../../protocol/mesh/value.ts'
import type { Delivery } from '../overlay/event.ts'
import { report } from './emitter.ts'

/** What a peer published. */
export interface Message<Data> {
  /** The peer id of its author, as 40 hex digits. */
  readonly from: string
  /** The peer that passed it on to this one, in the same form; `null` for what was remembered here. */
  readonly via: string | null
  readonly data: Data
}

/** Messages and bytes that may wait for a reader; then their authors are asked to wait. */
const MAX_WAITING = 1024
const MAX_WAITING_BYTES = 4_194_304

/** Brings messages to everyone in the swarm. */
interface TopicSource {
  publish(topic: string, message: Uint8Array<ArrayBuffer>): Promise<void>
  /** What was published lately, as far as it is remembered here. */
  past(topic: string): readonly Pick<Publication, 'author' | 'data'>[]
}

export interface ReadOptions {
  /** Ends it. */
  readonly signal?: AbortSignal
  /** Whether to begin with what others have published lately, before this call and before this peer came: a minute of it. */
  readonly history?: boolean
}

/** Messages to everyone in the swarm, and from everyone, linked or not. Those of one author come in its order. */
export class Topic<Data> implements AsyncIterable<Message<Data>> {
  readonly name: string
  readonly #source: TopicSource
  readonly #subscriptions = new Set<Subscription<Data>>()
  #isClosed = false

  /** @internal */
  constructor(name: string, source: TopicSource) {
    this.name = name
    this.#source = source
  }

  /**
   * Sends `data` to everyone else in the swarm: whatever `structuredClone` takes of plain values, arrays, plain
   * objects, Map, Set, Date, bigint and binary, up to 1 MiB.
   *
   * @returns settles once it is on its way, and there is room for the next one: in the long run 100 a second of a peer
   *   are passed on, and 1 MiB
   * @throws {ValueError} for what can't be sent, {EdgeswarmError} `ERR_TOO_LARGE` for what is too long
   */
  publish(data: Data): Promise<void> {
    const published = this.#publish(data)
    // Whoever does not wait for it does not want to hear of it: it must end no process.
    published.catch(() => undefined)
    return published
  }

  async #publish(data: Data): Promise<void> {
    await this.#source.publish(this.name, encodeValue(data))
  }

  /**
   * Calls `listener` with every message that comes from now on, and with those before if `history` is set.
   *
   * @returns ends it; so does `signal`
   */
  subscribe(listener: (message: Message<Data>) => void, options: ReadOptions = {}): () => void {
    const messages = this.messages(options)
    void (async () => {
      for await (const message of messages) {
        try {
          listener(message)
        } catch (error) {
          report(error)
        }
      }
    })()
    return () => void messages.return()
  }

  /** Every message that comes from now on: it begins with this call and not with the first `next`. */
  messages({ signal, history = false }: ReadOptions = {}): AsyncIterableIterator<Message<Data>> & {
    return(): Promise<IteratorResult<Message<Data>>>
  } {
    const subscription = new Subscription<Data>(history, () => this.#subscriptions.delete(subscription))
    if (history) for (const publication of this.#source.past(this.name)) void push(subscription, publication, null)
    this.#subscriptions.add(subscription)
    if (this.#isClosed) subscription.close()
    signal?.addEventListener('abort', () => {
      subscription.close()
    })
    if (signal?.aborted === true) subscription.close()
    return subscription
  }

  [Symbol.asyncIterator](): AsyncIterator<Message<Data>> {
    return this.messages()
  }

  /** A message arrived; settles once there is room for the next one.
   * @internal */
  async receive({ publication, via, isPast }: Delivery): Promise<void> {
    const readers = [...this.#subscriptions].filter(({ wantsPast }) => wantsPast || !isPast)
    await Promise.all(readers.map((subscription) => push(subscription, publication, via)))
  }

  /** @internal */
  close(): void {
    this.#isClosed = true
    for (const subscription of [...this.#subscriptions]) subscription.close()
  }
}

/** A reader can't change what another one gets, so each has its own copy. What is no value is nobody's message. */
async function push<Data>(
  subscription: Subscription<Data>,
  { author, data: bytes }: Pick<Publication, 'author' | 'data'>,
  via: PeerId | null,
): Promise<void> {
  let data: Data
  try {
    data = decodeValue(bytes) as Data
  } catch {
    return
  }
  await subscription.push({ from: toHex(author), via: via && toHex(via), data }, bytes.length)
}

/** One reader of a topic, and what it has not read yet. */
class Subscription<Data> implements AsyncIterableIterator<Message<Data>> {
  readonly wantsPast: boolean
  readonly #onClose: () => void
  readonly #waiting: { readonly message: Message<Data>; readonly size: number }[] = []
  readonly #readers: ((result: IteratorResult<Message<Data>>) => void)[] = []
  readonly #writers: (() => void)[] = []
  #bytes = 0
  #isClosed = false

  constructor(wantsPast: boolean, onClose: () => void) {
    this.wantsPast = wantsPast
    this.#onClose = onClose
  }

  async push(message: Message<Data>, size: number): Promise<void> {
    if (this.#isClosed) return
    const reader = this.#readers.shift()
    if (reader) {
      reader({ done: false, value: message })
      return
    }
    this.#waiting.push({ message, size })
    this.#bytes += size
    while (this.#isFull()) await new Promise<void>((resolve) => this.#writers.push(resolve))
  }

  #isFull(): boolean {
    return !this.#isClosed && (this.#waiting.length > MAX_WAITING || this.#bytes > MAX_WAITING_BYTES)
  }

  next(): Promise<IteratorResult<Message<Data>>> {
    const next = this.#waiting.shift()
    if (next) {
      this.#bytes -= next.size
      for (const wake of this.#writers.splice(0)) wake()
      return Promise.resolve({ done: false, value: next.message })
    }
    if (this.#isClosed) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => this.#readers.push(resolve))
  }

  return(): Promise<IteratorResult<Message<Data>>> {
    this.#waiting.length = 0
    this.close()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Nothing more comes; what waits can still be read. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined })
    for (const wake of this.#writers.splice(0)) wake()
    this.#onClose()
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
