import { toHex } from '../../protocol/ids.ts'
import { decodeValue, encodeValue } from '../../protocol/mesh/value.ts'
import type { Broadcast } from './broadcast.ts'
import { report } from './emitter.ts'

/** What a peer published. */
export interface Message<Data> {
  /** The peer id of its author, as 40 hex digits. */
  readonly from: string
  readonly data: Data
}

/** Messages and bytes that may wait for a reader; then their authors are asked to wait. */
const MAX_WAITING = 1024
const MAX_WAITING_BYTES = 4_194_304

/** Messages to everyone in the swarm, and from everyone. */
export class Topic<Data> implements AsyncIterable<Message<Data>> {
  readonly name: string
  readonly #broadcast: Pick<Broadcast, 'publish'>
  readonly #subscriptions = new Set<Subscription<Data>>()
  #isClosed = false

  /** @internal */
  constructor(name: string, broadcast: Pick<Broadcast, 'publish'>) {
    this.name = name
    this.#broadcast = broadcast
  }

  /**
   * Sends `data` to everyone else in the swarm: whatever `structuredClone` takes of plain values, arrays, plain
   * objects, Map, Set, Date, bigint and binary, up to 1 MiB.
   *
   * @returns settles once it is on its way to everyone, and there is room for the next one
   * @throws {ValueError} for what can't be sent, {EdgeswarmError} `ERR_TOO_LARGE` for what is too long, and
   *   `ERR_UNREACHABLE` if somebody did not take it
   */
  publish(data: Data): Promise<void> {
    const published = this.#publish(data)
    // Whoever does not wait for it does not want to hear of it: it must end no process.
    published.catch(() => undefined)
    return published
  }

  async #publish(data: Data): Promise<void> {
    await this.#broadcast.publish(this.name, encodeValue(data))
  }

  /**
   * Calls `listener` with every message that comes from now on.
   *
   * @returns ends it; so does `signal`
   */
  subscribe(
    listener: (message: Message<Data>) => void,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): () => void {
    const messages = this.messages(signal ? { signal } : {})
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
  messages({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<Message<Data>> & {
    return(): Promise<IteratorResult<Message<Data>>>
  } {
    const subscription = new Subscription<Data>(() => this.#subscriptions.delete(subscription))
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

  /** Whether anybody listens.
   * @internal */
  get isWanted(): boolean {
    return this.#subscriptions.size > 0
  }

  /** A message arrived; settles once there is room for the next one.
   * @internal */
  async receive(from: string, bytes: Uint8Array): Promise<void> {
    if (this.#subscriptions.size === 0) return
    // A reader can't change what another one gets, so each has its own copy.
    await Promise.all(
      [...this.#subscriptions].map((subscription) =>
        subscription.push({ from: toHex(from), data: decodeValue(bytes) as Data }, bytes.length),
      ),
    )
  }

  /** @internal */
  close(): void {
    this.#isClosed = true
    for (const subscription of [...this.#subscriptions]) subscription.close()
  }
}

/** One reader of a topic, and what it has not read yet. */
class Subscription<Data> implements AsyncIterableIterator<Message<Data>> {
  readonly #onClose: () => void
  readonly #waiting: { readonly message: Message<Data>; readonly size: number }[] = []
  readonly #readers: ((result: IteratorResult<Message<Data>>) => void)[] = []
  readonly #writers: (() => void)[] = []
  #bytes = 0
  #isClosed = false

  constructor(onClose: () => void) {
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
