import { guard, refuse } from './error.ts'
import { BIGINT, DATE, MAP, MAX_DEPTH, MAX_PARTS, NEGATIVE_BIGINT, SET, SIMPLE, TYPED_ARRAYS } from './form.ts'

/** Every platform of ours has it (WHATWG Encoding) and it is pure, but `es2024` does not tell of it. */
declare const TextEncoder: new () => { encodeInto(text: string, to: Uint8Array): { readonly written: number } }
const utf8 = /* @__PURE__ */ new TextEncoder()

/**
 * The value's bytes: a view of a buffer that may be twice as long, so that large contents are copied once only.
 * @throws {ValueError} for what is no `Value`: functions, symbols, errors and other instances of classes; and for what
 * is nested deeper than 100, as cycles are.
 */
export const encodeValue = (value: unknown): Uint8Array<ArrayBuffer> =>
  guard('The value is not plain or too deep', () => writeAll(value))

function writeAll(whole: unknown): Uint8Array<ArrayBuffer> {
  // A guess: most messages of applications are smaller.
  let bytes = new Uint8Array(256)
  let at = 0
  let depth = 0
  let parts = 0

  /** Makes room for so many bytes more, and doubles the buffer at least. */
  const reserve = (count: number): void => {
    if (at + count <= bytes.length) return
    const grown = new Uint8Array(2 * bytes.length + count)
    grown.set(bytes)
    bytes = grown
  }

  /** Writes the major type (0–7) and its argument, a safe integer from 0, in the shortest form (RFC 8949 §3). */
  const head = (major: number, argument: number): void => {
    if ((major === 2 || (major > 3 && major < 7)) && ++parts > MAX_PARTS) refuse()
    reserve(9)
    const info =
      argument < 24 ? argument : argument < 2 ** 8 ? 24 : argument < 2 ** 16 ? 25 : argument < 2 ** 32 ? 26 : 27
    bytes[at++] = (major << 5) | info
    const size = info < 24 ? 0 : 1 << (info - 24)
    // An assignment to a byte takes the number modulo 256.
    for (let index = at + size; index > at; argument /= 256) bytes[--index] = argument
    at += size
  }

  const byteString = (content: Uint8Array): void => {
    head(2, content.length)
    reserve(content.length)
    bytes.set(content, at)
    at += content.length
  }

  /** Writes behind where the head may end, and moves it there: how long it is in UTF-8 is known only then. */
  const text = (value: string): void => {
    reserve(9 + 3 * value.length)
    const start = at + 9
    const { written } = utf8.encodeInto(value, bytes.subarray(start))
    head(3, written)
    bytes.copyWithin(at, start, start + written)
    at += written
  }

  const number = (value: number): void => {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      if (value < 0) head(1, -1 - value)
      else head(0, value)
    } else {
      reserve(9)
      bytes[at] = 0xfb
      new DataView(bytes.buffer).setFloat64(at + 1, value)
      at += 9
    }
  }

  const items = (array: readonly unknown[]): void => {
    head(4, array.length)
    for (const item of array) write(item)
  }

  const members = (entries: readonly (readonly [unknown, unknown])[]): void => {
    head(5, entries.length)
    for (const [key, value] of entries) {
      write(key)
      write(value)
    }
  }

  /** Items and keys are copied first, because a getter among them could change their number meanwhile. */
  const object = (value: object): void => {
    const prototype: unknown = Object.getPrototypeOf(value)
    if (Array.isArray(value)) {
      items([...(value as unknown[])])
    } else if (!prototype || prototype === Object.prototype) {
      members(Object.entries(value))
    } else if (value instanceof ArrayBuffer) {
      byteString(new Uint8Array(value))
    } else if (ArrayBuffer.isView(value)) {
      if (!(value instanceof Uint8Array)) head(6, tagOf(value))
      byteString(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    } else if (value instanceof Date) {
      head(6, DATE)
      number(value.getTime() / 1000)
    } else if (value instanceof Set) {
      head(6, SET)
      items([...(value as Set<unknown>)])
    } else if (value instanceof Map) {
      head(6, MAP)
      members([...(value as Map<unknown, unknown>)])
    } else {
      refuse()
    }
  }

  const write = (value: unknown): void => {
    const simple = SIMPLE.indexOf(value)
    if (typeof value === 'string') {
      text(value)
    } else if (typeof value === 'number') {
      number(value)
    } else if (simple >= 0) {
      head(7, 20 + simple)
    } else if (typeof value === 'bigint') {
      head(6, value < 0n ? NEGATIVE_BIGINT : BIGINT)
      byteString(bytesOfBigInt(value < 0n ? ~value : value))
    } else if (typeof value === 'object' && value && depth < MAX_DEPTH) {
      depth++
      object(value)
      depth--
    } else {
      refuse()
    }
  }

  write(whole)
  return bytes.subarray(0, at)
}

/** The big-endian bytes of an integer from 0. */
function bytesOfBigInt(value: bigint): Uint8Array {
  const hex = value.toString(16)
  return Uint8Array.from((hex.length % 2 ? '0' + hex : hex).match(/../g) ?? [], (byte) => Number('0x' + byte))
}

const tagOf = (value: ArrayBufferView): number =>
  Number((Object.entries(TYPED_ARRAYS).find(([, type]) => value instanceof type) ?? refuse())[0])
