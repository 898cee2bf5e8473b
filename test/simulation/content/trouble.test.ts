import { describe, expect, it } from 'vitest'
import {
  liar,
  lyingOrigin,
  originFails,
  originPauses,
  type Outcome,
  seedLeaves,
  seedLeavesOrigin,
  slowWire,
  stockPeers,
} from './trouble.ts'

/** All of so many are done within so long (s). */
function expectDone({ done, last, broken }: Outcome, peers: number, within: number): void {
  expect(broken).toEqual([])
  expect(done).toBe(peers)
  expect(last).toBeLessThan(within)
}

describe.each([1, 2, 3])('seed %i', { timeout: 120_000 }, (seed) => {
  it('peers have the rest among them when the seed leaves', () => {
    expectDone(seedLeaves(seed), 10, 15)
  })

  it('the origin has the rest when the seed leaves half way', () => {
    expectDone(seedLeavesOrigin(seed), 10, 15)
  })

  it('peers have the rest when the origin dies', () => {
    expectDone(originFails(seed, 'dead'), 3, 15)
  })

  it('peers have the rest when the origin says nothing any more', () => {
    expectDone(originFails(seed, 'stalls'), 3, 15)
  })

  it('goes on when the only source is back', () => {
    expectDone(originPauses(seed), 2, 20)
  })

  it('bans who sends wrong blocks, and nobody else', () => {
    const some = liar(seed, 0.3)
    expectDone(some, 6, 15)
    expect(some.proved).toBe(6)
    expect(some.mistakes).toBe(0)
    const all = liar(seed, 1)
    expectDone(all, 6, 15)
    expect(all.mistakes).toBe(0)
    const few = liar(seed, 0.02)
    expectDone(few, 6, 15)
    expect(few.mistakes).toBe(0)
  })

  it('bans an origin that has something else', () => {
    const outcome = lyingOrigin(seed)
    expectDone(outcome, 3, 15)
    expect(outcome.proved).toBe(3)
  })

  it('does not wait for a wire that answers nothing, or hardly', () => {
    // The other wire alone takes 10 s.
    expectDone(slowWire(seed, 'silent'), 1, 11)
    expectDone(slowWire(seed, 'slow'), 1, 11)
  })

  it('stock peers that take turns are all done', () => {
    expectDone(stockPeers(seed), 10, 40)
  })
})
