import { expect, it } from 'vitest'
import { BLOCK, layoutOf } from '../../../../sdk/content/core/layout.ts'
import { blockOf, Core } from './core.ts'

const PIECE = 4_194_304

it('of pieces that came in part and nobody wants any more the oldest make room, and are asked for again', () => {
  const layout = layoutOf(PIECE, [20 * PIECE])
  const core = new Core(undefined, layout)
  const read = (piece: number) =>
    core.tell({
      type: 'wanted',
      ranges: [],
      urgent: [{ first: piece, end: piece + 1, deadline: core.now, every: 100 }],
    })
  core.open(1)
  const dropped: number[] = []
  for (let piece = 0; piece < 20; piece++) {
    read(piece)
    dropped.push(...core.of('drop').map((effect) => effect.piece))
    core.tell({ type: 'received', from: 1, ...blockOf(piece, 0, layout) })
    expect(core.of('store')).toHaveLength(1)
  }
  // The one that is read, and 64 MiB.
  expect(dropped).toEqual([0, 1, 2])
  expect([...core.state.started.values()].filter(({ held }) => held > 0)).toHaveLength(17)
  read(0)
  expect(core.of('request').map(({ piece, offset }) => [piece, offset])).toContainEqual([0, 0])
  read(10)
  expect(core.of('request').map(({ offset }) => offset)).not.toContain(0)
  expect(core.of('request').map(({ offset }) => offset)).toContain(BLOCK)
})
