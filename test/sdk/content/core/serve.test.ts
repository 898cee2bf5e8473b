import { describe, expect, it } from 'vitest'
import { BLOCK, layoutOf } from '../../../../sdk/content/core/layout.ts'
import { MOST_QUEUED } from '../../../../sdk/content/core/serve.ts'
import { blockOf, Core } from './core.ts'

const MANY = layoutOf(2 * BLOCK, [4000 * BLOCK])

describe('the queue', () => {
  it('takes so many blocks of one wire and refuses the others', () => {
    const core = Core.seed(MANY)
    core.tell({ type: 'opened', wire: 1, isOurs: true })
    let refused = 0
    for (let piece = 0; piece < 600; piece++) {
      core.tell({ type: 'requested', wire: 1, ...blockOf(piece, 0, MANY) })
      refused += core.of('reject').length
    }
    expect(core.state.wires.get(1)?.queue.count).toBe(MOST_QUEUED)
    // Two are on their way.
    expect(refused).toBe(600 - MOST_QUEUED - 2)
  })

  it('sends no more than what has room, and goes on when it has left', () => {
    const core = Core.seed()
    core.tell({ type: 'opened', wire: 1, isOurs: true })
    const sent: number[] = []
    for (let piece = 0; piece < 4; piece++) {
      core.tell({ type: 'requested', wire: 1, ...blockOf(piece, 0) })
      sent.push(...core.of('send').map((effect) => effect.piece))
    }
    expect(sent).toEqual([0, 1])
    core.tell({ type: 'sent', wire: 1, length: BLOCK })
    expect(core.of('send')).toEqual([{ type: 'send', wire: 1, ...blockOf(2, 0) }])
  })

  it('does not let one that takes nothing hold up the others', () => {
    const core = Core.seed()
    core.tell({ type: 'opened', wire: 1, isOurs: true })
    core.tell({ type: 'opened', wire: 2, isOurs: true })
    for (let piece = 0; piece < 4; piece++) core.tell({ type: 'requested', wire: 1, ...blockOf(piece, 0) })
    core.tell({ type: 'requested', wire: 2, ...blockOf(7, 0) })
    expect(core.of('send')).toEqual([])
    core.wait(2000)
    expect(core.of('send')).toEqual([{ type: 'send', wire: 2, ...blockOf(7, 0) }])
  })

  it('sends first what it has sent to nobody, and finishes what it has begun', () => {
    const core = Core.seed()
    for (const wire of [1, 2, 3]) core.tell({ type: 'opened', wire, isOurs: true })
    // Piece 0 was sent; both ask for it again, and one for another.
    core.tell({ type: 'requested', wire: 1, ...blockOf(0, 0) })
    core.tell({ type: 'requested', wire: 1, ...blockOf(0, 1) })
    core.tell({ type: 'requested', wire: 2, ...blockOf(0, 0) })
    core.tell({ type: 'requested', wire: 3, ...blockOf(5, 0) })
    core.tell({ type: 'requested', wire: 3, ...blockOf(5, 1) })
    const order: unknown[] = []
    for (const wire of [1, 1, 3, 3]) {
      core.tell({ type: 'sent', wire, length: BLOCK })
      order.push(...core.of('send').map((effect) => [effect.wire, effect.piece, effect.offset]))
    }
    expect(order).toEqual([
      [3, 5, 0],
      [3, 5, BLOCK],
      [2, 0, 0],
    ])
  })

  it('forgets what is taken back', () => {
    const core = Core.seed()
    core.tell({ type: 'opened', wire: 1, isOurs: true })
    for (let piece = 0; piece < 3; piece++) core.tell({ type: 'requested', wire: 1, ...blockOf(piece, 0) })
    core.tell({ type: 'cancelled', wire: 1, ...blockOf(2, 0) })
    core.tell({ type: 'sent', wire: 1, length: 2 * BLOCK })
    expect(core.of('send')).toEqual([])
  })
})

describe('choking', () => {
  it('serves every SDK peer, and of stock peers five', () => {
    const core = Core.seed()
    for (let wire = 1; wire <= 20; wire++) {
      core.tell({ type: 'opened', wire, isOurs: wire <= 8 })
      core.tell({ type: 'interested', wire })
    }
    core.wait(30_000)
    const unchoked = [...core.state.wires.values()].filter(({ isChoked }) => !isChoked)
    expect(unchoked.filter(({ isOurs }) => isOurs)).toHaveLength(8)
    expect(unchoked.filter(({ isOurs }) => !isOurs)).toHaveLength(5)
  })

  it('gives everybody a turn', () => {
    const core = Core.seed()
    const served = new Set<number>()
    for (let wire = 1; wire <= 12; wire++) {
      core.tell({ type: 'opened', wire, isOurs: false })
      core.tell({ type: 'interested', wire })
      for (const effect of core.of('unchoke')) served.add(effect.wire)
    }
    for (const effect of core.wait(120_000)) if (effect.type === 'unchoke') served.add(effect.wire)
    expect(served.size).toBe(12)
  })

  it('refuses everybody while nothing may be uploaded', () => {
    const core = Core.seed()
    core.tell({ type: 'opened', wire: 1, isOurs: true })
    core.tell({ type: 'limits', download: Infinity, isUploading: false })
    expect(core.of('choke')).toHaveLength(1)
    core.tell({ type: 'requested', wire: 1, ...blockOf(0, 0) })
    expect(core.of('reject')).toHaveLength(1)
    core.tell({ type: 'limits', download: Infinity, isUploading: true })
    expect(core.of('unchoke')).toHaveLength(1)
  })
})
