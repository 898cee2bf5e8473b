import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { CASES, keyOf, measureCase } from './cases.ts'
import { chaos } from './chaos.ts'
import { heldOf } from './held.ts'
import type { Metrics } from './metrics.ts'

/** What the scenarios measured when somebody last looked; `node test/simulation/accept.ts` accepts what they do now. */
const ACCEPTED = JSON.parse(readFileSync(new URL('accepted.json', import.meta.url), 'utf8')) as Record<string, Metrics>
/** Of one scenario, on a machine that has more to do (ms). */
const PATIENCE = 120_000

/** The metrics that are not within their bounds. */
const offBounds = (metrics: Metrics, bounds: ReturnType<typeof heldOf>): object =>
  Object.fromEntries(
    Object.entries(bounds).flatMap(([name, [least, most]]) => {
      const value = metrics[name] ?? Number.NaN
      return value >= least && value <= most ? [] : [[name, { value, least, most }]]
    }),
  )

describe.each(CASES)('$name, $size peers', (scenario) => {
  let metrics: Metrics = {}
  beforeAll(() => {
    metrics = measureCase(scenario)
  }, PATIENCE)

  it('holds what it must', () => {
    expect(offBounds(metrics, heldOf(scenario.name, keyOf(scenario)))).toEqual({})
  })

  it('measures what was accepted', () => {
    expect(metrics).toEqual(ACCEPTED[keyOf(scenario)])
  })
})

describe('whatever happens', () => {
  const seeds = Array.from({ length: 20 }, (_, index) => index + 1)

  it.each(seeds)('all is well in the end, seed %i', { timeout: PATIENCE }, (seed) => {
    expect(offBounds(chaos(seed), heldOf('chaos'))).toEqual({})
  })
})
