import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Bucket, type Rate } from '../../../worker/core/gcra.ts'
import { START } from '../../support/core.ts'

const rates = fc.record({ perSecond: fc.integer({ min: 1, max: 1000 }), burst: fc.integer({ min: 1, max: 50 }) })
const gaps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 5000 })), {
  maxLength: 120,
})

/** When each of the takes that got through came. */
function passed(rate: Rate, waits: readonly number[], start: number): number[] {
  const bucket = new Bucket()
  let now = start
  const times: number[] = []
  for (const wait of waits) {
    now += wait
    if (bucket.take(rate, now) === 0) times.push(now)
  }
  return times
}

it('G3: in no window more than burst and rate times its length get through', () => {
  fc.assert(
    fc.property(rates, gaps, fc.constantFrom(0, START), (rate, waits, start) => {
      const times = passed(rate, waits, start)
      for (const [first, from] of times.entries()) {
        for (let last = first; last < times.length; last++) {
          const elapsed = (times[last] ?? from) - from
          expect(last - first + 1).toBeLessThanOrEqual(rate.burst + (rate.perSecond * elapsed) / 1000 + 1e-3)
        }
      }
    }),
    { numRuns: 2000 },
  )
})

it('G3: the whole burst gets through at once, and not one more', () => {
  fc.assert(
    fc.property(rates, fc.constantFrom(0, START), (rate, start) => {
      const waits = Array.from({ length: rate.burst + 5 }, () => 0)
      expect(passed(rate, waits, start)).toHaveLength(rate.burst)
    }),
    { numRuns: 2000 },
  )
})

it('G3: who waits as long as was said gets through, and who waits a millisecond less does not', () => {
  fc.assert(
    fc.property(rates, (rate) => {
      const take = (waited: number) => {
        const bucket = new Bucket()
        let wait = 0
        while (wait === 0) wait = bucket.take(rate, START)
        return wait + waited <= 0 ? 1 : bucket.take(rate, START + wait + waited)
      }
      expect(take(0)).toBe(0)
      expect(take(-1)).toBeGreaterThan(0)
    }),
    { numRuns: 500 },
  )
})

it('G3: what is refused costs nothing', () => {
  const bucket = new Bucket()
  const rate = { perSecond: 1, burst: 1 }
  expect(bucket.take(rate, START)).toBe(0)
  for (let count = 0; count < 100; count++) expect(bucket.take(rate, START + 500)).toBe(500)
  expect(bucket.take(rate, START + 1000)).toBe(0)
})

it('is fresh until something is taken, and once that has refilled', () => {
  const bucket = new Bucket()
  expect(bucket.isFresh(START)).toBe(true)
  bucket.take({ perSecond: 2, burst: 10 }, START)
  expect(bucket.isFresh(START + 499)).toBe(false)
  expect(bucket.isFresh(START + 500)).toBe(true)
})
