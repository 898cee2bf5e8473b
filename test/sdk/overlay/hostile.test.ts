import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../protocol/ids.ts'
import { type HaveRange, MAX_HOPS, type OverlayMessage, type RoutedBody } from '../../../protocol/mesh/overlay.ts'
import type { Publication } from '../../../protocol/mesh/publication.ts'
import type { OverlayEffect, OverlayEvent } from '../../../sdk/overlay/event.ts'
import type { OverlayState } from '../../../sdk/overlay/state.ts'
import { offerIdOf } from '../../support/core.ts'
import { dataOf, effectsOf, numbered, OWN, publicationBy, TestPeer } from './peer.ts'

/** Those who are linked, and others that are only spoken of; this peer too. */
const MEMBERS = numbered(14, 'member')
const SOMEBODY = [...MEMBERS, ...numbered(60, 'other'), OWN]

const member = fc.constantFrom(...MEMBERS)
const somebody = fc.constantFrom(...SOMEBODY)
const peers = fc.array(somebody, { maxLength: 32 })
const small = fc.nat(12)
const count = fc.oneof(small, fc.nat(2000), fc.maxSafeNat())
const hops = fc.nat(MAX_HOPS)

const publication: fc.Arbitrary<Publication> = fc
  .record({
    author: somebody,
    epoch: fc.oneof(fc.constant(1), fc.nat(3)),
    sequence: fc.oneof(small, small, count),
    kind: fc.constantFrom('topic', 'topic', 'presence', 'suspect', 'find', 'dance'),
    data: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      somebody.map(dataOf),
      fc.constantFrom(new Uint8Array(9000), new Uint8Array(1_000_000)),
    ),
  })
  .map(({ author, sequence, ...fields }) => publicationBy(author, sequence, fields as Partial<Publication>))

const range: fc.Arbitrary<HaveRange> = fc
  .record({ author: somebody, epoch: fc.nat(3), first: count, length: fc.nat(1023), age: count, size: count })
  .map(({ length, ...fields }) => ({ ...fields, last: Math.min(fields.first + length, Number.MAX_SAFE_INTEGER) }))
const ranges = fc.array(range, { maxLength: 6 })

const body: fc.Arbitrary<RoutedBody> = fc.oneof(
  fc
    .constantFrom('offer' as const, 'answer' as const, 'candidate' as const)
    .map((kind) => ({ kind: 'signal' as const, signal: { kind, id: offerIdOf('o'), sdp: 'v=0' } })),
  peers.map((named) => ({ kind: 'peers' as const, peers: named })),
  fc.constant({ kind: 'here' as const }),
  somebody.map((peer) => ({ kind: 'lost' as const, peer, id: offerIdOf('o') })),
  fc.constantFrom(10, 69_632).map((length) => {
    return { kind: 'packet' as const, id: offerIdOf('o'), bytes: new Uint8Array(length) }
  }),
)

const message: fc.Arbitrary<OverlayMessage> = fc.oneof(
  { arbitrary: publication.map((sent) => ({ type: 'publication' as const, publication: sent })), weight: 4 },
  fc.record({
    type: fc.constant('neighbour' as const),
    isNeedy: fc.boolean(),
    isNew: fc.boolean(),
    level: fc.oneof(fc.constant(0), fc.nat(24)),
    size: count,
    peers,
  }),
  fc.constant({ type: 'decline' as const }),
  fc.record({ type: fc.constant('seek' as const), peer: somebody, hops, isNeedy: fc.boolean() }),
  fc.record({ type: fc.constant('shuffle' as const), peer: somebody, hops, peers }),
  fc.record({ type: fc.constant('routed' as const), to: somebody, from: somebody, hops, body }),
  fc.record({ type: fc.constant('have' as const), ranges }),
  fc.record({ type: fc.constant('want' as const), ranges }),
  fc.record({
    type: fc.constant('roster' as const),
    entries: fc.array(fc.record({ author: somebody, epoch: fc.nat(3), sequence: count }), { maxLength: 20 }),
  }),
  fc.record({ type: fc.constantFrom('graft' as const, 'prune' as const), author: fc.option(somebody) }),
)

/** What happens, and how long after what happened before (ms). */
type Step = readonly [number, (peer: TestPeer) => readonly OverlayEffect[]]

const told =
  (event: OverlayEvent): Step[1] =>
  (peer) =>
    peer.tell(event)

const act: fc.Arbitrary<Step[1]> = fc.oneof(
  {
    arbitrary: fc.tuple(member, message).map(([from, sent]) => told({ type: 'received', from, message: sent })),
    weight: 8,
  },
  {
    arbitrary: fc
      .tuple(member, fc.constantFrom(null, '192.0.2', '198.51.100'))
      .map(([peer, network]) => told({ type: 'linked', peer, network })),
    weight: 3,
  },
  // A neighbour, as most members are.
  { arbitrary: member.map((from): Step[1] => (peer) => [...peer.link(from), ...peer.ask(from)]), weight: 4 },
  fc.tuple(member, fc.boolean()).map(([peer, isLost]) => told({ type: 'unlinked', peer, isLost })),
  fc.tuple(somebody, fc.boolean()).map(([peer, isGone]) => told({ type: 'failed', peer, isGone })),
  fc.tuple(peers, count).map(([named, known]) => told({ type: 'listed', peers: named, count: known })),
  fc.tuple(somebody, fc.option(somebody), body).map(([to, via, sent]) => told({ type: 'route', to, via, body: sent })),
  somebody.map((peer) => told({ type: 'reach', peer })),
  // The shell says so of links only.
  member.map((from): Step[1] => (peer) => {
    return peer.state.membership.linked.has(from) ? peer.tell({ type: 'drained', peer: from }) : []
  }),
  fc.boolean().map((isWeak) => told({ type: 'device', isWeak })),
  fc.constantFrom('changed' as const, 'leaving' as const).map((type) => told({ type })),
  fc.uint8Array({ maxLength: 3 }).map(
    (data): Step[1] =>
      (peer) =>
        peer.publish(peer.now, { data }),
  ),
)

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(fc.constantFrom(0, 0, 0, 0, 0, 10, 10, 200, 200, 1000, 9000), act),
  {
    maxLength: 150,
    size: 'max',
  },
)

function run(peer: TestPeer, taken: readonly Step[], look: (effects: readonly OverlayEffect[]) => void): void {
  for (const [pause, next] of taken) {
    look(peer.wait(pause, () => pause % 3 === 0))
    look(next(peer))
  }
}

/** The sizes of all that could grow, each with what it may be at most. */
function expectBounded({ membership, broadcast, presence, routes }: OverlayState): void {
  const { linked, active } = membership
  expect(active.size).toBeLessThanOrEqual(10)
  expect(membership.passive.size).toBeLessThanOrEqual(30)
  expect(membership.dialling.size).toBeLessThanOrEqual(64)
  expect(membership.seeks.length).toBeLessThanOrEqual(10)
  expect(broadcast.authors.size).toBeLessThanOrEqual(512)
  expect(broadcast.missing.size).toBeLessThanOrEqual(8192)
  expect(broadcast.history.entries.size).toBeLessThanOrEqual(1536)
  expect(broadcast.history.bytes).toBeLessThanOrEqual(6_291_456)
  expect(presence.roster.size).toBeLessThanOrEqual(257)
  expect(routes.learned.size).toBeLessThanOrEqual(1024)
  expect(routes.trails.size).toBeLessThanOrEqual(1024)
  expect(routes.wanted.size).toBeLessThanOrEqual(64)
  const announcers = [...broadcast.missing.values()].map((missing) => missing.announcers.length)
  expect(announcers.every((length) => length <= 12)).toBe(true)
  const authors = [...broadcast.authors.values()]
  expect(Math.max(0, ...authors.map(({ held }) => held.size))).toBeLessThanOrEqual(1024)
  expectWithin(
    authors.flatMap(({ lazy }) => [...(lazy ?? [])]),
    linked,
  )
  expectWithin(active, linked)
  expectWithin(membership.pings.keys(), active)
  expectWithin(broadcast.lazy, linked)
  expectWithin(broadcast.waiting.keys(), active)
  expectWithin(routes.budgets.keys(), linked)
  expect(presence.doubted.size).toBeLessThanOrEqual(512)
  expect(presence.suspected.size).toBeLessThanOrEqual(512)
}

function expectWithin(some: Iterable<PeerId>, all: { has(peer: PeerId): boolean }): void {
  expect([...some].filter((peer) => !all.has(peer))).toEqual([])
}

describe('whatever happens, in whatever order', () => {
  it('nothing throws, and all that is remembered is bounded', () => {
    fc.assert(
      fc.property(fc.nat(), steps, (seed, taken) => {
        const peer = new TestPeer(seed)
        let looks = 0
        run(peer, taken, () => {
          if (++looks % 16 === 0) expectBounded(peer.state)
        })
        expectBounded(peer.state)
      }),
      { numRuns: 120 },
    )
  })

  it('D2, D7: no publication is handed on twice, and those of an author come in its order', () => {
    fc.assert(
      fc.property(fc.nat(), steps, (seed, taken) => {
        const peer = new TestPeer(seed)
        const latest = new Map<PeerId, readonly [number, number]>()
        run(peer, taken, (effects) => {
          for (const { publication: heard } of effectsOf(effects, 'deliver')) {
            const { author, epoch, sequence } = heard
            const [lastEpoch, lastSequence] = latest.get(author) ?? [-1, -1]
            expect(epoch).toBeGreaterThanOrEqual(lastEpoch)
            if (epoch === lastEpoch) expect(sequence).toBeGreaterThan(lastSequence)
            expect(author).not.toBe(OWN)
            latest.set(author, [epoch, sequence])
          }
        })
      }),
      { numRuns: 120 },
    )
  })

  it('nobody is dialled who is linked or being dialled, and nothing is sent to who is not linked', () => {
    fc.assert(
      fc.property(fc.nat(), steps, (seed, taken) => {
        const peer = new TestPeer(seed)
        run(peer, taken, (effects) => {
          const { linked } = peer.state.membership
          for (const { to } of effectsOf(effects, 'send')) expect(MEMBERS).toContain(to)
          for (const effect of effectsOf(effects, 'dial')) expect(effect.peer).not.toBe(OWN)
          expectWithin(
            [...peer.state.membership.dialling.keys()].filter((dialled) => linked.has(dialled)),
            new Set(),
          )
        })
      }),
      { numRuns: 120 },
    )
  })
})

describe('a flood of', () => {
  const [friend, attacker] = MEMBERS as [PeerId, PeerId]
  const settled = () => {
    const peer = new TestPeer()
    peer.befriend([friend, attacker], { size: 100 })
    peer.wait(1000)
    return peer
  }
  const floods: readonly (readonly [string, (peer: TestPeer, index: number) => unknown])[] = [
    ['authors', (peer, index) => peer.publication(attacker, publicationBy(numbered(1, `a${index}`)[0] ?? friend, 0))],
    ['peers that say that they are here', (peer, index) => peer.populate(attacker, numbered(1, `b${index}`))],
    ['publications out of order', (peer, index) => peer.publication(attacker, publicationBy(friend, 2 * index + 5))],
    [
      'shuffles',
      (peer, index) =>
        peer.receive(attacker, { type: 'shuffle', peer: friend, hops: 3, peers: numbered(32, `c${index}`) }),
    ],
    [
      'walks',
      (peer, index) => {
        const [needy = friend] = numbered(1, `d${index}`)
        return peer.receive(attacker, { type: 'seek', peer: needy, hops: 6, isNeedy: true })
      },
    ],
    [
      'word of what is not there',
      (peer, index) => {
        const author = numbered(1, `e${index}`)[0] ?? friend
        return peer.receive(attacker, {
          type: 'have',
          ranges: [{ author, epoch: 1, first: 0, last: 1023, age: 0, size: 0 }],
        })
      },
    ],
    [
      'rosters',
      (peer, index) => {
        const entries = numbered(100, `f${index}`).map((author) => ({ author, epoch: 1, sequence: 1 }))
        return peer.receive(attacker, { type: 'roster', entries })
      },
    ],
    [
      'prunes',
      (peer, index) => {
        peer.publication(friend, publicationBy(friend, index))
        return peer.receive(attacker, { type: 'prune', author: index % 2 === 0 ? null : friend })
      },
    ],
    [
      'ways',
      (peer, index) => {
        const [from = friend] = numbered(1, `g${index}`)
        return peer.receive(attacker, { type: 'routed', to: OWN, from, hops: 0, body: { kind: 'here' } })
      },
    ],
  ]

  it.each(floods)('%s fills no memory, and what a friend says is still heard', (_, flood) => {
    const peer = settled()
    for (let index = 0; index < 2000; index++) {
      flood(peer, index)
      if (index % 100 === 0) peer.wait(250)
    }
    expectBounded(peer.state)
    const effects = peer.publication(friend, publicationBy(MEMBERS[5] ?? friend, 0))
    expect(effectsOf(effects, 'deliver')).toHaveLength(1)
  })
})
