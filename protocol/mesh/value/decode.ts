import { guard, refuse } from './error.ts'
import { BIGINT, DATE, MAP, MAX_DEPTH, MAX_PARTS, NEGATIVE_BIGINT, SET, SIMPLE, TYPED_ARRAYS } from './form.ts'

/** Every platform of ours has it (WHATWG Encoding) and it is pure, but `es2024` does not tell of it. */
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }
const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The value that the bytes are; it shares no memory with them. Of two equal keys the last one wins. What is read
 * takes a small multiple of the length, and 26 MB for its parts.
 * @throws {ValueError} for what `encodeValue` never writes (but for heads longer than they need to be): what is cut short
 * or goes on, unknown tags, indefinite lengths, floats of 16 or 32 bits, integers that are not safe, and so on.
 */
export const decodeValue = (bytes: Uint8Array): unknown => guard('The bytes are no value', () => readAll(bytes))

function readAll(bytes: Uint8Array): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let depth = 0
  let parts = 0

  const byte = (): number => bytes[at++] ?? refuse()

  /** Refuses a count before anything is made for it: so many bytes must be left. */
  const left = (count: number): number => (count > bytes.length - at ? refuse() : count)

  const take = (count: number): Uint8Array => bytes.subarray(at, (at += left(count)))

  /** The argument of a head (RFC 8949 §3), a safe integer from 0. */
  const argument = (info: number): number => {
    if (info < 24) return info
    if (info > 27) refuse()
    let value = 0
    for (let size = 1 << (info - 24); size > 0; size--) value = value * 256 + byte()
    return value < 2 ** 53 ? value : refuse()
  }

  const readList = <Item>(count: number, readItem: () => Item): Item[] => {
    if (depth++ >= MAX_DEPTH) refuse()
    const list: Item[] = []
    for (left(count); list.length < count;) list.push(readItem())
    depth--
    return list
  }

  const readTagged = (tag: number): unknown => {
    // No value has two tags in a row; and without this, tags would nest without a bound.
    if ((bytes[at] ?? 0) >> 5 === 6) refuse()
    const content = read(tag === MAP)
    if (content instanceof Uint8Array) {
      if (tag === BIGINT) return bigIntOfBytes(content)
      if (tag === NEGATIVE_BIGINT) return ~bigIntOfBytes(content)
      const type = TYPED_ARRAYS[tag]
      if (type) return new type(content.buffer)
    }
    if (tag === DATE && typeof content === 'number') {
      const part = content % 1
      // Seconds apart from their part: far from 1970 the whole product is rounded too, and may be off by a millisecond.
      // eslint-disable-next-line no-restricted-syntax -- a time that the bytes tell, and not the clock
      return new Date((content - part) * 1000 + Math.round(part * 1000))
    }
    if (tag === SET && Array.isArray(content)) return new Set(content)
    return tag === MAP && content instanceof Map ? content : refuse()
  }

  const read = (isMap = false): unknown => {
    const first = byte()
    const major = first >> 5
    if (first === 0xfb) return view.getFloat64((at += 8) - 8)
    if (major === 7) return first - 0xf4 in SIMPLE ? SIMPLE[first - 0xf4] : refuse()
    const count = argument(first & 31)
    if (major === 0) return count
    if (major === 1) return -1 - count
    if (major !== 3 && ++parts > MAX_PARTS) refuse()
    if (major === 2) return new Uint8Array(take(count))
    if (major === 3) return utf8.decode(take(count))
    if (major === 6) return readTagged(count)
    if (major === 4) return readList(count, read)
    const entries = readList(count, () => [read(), read()] as const)
    if (isMap) return new Map(entries)
    // Defines properties and does not assign them, so `__proto__` is one like others.
    return entries.every(([key]) => typeof key === 'string') ? Object.fromEntries(entries) : refuse()
  }

  const value = read()
  return at < bytes.length ? refuse() : value
}

/** The integer of big-endian bytes; by hex, because shifts would take a time in the square of their number. */
const bigIntOfBytes = (bytes: Uint8Array): bigint =>
  BigInt('0x0' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''))
