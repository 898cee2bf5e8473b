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
  | { readonly type: 'credit'; readonly stream: StreamId; readonly credit: number }
  /** Of a later version: counted, and else ignored. */
  | { readonly type: 'unknown' }

/** The longest header of a stream and the longest control message, in bytes. */
export const MAX_HEADER = 16_384
export const MAX_CONTROL = 65_536
/** The most that a frame has beside its payload: its type, two varints, a priority. */
export const FRAME_OVERHEAD = 20
const LONGEST_REASON = 200

type Field = 'token' | 'received' | 'stream' | 'priority' | 'code' | 'credit' | 'reason' | 'body' | 'header' | 'bytes'

/** By its code each type and its fields in order: numbers are varints, and what is last may be all the rest. */
const LAYOUTS: Readonly<Record<number, readonly [Exclude<Frame['type'], 'unknown'>, ...Field[]]>> = {
  0: ['hello', 'body'],
  1: ['ping', 'token', 'received'],
  2: ['pong', 'token', 'received'],
  3: ['ack', 'received'],
  4: ['close', 'reason'],
  8: ['control', 'body'],
  9: ['open', 'stream', 'priority', 'header'],
  10: ['header', 'stream', 'header'],
  11: ['data', 'stream', 'bytes'],
  12: ['end', 'stream'],
  13: ['stop', 'stream'],
  14: ['reset', 'stream', 'code'],
  15: ['credit', 'stream', 'credit'],
}
const FIRST_NUMBERED = 8
const CODES = new Map(Object.entries(LAYOUTS).map(([code, [type]]) => [type, Number(code)]))

const LONGEST: Partial<Record<Field, number>> = { header: MAX_HEADER, body: MAX_CONTROL }

export const isNumbered = (frame: Frame): frame is NumberedFrame =>
  frame.type === 'unknown' || (CODES.get(frame.type) ?? 0) >= FIRST_NUMBERED

export function encodeFrame(frame: Exclude<Frame, { type: 'unknown' }>): Uint8Array<ArrayBuffer> {
  const code = CODES.get(frame.type) ?? 0
  const [, ...fields] = LAYOUTS[code] ?? []
  const head = [code]
  let payload: Uint8Array | undefined
  for (const field of fields) {
    const value = (frame as Readonly<Partial<Record<Field, number | string | Uint8Array>>>)[field]
    if (typeof value === 'number') pushVarint(head, value)
    else payload = typeof value === 'string' ? asciiBytes(value) : value
  }
  const bytes = new Uint8Array(head.length + (payload?.length ?? 0))
  bytes.set(head)
  if (payload) bytes.set(payload, head.length)
  return bytes
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

/** Reads one message of a data channel; `null` if it is no frame. Payloads are views of `bytes`. */
export function decodeFrame(bytes: Uint8Array): Frame | null {
  const code = bytes[0]
  if (code === undefined) return null
  const layout = LAYOUTS[code]
  if (!layout) return code >= FIRST_NUMBERED ? { type: 'unknown' } : null
  const [type, ...fields] = layout
  const frame: Record<string, unknown> = { type }
  let at = 1
  for (const field of fields) {
    if (field === 'body' || field === 'header' || field === 'bytes' || field === 'reason') {
      const rest = bytes.subarray(at)
      if (rest.length > (LONGEST[field] ?? Infinity)) return null
      frame[field] = field === 'reason' ? String.fromCharCode(...rest.subarray(0, LONGEST_REASON)) : rest
    } else {
      let value = 0
      let byte: number | undefined
      for (let factor = 1; factor <= 2 ** 49; factor *= 128) {
        byte = bytes[at++]
        if (byte === undefined) return null
        value += (byte % 128) * factor
        if (byte < 128) break
      }
      if (byte === undefined || byte >= 128 || !Number.isSafeInteger(value)) return null
      if (field === 'priority' && value > LOW) return null
      frame[field] = value
    }
  }
  return frame as unknown as Frame
}
