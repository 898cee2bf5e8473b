import { decodeValue } from './value.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Whether a decoded value is an object whose members can be read by name. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

export const isBytes = (value: unknown, length: number): value is Uint8Array<ArrayBuffer> =>
  value instanceof Uint8Array && value.length === length

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0

export const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest

/** The items that fit, up to `most` of them; nothing if it is no array. */
export function itemsOf<Item>(value: unknown, most: number, fits: (item: unknown) => item is Item): Item[] {
  return Array.isArray(value) ? value.slice(0, most).filter(fits) : []
}

/** The value that the bytes are; `null` if they are none. */
export function decodeOrNull(bytes: Uint8Array): unknown {
  try {
    return decodeValue(bytes)
  } catch {
    return null
  }
}
