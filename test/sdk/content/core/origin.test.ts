import { describe, expect, it } from 'vitest'
import { BLOCK, blocksOf, layoutOf } from '../../../../sdk/content/core/layout.ts'
import type { PieceEffect } from '../../../../sdk/content/core/event.ts'
import { blockOf, Core } from './core.ts'

const ORIGIN = 100

/** The origin gives all of a range. */
function give(core: Core, { piece, length, fetch }: Extract<PieceEffect, { type: 'fetch' }>): void {
  const { layout } = core.state
  for (let left = length, at = piece; left > 0; at++) {
    for (let block = 0; block < blocksOf(layout, at) && left > 0; block++) {
      core.now += 5
      left -= BLOCK
      core.tell({ type: 'received', from: ORIGIN, ...blockOf(at, block, layout) })
    }
  }
  core.tell({ type: 'fetched', origin: ORIGIN, fetch })
}

describe('an origin', () => {
  it('is asked at once when nobody is there', () => {
    const core = new Core()
    core.tell({ type: 'origin-added', origin: ORIGIN })
    expect(core.of('fetch')).toHaveLength(1)
  })

  it('gives no range that goes beyond its file', () => {
    const layout = layoutOf(2 * BLOCK, [3 * BLOCK, BLOCK, 5 * BLOCK])
    const core = new Core(undefined, layout)
    const ranges: unknown[] = []
    core.tell({ type: 'origin-added', origin: ORIGIN })
    for (let time = 0; time < 3; time++) {
      const [fetch] = core.of('fetch')
      if (!fetch) break
      const { piece, length } = fetch
      ranges.push([piece, length])
      core.tell({ type: 'tick' })
      give(core, fetch)
      core.tell({ type: 'tick' })
    }
    for (const [piece, length] of ranges as [number, number][]) {
      const end = layout.fileEnds[piece] ?? 0
      let most = 0
      for (let at = piece; at < end; at++) most += layout.lengths[at] ?? 0
      expect(length).toBeLessThanOrEqual(most)
    }
  })

  it('is asked again later and later after failures', () => {
    const core = new Core()
    core.tell({ type: 'origin-added', origin: ORIGIN })
    const at: number[] = []
    for (let time = 0; time < 40_000; time += 100) {
      for (const { fetch } of core.of('fetch')) {
        at.push(core.now)
        core.tell({ type: 'fetch-failed', origin: ORIGIN, fetch, reason: 'failed' })
      }
      core.wait(100)
    }
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    expect(gaps.length).toBeGreaterThan(3)
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThanOrEqual(375 * 2 ** index)
  })

  it('is given up when it says nothing, and peers are asked', () => {
    const core = new Core()
    core.tell({ type: 'origin-added', origin: ORIGIN })
    core.wait(10_100)
    expect(core.of('abort')).toHaveLength(1)
    core.open(1)
    expect(core.of('request').length).toBeGreaterThan(0)
  })

  it('is asked for what somebody waits for even while peers serve', () => {
    const core = new Core()
    core.open(1)
    core.tell({ type: 'origin-added', origin: ORIGIN })
    const ranges = [{ first: 0, end: 8 }]
    core.tell({ type: 'wanted', ranges, urgent: [{ first: 6, end: 8, deadline: core.now, every: 100 }] })
    expect(core.of('fetch').map(({ piece }) => piece)).toContain(6)
  })

  it('is asked again after a while when it alone gave what is wrong, and then later still', () => {
    const core = new Core()
    core.tell({ type: 'origin-added', origin: ORIGIN })
    const waits = [1, 2].map(() => {
      const [fetch] = core.of('fetch')
      if (!fetch) throw new Error('nothing was fetched')
      give(core, fetch)
      core.tell({ type: 'corrupt', piece: fetch.piece })
      expect(core.of('doubt')).toEqual([{ type: 'doubt', origin: ORIGIN }])
      expect(core.of('ban')).toEqual([])
      const since = core.now
      while (core.of('fetch').length === 0 && core.now < since + 90_000) core.wait(100)
      return core.now - since
    })
    expect(waits[0]).toBeGreaterThanOrEqual(3000)
    expect(waits[0]).toBeLessThan(5100)
    expect(waits[1]).toBeGreaterThanOrEqual(45_000)
    expect(waits[1]).toBeLessThan(75_100)
  })
})
