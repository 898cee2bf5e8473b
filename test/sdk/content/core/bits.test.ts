import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  allBits,
  bitsFrom,
  bytesFrom,
  clearBit,
  countBits,
  countCommon,
  findCommon,
  hasBit,
  newBits,
  setBit,
} from '../../../../sdk/content/core/bits.ts'

const COUNT = 77
const set = fc.uniqueArray(fc.nat(COUNT - 1))

const bitsOf = (pieces: readonly number[]) => {
  const bits = newBits(COUNT)
  for (const piece of pieces) setBit(bits, piece)
  return bits
}

it('remembers what was set and forgets what was cleared', () => {
  fc.assert(
    fc.property(set, set, (some, others) => {
      const bits = bitsOf(some)
      for (const piece of others) clearBit(bits, piece)
      const expected = some.filter((piece) => !others.includes(piece))
      expect(countBits(bits)).toBe(expected.length)
      for (const piece of expected) expect(hasBit(bits, piece)).toBe(true)
    }),
  )
})

it('finds the next piece that is in both, going round', () => {
  fc.assert(
    fc.property(set, set, fc.nat(COUNT - 1), (some, others, start) => {
      const common = some.filter((piece) => others.includes(piece)).sort((a, b) => a - b)
      expect(countCommon(bitsOf(some), bitsOf(others))).toBe(common.length)
      const expected = common.find((piece) => piece >= start) ?? common[0] ?? -1
      expect(findCommon(bitsOf(some), bitsOf(others), start)).toBe(expected)
    }),
  )
})

it('writes the bits of BEP 3 and reads them', () => {
  expect([...bytesFrom(bitsOf([0, 9, 76]), COUNT)]).toEqual([128, 64, 0, 0, 0, 0, 0, 0, 0, 8])
  fc.assert(
    fc.property(set, (some) => {
      expect(bitsFrom(bytesFrom(bitsOf(some), COUNT), COUNT)).toEqual(bitsOf(some))
    }),
  )
})

it('leaves out what is beyond the last piece, and takes what is too short', () => {
  expect(bitsFrom(new Uint8Array(100).fill(255), COUNT)).toEqual(allBits(COUNT))
  expect(countBits(allBits(COUNT))).toBe(COUNT)
  expect(countBits(allBits(64))).toBe(64)
  expect(countBits(bitsFrom(new Uint8Array(0), COUNT))).toBe(0)
})
