import { describe, expect, it } from 'vitest'
import { BLOCK, layoutOf } from '../../../../sdk/content/core/layout.ts'
import { blockOf, Core } from './core.ts'

/** One piece of two blocks. */
const ONE = layoutOf(2 * BLOCK, [2 * BLOCK])

/** Two peers that have all and have each sent a block of the only piece. */
function mixed(): Core {
  const core = new Core(undefined, ONE)
  core.tell({ type: 'opened', wire: 1, isOurs: true })
  core.tell({ type: 'bitfield', wire: 1, has: 'all' })
  core.tell({ type: 'unchoked', wire: 1 })
  core.now += 50
  core.tell({ type: 'received', from: 1, ...blockOf(0, 0, ONE) })
  core.tell({ type: 'choked', wire: 1 })
  core.open(2)
  core.now += 50
  core.tell({ type: 'received', from: 2, ...blockOf(0, 1, ONE) })
  expect(core.of('verify')).toEqual([{ type: 'verify', piece: 0 }])
  return core
}

describe('who sent what is wrong', () => {
  it('is banned if it sent all of the piece', () => {
    const core = new Core(undefined, ONE)
    core.open(1)
    core.tell({ type: 'received', from: 1, ...blockOf(0, 0, ONE) })
    core.tell({ type: 'received', from: 1, ...blockOf(0, 1, ONE) })
    core.tell({ type: 'corrupt', piece: 0 })
    expect(core.of('ban')).toEqual([{ type: 'ban', source: 1 }])
    expect(core.state.wires.has(1)).toBe(false)
  })

  it('is not banned while it may have been another; one alone is asked for all of the piece then', () => {
    const core = mixed()
    core.tell({ type: 'corrupt', piece: 0 })
    expect(core.of('ban')).toEqual([])
    expect(core.of('request').map(({ wire, offset }) => [wire, offset])).toEqual([
      [2, 0],
      [2, BLOCK],
    ])
    core.tell({ type: 'unchoked', wire: 1 })
    expect(core.of('request')).toEqual([])
  })

  it('is banned when the piece is right and its block was other', () => {
    const core = mixed()
    core.tell({ type: 'corrupt', piece: 0 })
    core.tell({ type: 'received', from: 2, ...blockOf(0, 0, ONE) })
    core.tell({ type: 'received', from: 2, ...blockOf(0, 1, ONE) })
    core.tell({ type: 'verified', piece: 0, wrong: [0] })
    expect(core.of('ban')).toEqual([{ type: 'ban', source: 1 }])
    expect(core.of('done')).toHaveLength(1)
  })

  it('is banned when it is wrong again, alone', () => {
    const core = mixed()
    core.tell({ type: 'corrupt', piece: 0 })
    core.tell({ type: 'received', from: 2, ...blockOf(0, 0, ONE) })
    core.tell({ type: 'received', from: 2, ...blockOf(0, 1, ONE) })
    core.tell({ type: 'corrupt', piece: 0 })
    expect(core.of('ban')).toEqual([{ type: 'ban', source: 2 }])
  })

  it('does not hold up the piece when it goes', () => {
    const core = mixed()
    core.tell({ type: 'corrupt', piece: 0 })
    core.tell({ type: 'unchoked', wire: 1 })
    core.tell({ type: 'closed', wire: 2 })
    expect(core.of('request').map(({ wire }) => wire)).toEqual([1, 1])
  })
})
