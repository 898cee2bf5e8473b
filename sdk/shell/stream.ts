import { type ResetCode, RESET, type StreamId } from '../../protocol/mesh/frame.ts'
import type { MuxEvent } from '../core/mux/event.ts'
import { WRITE_AHEAD } from '../core/mux/state.ts'
import { EdgeswarmError } from '../error.ts'

/** What a stream asks of its link. */
export interface StreamLink {
  run(event: MuxEvent): void
  /** Bytes of the stream that are written and not yet sent. */
  queued(stream: StreamId): number
}

const REASONS: Readonly<Record<number, readonly [EdgeswarmError['code'], string]>> = {
  [RESET.aborted]: ['ERR_CLOSED', 'the other side aborted this stream'],
  [RESET.failed]: ['ERR_CLOSED', 'the other side failed to serve this stream'],
  [RESET.refused]: ['ERR_REFUSED', 'the other side serves no such stream'],
  [RESET.busy]: ['ERR_BUSY', 'the other side has too much to do; try again later'],
}

/** What is shorter is put together with what comes next, in bytes. */
const SMALL = 1024
const TAIL = 16_384

/** One stream of a link: bytes each way, each way with its own end. A reader that is slow stops only its writer. */
export class LinkStream {
  readonly #link: StreamLink
  readonly #id: StreamId
  readonly #received: Uint8Array[] = []
  /** Where small pieces go, and how much of it is taken. */
  #tail = new Uint8Array()
  #tailLength = 0
  /** What was put there last; it grows until it is read. */
  #piece: Uint8Array | null = null
  #ended = false
  #error: Error | null = null
  #wakeReader: (() => void) | null = null
  #wakeWriter: (() => void) | null = null
  #header: Uint8Array | null = null
  #wakeHeader: (() => void) | null = null
  /** Told once when the stream is over, whatever the reason. */
  onclose: () => void = () => undefined
  /** Told when the other side reads no further. */
  onstop: () => void = () => undefined

  constructor(link: StreamLink, id: StreamId) {
    this.#link = link
    this.#id = id
  }

  /** Sends a header of our own, before any data. */
  respond(header: Uint8Array): void {
    this.#link.run({ type: 'header', stream: this.#id, header })
  }

  /** The other side's header. */
  async response(): Promise<Uint8Array> {
    while (!this.#header) {
      if (this.#error) throw this.#error
      if (this.#ended) throw new EdgeswarmError('ERR_PROTOCOL', 'the stream ended before its header')
      await new Promise<void>((resolve) => (this.#wakeHeader = resolve))
    }
    return this.#header
  }

  /** Settles once more may be written. What is written must not be changed afterwards. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#error) throw this.#error
    this.#link.run({ type: 'write', stream: this.#id, bytes })
    await this.ready()
  }

  async ready(): Promise<void> {
    while (this.#link.queued(this.#id) > WRITE_AHEAD) {
      await new Promise<void>((resolve) => (this.#wakeWriter = resolve))
    }
    if (this.#error) throw this.#error
  }

  end(): void {
    this.#link.run({ type: 'end', stream: this.#id })
  }

  /** Gives up both ways. */
  reset(code: ResetCode, error: Error): void {
    if (this.#error) return
    this.fail(error)
    this.#link.run({ type: 'reset', stream: this.#id, code })
  }

  /** Reads no further; the other side may go on reading. */
  stop(): void {
    if (this.#ended || this.#error) return
    this.#ended = true
    this.#received.length = 0
    this.#link.run({ type: 'stop', stream: this.#id })
    this.#wakeReader?.()
  }

  /** The next bytes; `null` at the end. */
  async read(): Promise<Uint8Array | null> {
    for (;;) {
      const bytes = this.#received.shift()
      if (bytes) {
        this.#link.run({ type: 'consumed', stream: this.#id, bytes: bytes.length })
        return bytes
      }
      if (this.#error) throw this.#error
      if (this.#ended) return null
      await new Promise<void>((resolve) => (this.#wakeReader = resolve))
    }
  }

  // What follows is for the link to call.

  receiveHeader(header: Uint8Array): boolean {
    if (this.#header) return false
    this.#header = header
    this.#wakeHeader?.()
    return true
  }

  receive(bytes: Uint8Array): void {
    if (bytes.length < SMALL) this.#gather(bytes)
    else this.#received.push(bytes)
    this.#wakeReader?.()
  }

  /** Puts small pieces together: each by itself would cost hundreds of times its length. */
  #gather(bytes: Uint8Array): void {
    if (this.#tailLength + bytes.length > this.#tail.length) {
      this.#tail = new Uint8Array(TAIL)
      this.#tailLength = 0
      this.#piece = null
    }
    const growing = this.#received.at(-1) === this.#piece ? this.#piece : null
    if (growing) this.#received.pop()
    const start = growing?.byteOffset ?? this.#tailLength
    this.#tail.set(bytes, this.#tailLength)
    this.#tailLength += bytes.length
    this.#piece = this.#tail.subarray(start, this.#tailLength)
    this.#received.push(this.#piece)
  }

  receiveEnd(): void {
    this.#ended = true
    this.#wakeReader?.()
    this.#wakeHeader?.()
  }

  receiveReset(code: number): void {
    const [errorCode, message] = REASONS[code] ?? ['ERR_CLOSED', 'the other side closed this stream']
    this.fail(new EdgeswarmError(errorCode, message))
  }

  writable(): void {
    this.#wakeWriter?.()
  }

  fail(error: Error): void {
    if (this.#error) return
    this.#error = error
    this.#wakeReader?.()
    this.#wakeWriter?.()
    this.#wakeHeader?.()
  }
}
