import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Release } from '../../../protocol/content/release.ts'
import { type DistrustCode, type Expected, judge, type Known, type Opened } from '../../../protocol/content/trust.ts'
import { DAY, keyOf, knownOf, NOW, openedOf } from './examples.ts'

const expectedOf = (known: Known | null = null, now = NOW): Expected => ({
  publisher: keyOf(1),
  channel: 'stable',
  known,
  now,
})

/** The code of the refusal, or the number of the release that was accepted. */
function outcome(known: Opened | null, chain: readonly Opened[], now = NOW): DistrustCode | number {
  const judgement = judge(expectedOf(known && knownOf(known), now), chain)
  if (judgement.type === 'refused') return judgement.code
  expect(judgement.opened).toBe(chain.at(-1))
  return judgement.release.number
}

const first = openedOf({ number: 1 })
const second = openedOf({ number: 2, previous: 'ab'.repeat(32) })
const handOver = openedOf({ number: 5, successor: keyOf(2) })
const byNew = openedOf({ number: 6, key: keyOf(2) })
const handOverAgain = openedOf({ number: 7, key: keyOf(2), successor: keyOf(3) })
const byThird = openedOf({ number: 9, key: keyOf(3) })

describe('U4: what is newest', () => {
  it('is accepted by who knows nothing, by who knows an older one, and once more', () => {
    expect(outcome(null, [second])).toBe(2)
    expect(outcome(first, [second])).toBe(2)
    expect(outcome(second, [second])).toBe(2)
  })

  it('leaves behind what is to be remembered', () => {
    const judgement = judge(expectedOf(), [handOver])
    expect(judgement).toEqual({
      type: 'accepted',
      release: handOver.release,
      opened: handOver,
      known: { number: 5, digest: handOver.digest, key: keyOf(2) },
    })
  })

  it('is not what is older than what was seen: a rollback', () => {
    expect(outcome(second, [first])).toBe('rollback')
    expect(outcome(byNew, [handOver])).toBe('rollback')
  })

  it('is not another one of the same number: a fork', () => {
    const other = openedOf({ number: 2, version: '1.4.0-evil' })
    expect(outcome(second, [other])).toBe('fork')
  })

  it('is of this publisher and channel, and so is each before it: nothing is mixed and matched', () => {
    expect(outcome(null, [openedOf({ publisher: keyOf(2), key: keyOf(2) })])).toBe('wrong-publisher')
    expect(outcome(null, [openedOf({ publisher: keyOf(2) })])).toBe('wrong-publisher')
    expect(outcome(null, [openedOf({ channel: 'beta' })])).toBe('wrong-channel')
    expect(outcome(null, [openedOf({ channel: 'beta', number: 1, successor: keyOf(2) }), byNew])).toBe('wrong-channel')
  })

  it('comes last in a feed whose numbers rise', () => {
    expect(outcome(null, [])).toBe('malformed')
    expect(outcome(null, [second, first])).toBe('malformed')
    expect(outcome(null, [first, first])).toBe('malformed')
  })
})

describe('U5: a key', () => {
  it("that is not the publisher's signs nothing", () => {
    expect(outcome(null, [openedOf({ key: keyOf(9) })])).toBe('wrong-key')
    expect(outcome(first, [openedOf({ number: 2, key: keyOf(9) })])).toBe('wrong-key')
  })

  it('is handed over to another, and by that to a third', () => {
    expect(outcome(null, [handOver, byNew])).toBe(6)
    expect(outcome(null, [handOver, handOverAgain, byThird])).toBe(9)
    expect(outcome(first, [handOver, handOverAgain, byThird])).toBe(9)
    expect(outcome(handOver, [handOver, handOverAgain, byThird])).toBe(9)
    expect(outcome(handOver, [byNew])).toBe(6)
    expect(outcome(byNew, [handOver, byNew])).toBe(6)
    expect(outcome(handOverAgain, [handOver, handOverAgain])).toBe(7)
    expect(outcome(handOverAgain, [byThird])).toBe(9)
  })

  it('is refused from its hand-over on, though it signed it', () => {
    const late = openedOf({ number: 8 })
    expect(outcome(handOver, [late])).toBe('wrong-key')
    expect(outcome(byNew, [late])).toBe('wrong-key')
    expect(outcome(null, [handOver, late])).toBe('wrong-key')
    expect(
      outcome(handOver, [
        handOver,
        openedOf({ number: 6, successor: keyOf(9) }),
        openedOf({ number: 7, key: keyOf(9) }),
      ]),
    ).toBe('wrong-key')
  })

  it('that was stolen after its hand-over rewrites no history for those who saw it', () => {
    const rewritten = openedOf({ number: 4, successor: keyOf(9) })
    expect(outcome(byNew, [rewritten, openedOf({ number: 8, key: keyOf(9) })])).toBe('wrong-key')
  })

  it('can not enter by itself, nor by the hand-over of a stranger', () => {
    expect(outcome(null, [byNew])).toBe('wrong-key')
    expect(outcome(null, [openedOf({ number: 1, key: keyOf(9), successor: keyOf(2) }), byNew])).toBe('wrong-key')
  })
})

describe('U6: a release', () => {
  it('is not believed once it has expired: a freeze', () => {
    const { expires } = first.release
    expect(outcome(first, [first], expires - 1)).toBe(1)
    expect(outcome(first, [first], expires)).toBe('expired')
    expect(outcome(null, [first], expires)).toBe('expired')
  })

  it('from the future is not believed, but clocks may differ by a day', () => {
    expect(outcome(null, [openedOf({ published: NOW + DAY })])).toBe(1)
    expect(outcome(null, [openedOf({ published: NOW + DAY + 1 })])).toBe('not-yet')
  })

  it('that handed over may have expired since', () => {
    const old = openedOf({ number: 5, successor: keyOf(2), expires: NOW - 1 })
    expect(outcome(null, [old, byNew])).toBe(6)
  })

  it('is refused in a sentence that tells of the clock', () => {
    const { expires } = first.release
    const judgement = judge(expectedOf(null, expires), [first])
    expect(judgement).toMatchObject({
      message: expect.stringContaining('the clock here says 2026-12-05T00:00:00.000Z') as string,
    })
  })
})

it('U4, U5: whatever is served, what is accepted is never older, and signed by who may', () => {
  const any = fc
    .record({
      number: fc.integer({ min: 1, max: 6 }),
      key: fc.integer({ min: 1, max: 3 }),
      next: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ number, key, next }): Partial<Release> => ({
      number,
      key: keyOf(key),
      successor: next === 4 || next === key ? null : keyOf(next),
    }))
    .map(openedOf)
  fc.assert(
    fc.property(fc.array(fc.array(any, { maxLength: 4 }), { maxLength: 6 }), (feeds) => {
      let known: Known | null = null
      for (const chain of feeds) {
        const judgement = judge(expectedOf(known), chain)
        if (judgement.type === 'refused') continue
        const before: Known | null = known
        known = judgement.known
        if (before === null) continue
        expect(known.number).toBeGreaterThanOrEqual(before.number)
        if (known.number === before.number) expect(known).toEqual(before)
        const next = chain.find(({ release }) => release.number > before.number)
        if (next) expect(next.release.key).toBe(before.key)
      }
    }),
    { numRuns: 2000 },
  )
})
