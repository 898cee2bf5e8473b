import { MAX_DATA } from '../../protocol/mesh/publication.ts'
import { EdgeswarmError } from '../error.ts'
import type { LinkStream } from './stream.ts'

/** The longest message of the overlay, in bytes: a publication of full length, and what is around its data. */
export const MAX_MESSAGE = MAX_DATA + 4096

const LENGTH = 4

/** A message as it goes over a stream: its length in four bytes, big endian, and itself (rule O1). */
export function frameMessage(message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(LENGTH + message.length)
  new DataView(frame.buffer).setUint32(0, message.length)
  frame.set(message, LENGTH)
  return frame
}

/** Takes messages off a stream, one at a time. */
export class MessageReader {
  readonly #stream: Pick<LinkStream, 'read'>
  #rest = new Uint8Array()

  constructor(stream: Pick<LinkStream, 'read'>) {
    this.#stream = stream
  }

  /**
   * The length of the next message; `null` at the end. `message` or `skip` must follow.
   *
   * @throws {EdgeswarmError} `ERR_PROTOCOL` if it is too long, or cut off.
   */
  async length(): Promise<number | null> {
    const head = await this.#take(LENGTH)
    if (!head) return null
    const length = new DataView(head.buffer, head.byteOffset).getUint32(0)
    if (length > MAX_MESSAGE) throw new EdgeswarmError('ERR_PROTOCOL', 'a message is longer than it may be')
    return length
  }

  async message(length: number): Promise<Uint8Array> {
    const message = await this.#take(length)
    if (!message) throw cutOff()
    return message
  }

  /** Reads over the message, and keeps nothing of it. */
  async skip(length: number): Promise<void> {
    let left = length - this.#rest.length
    if (left <= 0) {
      this.#rest = this.#rest.subarray(length)
      return
    }
    while (left > 0) {
      const chunk = await this.#stream.read()
      if (!chunk) throw cutOff()
      this.#rest = Uint8Array.from(chunk.subarray(Math.min(left, chunk.length)))
      left -= chunk.length
    }
  }

  async #take(length: number): Promise<Uint8Array<ArrayBuffer> | null> {
    if (this.#rest.length < length && !(await this.#fill(length))) return null
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  /** Reads on until `length` bytes are there; false at an end between messages. */
  async #fill(length: number): Promise<boolean> {
    const chunks = [this.#rest as Uint8Array]
    let size = this.#rest.length
    while (size < length) {
      const chunk = await this.#stream.read()
      if (!chunk) {
        if (size === 0) return false
        throw cutOff()
      }
      chunks.push(chunk)
      size += chunk.length
    }
    this.#rest = new Uint8Array(size)
    let at = 0
    for (const chunk of chunks) {
      this.#rest.set(chunk, at)
      at += chunk.length
    }
    return true
  }
}

const cutOff = (): EdgeswarmError => new EdgeswarmError('ERR_PROTOCOL', 'a message is cut off')
