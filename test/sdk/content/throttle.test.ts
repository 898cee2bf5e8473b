import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Throttle } from '../../../sdk/content/exchange/throttle.ts'

const BLOCK = 16_384

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

/** Takes so many blocks at once; says how many came through. */
function takeAll(throttle: Throttle, blocks: number): () => number {
  let taken = 0
  for (let block = 0; block < blocks; block++) void throttle.take(BLOCK).then(() => taken++)
  return () => taken
}

describe('a throttle', () => {
  it('lets through what its rate allows, and at first half a second of it at once', async () => {
    const taken = takeAll(new Throttle(2 * BLOCK), 100)
    await vi.advanceTimersByTimeAsync(10)
    expect(taken()).toBe(1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(taken()).toBe(21)
  })

  it('lets nothing through at a rate of 0, and keeps to the rate that follows', async () => {
    const throttle = new Throttle(2 * BLOCK)
    const taken = takeAll(throttle, 100)
    await vi.advanceTimersByTimeAsync(10)
    throttle.rate = 0
    await vi.advanceTimersByTimeAsync(100_000)
    expect(taken()).toBe(1)
    expect(vi.getTimerCount()).toBe(0)
    throttle.rate = 2 * BLOCK
    await vi.advanceTimersByTimeAsync(10_000)
    expect(taken()).toBe(21)
  })

  it('lets through at once what waits for a rate that is raised', async () => {
    const throttle = new Throttle(1)
    const taken = takeAll(throttle, 10)
    await vi.advanceTimersByTimeAsync(10)
    expect(taken()).toBe(0)
    throttle.rate = Infinity
    await vi.advanceTimersByTimeAsync(1)
    expect(taken()).toBe(10)
  })

  it('waits longer for a rate that is lowered', async () => {
    const throttle = new Throttle(BLOCK)
    const taken = takeAll(throttle, 2)
    await vi.advanceTimersByTimeAsync(100)
    throttle.rate = BLOCK / 100
    await vi.advanceTimersByTimeAsync(30_000)
    expect(taken()).toBe(0)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(taken()).toBe(1)
  })

  it('lets nothing through for no longer than its rate says, also at a rate of a byte a month', async () => {
    const throttle = new Throttle(1 / 2_600_000)
    const taken = takeAll(throttle, 1)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(taken()).toBe(0)
  })
})
