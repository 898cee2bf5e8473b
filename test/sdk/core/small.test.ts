import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoff } from '../../../sdk/core/backoff.ts'
import { Bucket } from '../../../sdk/core/bucket.ts'
import { fingerprintOf } from '../../../sdk/core/description.ts'
import { Liveness, type Verdict } from '../../../sdk/core/liveness.ts'

describe('L17: silence', () => {
  /** What the ticks of a second say, one after the other. */
  const ticks = (liveness: Liveness, from: number, seconds: number, answers = false): Verdict[] =>
    Array.from({ length: seconds }, (_, index) => {
      const now = from + (index + 1) * 1000
      const verdict = liveness.tick(now)
      if (verdict === 'ask') {
        const token = liveness.ask(now)
        if (answers) {
          liveness.hear(now + 5)
          liveness.answer(token, now + 5)
        }
      }
      return verdict
    })

  it('is asked about after 4 seconds, mended after 7, and the end after 12', () => {
    const verdicts = ticks(new Liveness(0), 0, 13)
    expect(verdicts.indexOf('ask')).toBe(3)
    expect(verdicts.indexOf('replace')).toBe(6)
    expect(verdicts.indexOf('gone')).toBe(11)
  })

  it('that is answered is none, and the answer tells the round trip', () => {
    const liveness = new Liveness(0)
    expect(ticks(liveness, 0, 100, true)).not.toContain('replace')
    expect(liveness.roundTrip).toBe(5)
  })

  it('an answer to another question tells nothing', () => {
    const liveness = new Liveness(0)
    liveness.ask(0)
    liveness.answer(99, 10)
    expect(liveness.roundTrip).toBeNull()
  })

  it('a clock that jumped says nothing of the other side: it is asked', () => {
    const liveness = new Liveness(0)
    liveness.tick(1000)
    expect(liveness.tick(3_600_000)).toBe('ask')
    liveness.ask(3_600_000)
    expect(liveness.tick(3_601_000)).toBe('alive')
  })

  it('a busy link is measured now and then', () => {
    const liveness = new Liveness(0)
    liveness.ask(0)
    let asked = 0
    for (let now = 0; now < 60_000; now += 1000) {
      liveness.hear(now)
      if (liveness.tick(now) !== 'ask') continue
      asked++
      liveness.answer(liveness.ask(now), now)
    }
    expect(asked).toBe(3)
  })
})

it('a backoff doubles up to its cap, and is anywhere in its upper half', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (n, r) => {
        const most = Math.min(60_000, 1000 * 2 ** (n - 1))
        const wait = backoff(n, 1000, 60_000, () => r)
        expect(wait).toBeGreaterThanOrEqual(most / 2)
        expect(wait).toBeLessThanOrEqual(most)
      },
    ),
  )
})

it('L8: a bucket gives its burst at once, and its rate in the long run', () => {
  const bucket = new Bucket({ perSecond: 20, burst: 400 })
  const take = (now: number) => {
    let count = 0
    while (bucket.take(now)) count++
    return count
  }
  expect(take(1000)).toBe(400)
  expect(take(1000)).toBe(0)
  expect(take(2000)).toBe(20)
  expect(take(1_000_000)).toBe(400)
})

describe('L11: the fingerprint of an SDP', () => {
  const hex = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0')).join(':')
  const line = `a=fingerprint:sha-256 ${hex.toUpperCase()}`

  it('is read if there is exactly one of SHA-256', () => {
    expect(fingerprintOf(`v=0\r\n${line}\r\nm=application\r\n`)).toEqual(Uint8Array.from({ length: 32 }, (_, i) => i))
    expect(fingerprintOf(`v=0\n${line}\n`)).not.toBeNull()
  })

  it.each([
    ['none', 'v=0\r\n'],
    ['two', `${line}\r\n${line}\r\n`],
    ['another one beside it', `${line}\r\na=fingerprint:sha-1 00:11\r\n`],
    ['one of SHA-1', `a=fingerprint:sha-1 ${hex}\r\n`],
    ['a short one', `a=fingerprint:sha-256 ${hex.slice(3)}\r\n`],
    ['one with a blank behind it, before the right one', `${line} \r\n${line}\r\n`],
    ['one with a blank behind it', `${line} \r\n`],
    ['one in capital letters beside it', `${line}\r\nA=FINGERPRINT:sha-256 ${hex}\r\n`],
    ['one with a tab', `a=fingerprint:sha-256\t${hex}\r\n`],
    ['one behind a lone carriage return', `a=x\r${line}\r\n`],
    ['one behind a line separator', `a=x\u2028${line}\r\n`],
    ['a long SDP', `${line}\r\n${'a=x\r\n'.repeat(5000)}`],
  ])('is refused: %s', (_, sdp) => {
    expect(fingerprintOf(sdp)).toBeNull()
  })
})
