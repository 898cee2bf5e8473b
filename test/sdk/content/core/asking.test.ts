import { describe, expect, it } from 'vitest'
import { BLOCK } from '../../../../sdk/content/core/layout.ts'
import { SNUBBED_AFTER } from '../../../../sdk/content/core/tick.ts'
import { blockOf, Core } from './core.ts'

describe('asking', () => {
  it('begins when the other side does not choke any more', () => {
    const core = new Core()
    core.tell({ type: 'opened', wire: 1, isOurs: true })
    core.tell({ type: 'bitfield', wire: 1, has: 'all' })
    expect(core.of('interested')).toHaveLength(1)
    expect(core.of('request')).toEqual([])
    core.tell({ type: 'unchoked', wire: 1 })
    expect(core.of('request')).toHaveLength(4)
  })

  it('finishes a piece before it begins another', () => {
    const core = new Core()
    core.open(1)
    const pieces = core.of('request').map(({ piece }) => piece)
    expect(pieces[0]).toBe(pieces[1])
    expect(pieces[2]).toBe(pieces[3])
  })

  it('leaves out what nobody wants', () => {
    const core = new Core()
    core.tell({ type: 'wanted', ranges: [{ first: 3, end: 5 }], urgent: [] })
    core.open(1)
    expect([...new Set(core.of('request').map(({ piece }) => piece))].sort()).toEqual([3, 4])
  })

  it('begins with what somebody waits for', () => {
    const core = new Core()
    const urgent = [{ first: 5, end: 7, deadline: 1000, every: 100 }]
    core.tell({ type: 'wanted', ranges: [{ first: 0, end: 8 }], urgent })
    core.open(1)
    expect(core.of('request').map(({ piece }) => piece)).toEqual([5, 5, 6, 6])
  })

  it('takes back what is not wanted any more', () => {
    const core = new Core()
    core.open(1)
    const asked = core.of('request').map(({ piece, offset }) => [piece, offset])
    core.tell({ type: 'wanted', ranges: [], urgent: [] })
    expect(core.of('cancel').map(({ piece, offset }) => [piece, offset])).toEqual(asked)
    expect(core.of('uninterested')).toHaveLength(1)
    expect(core.of('done')).toHaveLength(1)
  })

  it('asks others for what a wire does not send, and takes it back there', () => {
    const core = new Core()
    core.open(1)
    const asked = core.of('request').map(({ piece, offset }) => [piece, offset])
    core.now += SNUBBED_AFTER
    core.tell({ type: 'tick' })
    expect(core.of('cancel').map(({ piece, offset }) => [piece, offset])).toEqual(asked)
    expect(core.state.wires.get(1)?.asked.size).toBe(1)
  })

  it('does not ask somebody again at once who refuses', () => {
    const core = new Core()
    core.open(1)
    const [first] = core.of('request')
    if (!first) throw new Error('nothing was asked for')
    core.tell({ ...first, type: 'rejected' })
    expect(core.of('request')).toEqual([])
    core.wait(900)
    expect(core.of('request')).toEqual([])
    core.wait(200)
    expect(core.of('request').length).toBeGreaterThan(0)
  })

  it('keeps to a limit', () => {
    const core = new Core()
    core.tell({ type: 'limits', download: BLOCK, isUploading: true })
    core.tell({ type: 'tick' })
    core.open(1)
    let asked = core.of('request').length
    for (let second = 0; second < 10; second++) {
      const requests = core.wait(1000).filter((effect) => effect.type === 'request')
      asked += requests.length
      for (const request of requests) core.tell({ ...request, type: 'received', from: 1 })
    }
    expect(asked).toBeLessThanOrEqual(12)
  })

  it('says that all is there when the last piece is right', () => {
    const core = new Core()
    for (let piece = 0; piece < 8; piece++) core.tell({ type: 'verified', piece })
    expect(core.of('done')).toHaveLength(1)
    expect(core.state.isDone).toBe(true)
    core.open(1)
    expect(core.of('request')).toEqual([])
  })

  it('takes no block that it did not ask for', () => {
    const core = new Core()
    core.open(1)
    const asked = new Set(core.of('request').map(({ piece }) => piece))
    const other = [0, 1, 2, 3, 4, 5, 6, 7].find((piece) => !asked.has(piece)) ?? -1
    core.tell({ type: 'received', from: 1, ...blockOf(other, 0) })
    expect(core.of('store')).toEqual([])
    core.tell({ type: 'received', from: 9, ...blockOf(0, 0) })
    expect(core.of('store')).toEqual([])
  })
})
