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

  it('is known of the attempt alone whose bytes are kept', () => {
    const core = new Core(undefined, ONE)
    core.open(1)
    core.tell({ type: 'received', from: 1, ...blockOf(0, 0, ONE) })
    core.tell({ type: 'received', from: 1, ...blockOf(0, 1, ONE) })
    core.tell({ type: 'corrupt', piece: 0 })
    expect([core.of('ban').length, core.of('keep').length]).toEqual([1, 0])
    const two = mixed()
    two.tell({ type: 'corrupt', piece: 0 })
    expect(two.of('keep')).toEqual([{ type: 'keep', piece: 0 }])
    expect([...two.state.suspects.keys()]).toEqual([0])
  })

  it('leaves the other pieces that it alone was to send to others', () => {
    const layout = layoutOf(2 * BLOCK, [4 * BLOCK])
    const core = new Core(undefined, layout)
    core.open(1)
    core.open(2)
    const pieces = new Map<number, number>()
    for (const wire of [1, 2]) core.tell({ type: 'choked', wire })
    for (const wire of [1, 2]) {
      core.tell({ type: 'unchoked', wire })
      for (const piece of [0, 1]) core.tell({ type: 'received', from: wire, ...blockOf(piece, wire - 1, layout) })
      core.tell({ type: 'choked', wire })
    }
    core.tell({ type: 'unchoked', wire: 2 })
    for (const piece of [0, 1]) core.tell({ type: 'corrupt', piece })
    for (const { piece, sole } of core.state.started.values()) pieces.set(piece, sole)
    expect([...pieces]).toEqual([
      [0, 2],
      [1, 2],
    ])
    for (const block of [0, 1]) core.tell({ type: 'received', from: 2, ...blockOf(0, block, layout) })
    core.tell({ type: 'corrupt', piece: 0 })
    expect(core.of('ban')).toEqual([{ type: 'ban', source: 2 }])
    core.tell({ type: 'unchoked', wire: 1 })
    expect(core.of('request').map(({ piece }) => piece)).toContain(1)
  })
})
