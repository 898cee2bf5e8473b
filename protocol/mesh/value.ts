import type { TypedArray } from './value/form.ts'

export { decodeValue } from './value/decode.ts'
export { encodeValue } from './value/encode.ts'
export { ValueError } from './value/error.ts'
export type { TypedArray } from './value/form.ts'

/**
 * Everything that can be sent. It comes back as it was, but for these: an ArrayBuffer comes back as a Uint8Array, a hole
 * of an array as `undefined`, a lone surrogate as U+FFFD, an object without prototype as a plain one, and what is held
 * twice comes back as two.
 */
export type Value =
  | (undefined | null | boolean | number | bigint | string | Date | ArrayBuffer | TypedArray)
  | (readonly Value[] | ReadonlyMap<Value, Value> | ReadonlySet<Value> | { readonly [key: string]: Value })
