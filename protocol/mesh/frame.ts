declare const brand: unique symbol
/** A stream's number on its link. Even ones are opened by the peer with the lower peer id, odd ones by the other. */
export type StreamId = number & { readonly [brand]: 'StreamId' }

/** How urgent a stream is: what is ready on a lower number goes first. */
export type Priority = 0 | 1 | 2
export const HIGH = 0
export const NORMAL = 1
export const LOW = 2

/** Why a stream was reset, as it stands on the wire. */
export const RESET = {
  /** The other side gave up. */
  aborted: 0,
  /** A handler failed. */
  failed: 1,
  /** Nobody serves this here. */
  refused: 2,
  /** Too much at once; it may work later. */
  busy: 3,
} as const
export type ResetCode = (typeof RESET)[keyof typeof RESET]

/**
 * What goes over a link's data channel, a frame a message (rules L1–L4 of PROTOCOL.md).
 *
 * `received` counts the numbered frames that the sender of this frame has got in this session.
 */
export type Frame =
  | { readonly type: 'hello'; readonly body: Uint8Array }
  | { readonly type: 'ping' | 'pong'; readonly token: number; readonly received: number }
  | { readonly type: 'ack'; readonly received: number }
  | { readonly type: 'close'; readonly reason: string }
  | NumberedFrame

/** Frames that are counted, kept until they are acknowledged, and sent again when a connection is replaced. */
export type NumberedFrame =
  | { readonly type: 'control'; readonly body: Uint8Array }
  | { readonly type: 'open'; readonly stream: StreamId; readonly priority: Priority; readonly header: Uint8Array }
  | { readonly type: 'header'; readonly stream: StreamId; readonly header: Uint8Array }
  | { readonly type: 'data'; readonly stream: StreamId; readonly bytes: Uint8Array }
  | { readonly type: 'end' | 'stop'; readonly stream: StreamId }
  | { readonly type: 'reset'; readonly stream: StreamId; readonly code: number }
  | { readonly type: 'credit'; readonly stream: StreamId; readonly bytes: number }
  /** Of a later version: counted, and else ignored. */
  | { readonly type: 'unknown' }

/** The longest header of a stream and the longest control message, in bytes. */
export const MAX_HEADER = 16_384
export const MAX_CONTROL = 65_536
/** The most that a frame has beside its payload: its type, two varints, a priority. */
export const FRAME_OVERHEAD = 20
const LONGEST_REASON = 200

const CODES = {
  hello: 0,
  ping: 1,
  pong: 2,
  ack: 3,
  close: 4,
  control: 8,
  open: 9,
  header: 10,
  data: 11,
  end: 12,
  stop: 13,
  reset: 14,
  credit: 15,
} as const
const NAMES = new Map(Object.entries(CODES).map(([name, code]) => [code, name as keyof typeof CODES]))
const FIRST_NUMBERED = 8

export function isNumbered(frame: Frame): frame is NumberedFrame {
  return frame.type === 'unknown' || CODES[frame.type] >= FIRST_NUMBERED
}

export function encodeFrame(frame: Exclude<Frame, { type: 'unknown' }>): Uint8Array<ArrayBuffer> {
  const code = CODES[frame.type]
  switch (frame.type) {
    case 'hello':
    case 'control':
      return join(code, [], frame.body)
    case 'ping':
    case 'pong':
      return join(code, [frame.token, frame.received])
    case 'ack':
      return join(code, [frame.received])
    case 'close':
      return join(code, [], asciiBytes(frame.reason))
    case 'open':
      return join(code, [frame.stream, frame.priority], frame.header)
    case 'header':
      return join(code, [frame.stream], frame.header)
    case 'data':
      return join(code, [frame.stream], frame.bytes)
    case 'end':
    case 'stop':
      return join(code, [frame.stream])
    case 'reset':
      return join(code, [frame.stream, frame.code])
    case 'credit':
      return join(code, [frame.stream, frame.bytes])
  }
}

const NONE = new Uint8Array()

function join(code: number, numbers: readonly number[], payload: Uint8Array = NONE): Uint8Array<ArrayBuffer> {
  const head = [code]
  for (const number of numbers) pushVarint(head, number)
  const frame = new Uint8Array(head.length + payload.length)
  frame.set(head)
  frame.set(payload, head.length)
  return frame
}

// LEB128, as WebAssembly and Protocol Buffers have it; up to 2^53 - 1.
function pushVarint(bytes: number[], value: number): void {
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
}

const asciiBytes = (text: string): Uint8Array =>
  Uint8Array.from(text.slice(0, LONGEST_REASON), (character) => Math.min(character.charCodeAt(0), 127))

/** Reads varints off the front of a frame. */
class Reader {
  readonly #bytes: Uint8Array
  #at = 1
  failed = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  varint(): number {
    let value = 0
    for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) break
      value += (byte % 128) * factor
      if (byte < 128) return value
    }
    this.failed = true
    return 0
  }

  rest(): Uint8Array {
    return this.#bytes.subarray(this.#at)
  }
}

/** Reads one message of a data channel; `null` if it is no frame. Payloads are views of `bytes`. */
export function decodeFrame(bytes: Uint8Array): Frame | null {
  const code = bytes[0]
  if (code === undefined) return null
  const name = NAMES.get(code as (typeof CODES)[keyof typeof CODES])
  if (!name) return code >= FIRST_NUMBERED ? { type: 'unknown' } : null
  const reader = new Reader(bytes)
  const frame = readFrame(name, reader)
  return reader.failed ? null : frame
}

function readFrame(type: keyof typeof CODES, reader: Reader): Frame | null {
  switch (type) {
    case 'hello':
      return { type, body: reader.rest() }
    case 'control': {
      const body = reader.rest()
      return body.length > MAX_CONTROL ? null : { type, body }
    }
    case 'ping':
    case 'pong':
      return { type, token: reader.varint(), received: reader.varint() }
    case 'ack':
      return { type, received: reader.varint() }
    case 'close':
      return { type, reason: String.fromCharCode(...reader.rest().subarray(0, LONGEST_REASON)) }
    case 'open':
      return readOpen(reader)
    case 'header': {
      const stream = readStream(reader)
      return withHeader(reader, (header) => ({ type, stream, header }))
    }
    case 'data':
      return { type, stream: readStream(reader), bytes: reader.rest() }
    case 'end':
    case 'stop':
      return { type, stream: readStream(reader) }
    case 'reset':
      return { type, stream: readStream(reader), code: reader.varint() }
    case 'credit':
      return { type, stream: readStream(reader), bytes: reader.varint() }
  }
}

const readStream = (reader: Reader): StreamId => reader.varint() as StreamId

function readOpen(reader: Reader): Frame | null {
  const stream = readStream(reader)
  const priority = reader.varint()
  if (priority !== HIGH && priority !== NORMAL && priority !== LOW) return null
  return withHeader(reader, (header) => ({ type: 'open', stream, priority, header }))
}

function withHeader(reader: Reader, frame: (header: Uint8Array) => Frame): Frame | null {
  const header = reader.rest()
  return header.length > MAX_HEADER ? null : frame(header)
}
