import { expect, it } from 'vitest'
import { allBits, newBits, setBit } from '../../../../sdk/content/core/bits.ts'
import { close, count, newRarity, open, rarest } from '../../../../sdk/content/core/rarity.ts'
import { seededRandom } from '../../../support/core.ts'

const COUNT = 100

function rarityOf(copies: readonly number[]) {
  const rarity = newRarity(COUNT)
  for (const [piece, times] of copies.entries()) {
    open(rarity, piece)
    for (let time = 0; time < times; time++) count(rarity, piece, 1)
  }
  return rarity
}

it('picks what the fewest have, of what the other side has', () => {
  const rarity = rarityOf([3, 1, 2])
  const random = seededRandom(1)
  expect(rarest(rarity, allBits(COUNT), random)).toBe(1)
  const has = newBits(COUNT)
  setBit(has, 0)
  setBit(has, 2)
  expect(rarest(rarity, has, random)).toBe(2)
  count(rarity, 2, 1)
  count(rarity, 2, 1)
  expect(rarest(rarity, has, random)).toBe(0)
})

it('picks any of those that are equally rare', () => {
  const rarity = rarityOf(Array<number>(COUNT).fill(1))
  const random = seededRandom(1)
  const picked = new Set(Array.from({ length: 300 }, () => rarest(rarity, allBits(COUNT), random)))
  expect(picked.size).toBeGreaterThan(COUNT / 2)
})

it('picks nothing that is not open, and knows how many have it when it is again', () => {
  const rarity = rarityOf([1, 5])
  const random = seededRandom(1)
  close(rarity, 0)
  for (let time = 0; time < 9; time++) count(rarity, 0, 1)
  expect(rarest(rarity, allBits(COUNT), random)).toBe(1)
  open(rarity, 0)
  expect(rarest(rarity, allBits(COUNT), random)).toBe(1)
  close(rarity, 1)
  close(rarity, 0)
  expect(rarest(rarity, allBits(COUNT), random)).toBe(-1)
  expect(rarity.openCount).toBe(0)
})
