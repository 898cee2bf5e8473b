/** A set of pieces: 32 to a number, so that sets of 100,000 are joined in microseconds. */
export type Bits = Uint32Array

export const newBits = (count: number): Bits => new Uint32Array(Math.ceil(count / 32))

export const hasBit = (bits: Bits, index: number): boolean => ((bits[index >>> 5] ?? 0) & (1 << (index & 31))) !== 0

export function setBit(bits: Bits, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) | (1 << (index & 31))
}

export function clearBit(bits: Bits, index: number): void {
  bits[index >>> 5] = (bits[index >>> 5] ?? 0) & ~(1 << (index & 31))
}

/** The lowest of the bits that are set in a word that has one. */
const lowest = (word: number): number => 31 - Math.clz32(word & -word)

/** A piece that is in both sets: the first from `start` on, going round; -1 if there is none. */
export function findCommon(a: Bits, b: Bits, start: number): number {
  const words = a.length
  const first = start >>> 5
  for (let step = 0; step <= words; step++) {
    const index = (first + step) % words
    const word = (a[index] ?? 0) & (b[index] ?? 0) & (step === 0 ? -1 << (start & 31) : -1)
    if (word !== 0) return (index << 5) | lowest(word)
  }
  return -1
}

export function countBits(bits: Bits): number {
  let count = 0
  for (let word of bits) for (; word !== 0; word &= word - 1) count++
  return count
}

/** How many pieces are in both. */
export function countCommon(a: Bits, b: Bits): number {
  let count = 0
  for (let index = 0; index < a.length; index++) {
    for (let word = (a[index] ?? 0) & (b[index] ?? 0); word !== 0; word &= word - 1) count++
  }
  return count
}

/** From bytes as on the wire: the first piece is the highest bit. What there is beyond `count` is left out. */
export function bitsFrom(bytes: Uint8Array, count: number): Bits {
  const bits = newBits(count)
  for (let piece = 0; piece < count; piece++) {
    if (((bytes[piece >>> 3] ?? 0) & (128 >>> (piece & 7))) !== 0) setBit(bits, piece)
  }
  return bits
}

export function bytesFrom(bits: Bits, count: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 8))
  for (let piece = 0; piece < count; piece++) {
    if (hasBit(bits, piece)) bytes[piece >>> 3] = (bytes[piece >>> 3] ?? 0) | (128 >>> (piece & 7))
  }
  return bytes
}

/** All of them. */
export function allBits(count: number): Bits {
  const bits = newBits(count).fill(0xffff_ffff)
  const last = count & 31
  if (last !== 0) bits[bits.length - 1] = 2 ** last - 1
  return bits
}
