import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newBits, setBit } from '../../../sdk/content/core/bits.ts'
import type { PieceEffect, PieceEvent } from '../../../sdk/content/core/event.ts'
import { blockLength, BLOCK, layoutOf } from '../../../sdk/content/core/layout.ts'
import { handle } from '../../../sdk/content/core/pieces.ts'
import { newPieces } from '../../../sdk/content/core/state.ts'
import { seededRandom } from '../../support/core.ts'
import { audit } from './audit.ts'
import { brokenOf, ContentStage } from './stage.ts'
import { Watch } from './watch.ts'

/** Files of some pieces each, the last one short, and an empty one. */
const LAYOUT = layoutOf(32_768, [100_000, 0, 40_000, 1, 65_536, 20_000])

const wire = fc.integer({ min: 1, max: 4 })
const origin = fc.integer({ min: 101, max: 102 })
const piece = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: LAYOUT.count - 1 }) },
  { weight: 1, arbitrary: fc.constantFrom(-1, LAYOUT.count, 0.5, 2 ** 31, Number.NaN, 1e12) },
)

/** A block that there is, mostly. */
const block = fc
  .tuple(piece, fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 9 }))
  .map(([at, index, odd]) => {
    if (odd === 0) return { piece: at, offset: index * 1000 - 500, length: 1e9 }
    return { piece: at, offset: index * BLOCK, length: blockLength(LAYOUT, at, index) }
  })

type Step =
  | PieceEvent
  | { readonly type: 'wait'; readonly time: number }
  | { readonly type: 'answer' }
  | { readonly type: 'hash' }

const event: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ type: fc.constant('opened' as const), wire, isOurs: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('closed' as const), wire }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('bitfield' as const),
      wire,
      has: fc.oneof(fc.constant('all' as const), fc.constant('none' as const), fc.uint8Array({ maxLength: 4 })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('have' as const), wire, piece }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom('unchoked' as const, 'unchoked' as const, 'choked' as const, 'interested' as const),
      wire,
    }),
  },
  { weight: 3, arbitrary: fc.tuple(wire, block).map(([id, it]) => ({ type: 'requested' as const, wire: id, ...it })) },
  { weight: 1, arbitrary: fc.tuple(wire, block).map(([id, it]) => ({ type: 'cancelled' as const, wire: id, ...it })) },
  { weight: 1, arbitrary: fc.tuple(wire, block).map(([id, it]) => ({ type: 'rejected' as const, wire: id, ...it })) },
  { weight: 2, arbitrary: fc.tuple(wire, block).map(([id, it]) => ({ type: 'received' as const, from: id, ...it })) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('sent' as const), wire, length: fc.nat(40_000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('origin-added' as const), origin }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('origin-removed' as const), origin }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('fetch-failed' as const),
      origin,
      fetch: fc.integer({ min: 1, max: 5 }),
      reason: fc.constantFrom('failed' as const, 'lied' as const, 'slow' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(piece, piece, fc.boolean()).map(([first, end, isUrgent]) => ({
      type: 'wanted' as const,
      ranges: isUrgent ? [] : [{ first, end }],
      urgent: isUrgent ? [{ first, end, deadline: 1000, every: 100 }] : [],
    })),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('expecting' as const), wires: fc.nat(3) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('limits' as const),
      download: fc.constantFrom(0, 10_000, Infinity),
      isUploading: fc.boolean(),
    }),
  },
  { weight: 8, arbitrary: fc.constant({ type: 'answer' as const }) },
  { weight: 4, arbitrary: fc.constant({ type: 'hash' as const }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('wait' as const), time: fc.nat(12_000) }) },
)

describe('whatever the others say', () => {
  it('a core keeps its promises', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 150, size: 'max' }), fc.nat(), (steps, seed) => {
        const random = seededRandom(seed)
        const held = newBits(LAYOUT.count)
        setBit(held, 1)
        const state = newPieces(LAYOUT, held, 0)
        const watch = new Watch(LAYOUT, state)
        let now = 0
        const requests: Extract<PieceEffect, { type: 'request' }>[] = []
        const hashes: number[] = []
        const tell = (said: PieceEvent): void => {
          const effects = handle(state, said, now, random)
          watch.see(said, effects)
          expect(audit(state)).toEqual([])
          for (const effect of effects) {
            if (effect.type === 'request') requests.push(effect)
            else if (effect.type === 'verify') hashes.push(effect.piece)
          }
        }
        for (const step of steps) {
          if (step.type === 'wait') {
            now += step.time
            tell({ type: 'tick' })
          } else if (step.type === 'answer') {
            const request = requests.shift()
            if (request) tell({ ...request, type: 'received', from: request.wire })
          } else if (step.type === 'hash') {
            const hashed = hashes.shift()
            if (hashed !== undefined) tell({ type: random() < 0.5 ? 'verified' : 'corrupt', piece: hashed })
          } else tell(step)
        }
        expect([...watch.broken]).toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})

const peerSetup = fc.record({
  up: fc.integer({ min: 20_000, max: 2_000_000 }),
  latency: fc.integer({ min: 1, max: 200 }),
  isStock: fc.boolean(),
  at: fc.nat(5000),
})

describe('whoever comes', () => {
  it('all are done while some source has everything', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(peerSetup, { minLength: 1, maxLength: 6 }),
        fc.array(fc.integer({ min: 0, max: 400_000 }), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(16_384, 32_768, 131_072),
        fc.boolean(),
        fc.nat(),
        (peers, files, pieceLength, isOrigin, seed) => {
          const stage = new ContentStage(seed, layoutOf(pieceLength, files))
          if (isOrigin) stage.addOrigin({ rate: 500_000, latency: 30 })
          else stage.add({ up: 200_000, latency: 30, isSeed: true })
          for (const { at, ...options } of peers) stage.agenda.at(at, () => stage.add(options))
          stage.agenda.runUntil(6000)
          stage.run(400_000)
          expect(brokenOf(stage)).toEqual([])
          expect(stage.peers.flatMap(({ state }) => audit(state))).toEqual([])
          expect(stage.peers.filter(({ doneAt, layout }) => layout.count > 0 && doneAt === Infinity)).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })
})
