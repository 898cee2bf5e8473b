// The form of a value's bytes: CBOR (RFC 8949) with these tags and simple values and no other.

/** An array over bytes; the wire has them little-endian, which is how every browser keeps them in memory. */
export type TypedArray =
  | (Uint8Array | Uint8ClampedArray | Uint16Array | Uint32Array | BigUint64Array)
  | (Int8Array | Int16Array | Int32Array | BigInt64Array | Float32Array | Float64Array)

/** A number of seconds since 1970 (RFC 8949 §3.4.2); NaN for an invalid date. */
export const DATE = 1
/** A byte string, big-endian, whose integer is n (RFC 8949 §3.4.3). */
export const BIGINT = 2
/** As {@link BIGINT}, but the integer is −1 − n. */
export const NEGATIVE_BIGINT = 3
/** An array without order (IANA's registry of CBOR tags). */
export const SET = 258
/** A map whose keys may be anything; one without this tag is an object (IANA's registry of CBOR tags). */
export const MAP = 259

/** Tags on byte strings (RFC 8746 §2.1). A Uint8Array has none: it is the byte string itself. */
export const TYPED_ARRAYS: Readonly<Record<number, new (buffer: ArrayBufferLike) => TypedArray>> = {
  68: Uint8ClampedArray,
  69: Uint16Array,
  70: Uint32Array,
  71: BigUint64Array,
  72: Int8Array,
  77: Int16Array,
  78: Int32Array,
  79: BigInt64Array,
  85: Float32Array,
  86: Float64Array,
}

/** What the simple values 20 to 23 mean (RFC 8949 §3.3); one byte each, 0xf4 to 0xf7. */
export const SIMPLE: readonly unknown[] = [false, true, null, undefined]

/** Arrays, objects, maps and sets in each other. A guess: more than people nest, far less than a stack holds. */
export const MAX_DEPTH = 100

/** Arrays, maps, byte strings and tags in one value, at most: each costs its reader up to 200 bytes (V8), sent as one. */
export const MAX_PARTS = 131_072
