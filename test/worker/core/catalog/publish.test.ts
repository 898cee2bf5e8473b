import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Release } from '../../../../protocol/content/release.ts'
import { encodeFeed } from '../../../../protocol/content/sealed.ts'
import { toBase64Url } from '../../../../protocol/content/text.ts'
import {
  MAX_SERVED,
  publish,
  type PublishDecision,
  type Shelf,
  type Verified,
} from '../../../../worker/core/catalog/publish.ts'
import { parseSettings } from '../../../../worker/core/limits.ts'
import { keyOf, knownOf, NOW, openedOf } from '../../../protocol/content/examples.ts'

const signature = toBase64Url(new Uint8Array(64))
const verified = (changes: Partial<Release> = {}): Verified => ({ ...openedOf(changes), signature })

const EMPTY: Shelf = { known: null, dropped: null, handOvers: [], channelsOfPublisher: 0 }

const decide = (shelf: Partial<Shelf>, chain: readonly Verified[], vars = {}): PublishDecision =>
  publish(parseSettings(vars), { ...EMPTY, ...shelf }, { publisher: keyOf(1), channel: 'stable', chain }, NOW)

describe('U10: a feed that is published', () => {
  const first = verified({ number: 1 })
  const handOver = verified({ number: 2, successor: keyOf(2) })
  const second = verified({ number: 3, key: keyOf(2) })

  it('is stored, all of it that is news', () => {
    expect(decide({}, [first])).toMatchObject({ type: 'store', newest: first, added: [first] })
    const known = knownOf(first)
    expect(decide({ known }, [handOver, second])).toMatchObject({ added: [handOver, second], known: { key: keyOf(2) } })
    expect(decide({ known: knownOf(handOver) }, [handOver, second])).toMatchObject({ added: [second] })
  })

  it('changes nothing if its newest release is known', () => {
    expect(decide({ known: knownOf(handOver) }, [handOver])).toEqual({ type: 'unchanged', newest: handOver })
  })

  it('is stored, all of it, if its channel comes back after it made room', () => {
    const dropped = knownOf(handOver)
    expect(decide({ dropped }, [handOver])).toMatchObject({ type: 'store', added: [handOver] })
    expect(decide({ dropped }, [handOver, second])).toMatchObject({ type: 'store', added: [handOver, second] })
  })

  it.each([
    ['nothing', {}, [], 400],
    ['a stranger', {}, [verified({ key: keyOf(9) })], 403],
    ['the old key after its hand-over', { known: knownOf(handOver) }, [verified({ number: 3 })], 403],
    ['another publisher', {}, [verified({ publisher: keyOf(9) })], 403],
    ['an older release', { known: knownOf(handOver) }, [first], 409],
    ['another one of the same number', { known: knownOf(first) }, [verified({ version: 'x' })], 409],
    ['an older release of a channel that made room', { dropped: knownOf(handOver) }, [first], 409],
    ['the old key after that', { dropped: knownOf(handOver) }, [verified({ number: 3 })], 403],
    ['less than newcomers need', { dropped: knownOf(handOver) }, [second], 403],
    ['what has expired', {}, [verified({ expires: NOW })], 400],
  ])('of %s is denied', (_, shelf, chain, status) => {
    expect(decide(shelf, chain)).toMatchObject({ type: 'denied', status })
  })
})

describe('U16: quotas', () => {
  const one = verified()

  it('of channels hold for new channels alone', () => {
    expect(decide({ channelsOfPublisher: 63 }, [one]).type).toBe('store')
    expect(decide({ channelsOfPublisher: 64 }, [one])).toMatchObject({ status: 507 })
    const known = knownOf(one)
    expect(decide({ known, channelsOfPublisher: 64 }, [verified({ number: 2 })]).type).toBe('store')
    expect(decide({ channelsOfPublisher: 1 }, [one], { MAX_CHANNELS_PER_PUBLISHER: 1 })).toMatchObject({ status: 507 })
  })

  it('of hand-overs leave a feed that others can read', () => {
    const sealed = { release: one.text, signature }
    const handOvers = (count: number) => Array.from({ length: count }, () => sealed)
    expect(decide({ handOvers: handOvers(63) }, [one]).type).toBe('store')
    expect(decide({ handOvers: handOvers(64) }, [one])).toMatchObject({ status: 413 })
    const large = { ...sealed, release: 'ä'.repeat(10_000) }
    const most = Math.floor((MAX_SERVED - 2000) / encodeFeed({ releases: [large] }).length / 2)
    const decisions = [most, most * 2, 63].map((count) =>
      decide({ handOvers: Array.from({ length: count }, () => large) }, [one]),
    )
    expect(decisions.map(({ type }) => type)).toEqual(['store', 'denied', 'denied'])
  })
})

it('U10: whatever is published, the catalogue never steps back', () => {
  const any = fc
    .record({
      number: fc.integer({ min: 1, max: 5 }),
      key: fc.integer({ min: 1, max: 3 }),
      next: fc.integer({ min: 1, max: 4 }),
    })
    .map(({ number, key, next }) =>
      verified({ number, key: keyOf(key), successor: next === 4 || next === key ? null : keyOf(next) }),
    )
  fc.assert(
    fc.property(fc.array(fc.array(any, { maxLength: 3 }), { maxLength: 6 }), (feeds) => {
      let shelf = EMPTY
      for (const chain of feeds) {
        const decision = publish(parseSettings({}), shelf, { publisher: keyOf(1), channel: 'stable', chain }, NOW)
        if (decision.type !== 'store') continue
        const before = shelf.known?.number ?? 0
        expect(decision.added.every(({ release }) => release.number > before)).toBe(true)
        expect(decision.added.at(-1)).toBe(decision.newest)
        shelf = { ...shelf, known: decision.known }
      }
    }),
  )
})
