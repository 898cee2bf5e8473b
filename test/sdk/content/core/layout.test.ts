import { expect, it } from 'vitest'
import { BLOCK, blockAt, blockLength, blocksOf, layoutOf, lengthOf } from '../../../../sdk/content/core/layout.ts'

const PIECE = 2 * BLOCK

it('lets every file begin with a piece of its own', () => {
  const layout = layoutOf(PIECE, [PIECE + 5, 0, 7, 2 * PIECE])
  expect(layout.count).toBe(5)
  expect([...layout.lengths]).toEqual([PIECE, 5, 7, PIECE, PIECE])
  expect([...layout.fileEnds]).toEqual([2, 2, 3, 5, 5])
})

it('knows nothing of padding', () => {
  const layout = layoutOf(PIECE, [PIECE + BLOCK + 5, 7])
  expect(blocksOf(layout, 1)).toBe(2)
  expect(blockLength(layout, 1, 0)).toBe(BLOCK)
  expect(blockLength(layout, 1, 1)).toBe(5)
  expect(lengthOf(layout, 3)).toBe(0)
})

it('takes a block only as it is', () => {
  const layout = layoutOf(PIECE, [PIECE + 5])
  expect(blockAt(layout, 0, BLOCK, BLOCK)).toBe(1)
  expect(blockAt(layout, 1, 0, 5)).toBe(0)
  for (const [piece, offset, length] of [
    [0, BLOCK, 5],
    [0, 5, BLOCK],
    [0, PIECE, BLOCK],
    [0, -BLOCK, BLOCK],
    [1, 0, BLOCK],
    [1, BLOCK, 0],
    [2, 0, 5],
    [0.5, 0, BLOCK],
    [Number.NaN, 0, BLOCK],
  ] as const) {
    expect(blockAt(layout, piece, offset, length)).toBe(-1)
  }
})
