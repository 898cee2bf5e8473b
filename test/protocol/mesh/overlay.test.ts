import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../protocol/ids.ts'
import {
  decodeOverlay,
  encodeOverlay,
  MAX_HOPS,
  MAX_NAMED,
  MAX_IN_RANGES,
  MAX_RANGE,
  MAX_RANGES,
  type OverlayMessage,
} from '../../../protocol/mesh/overlay.ts'
import {
  MAX_DATA,
  MAX_TOPIC,
  type Publication,
  publicationFields,
  statementBytes,
} from '../../../protocol/mesh/publication.ts'
import { encodeValue } from '../../../protocol/mesh/value.ts'
import { offerIdOf, OTHER_SWARM, peerIdOf, SWARM } from '../../support/core.ts'

const [one, other, third] = ['one', 'other', 'third'].map(peerIdOf) as [PeerId, PeerId, PeerId]
const bytes = (length: number, fill = 7) => new Uint8Array(length).fill(fill)

const publication: Publication = {
  author: one,
  publicKey: bytes(32, 1),
  signature: bytes(64, 2),
  epoch: 1_760_000_000_000,
  sequence: 3,
  kind: 'topic',
  topic: 'chat',
  data: bytes(5, 3),
}
const range = { author: one, epoch: 5, first: 2, last: 4 }

const routed = (body: Extract<OverlayMessage, { type: 'routed' }>['body']): OverlayMessage => ({
  type: 'routed',
  to: one,
  from: other,
  hops: 3,
  body,
})
const signal = (kind: 'offer' | 'answer' | 'candidate') =>
  routed({ kind: 'signal', signal: { kind, id: offerIdOf('o'), sdp: 'v=0' } })

const messages: readonly (readonly [string, OverlayMessage])[] = [
  ['O2: neighbour', { type: 'neighbour', isNeedy: true, isNew: false, level: 3, size: 900, peers: [one, other] }],
  ['O2: decline', { type: 'decline' }],
  ['O3: seek', { type: 'seek', peer: one, hops: 0, isNeedy: false }],
  ['O4: shuffle', { type: 'shuffle', peer: one, hops: MAX_HOPS, peers: [other, third] }],
  ['O4: the answer to a shuffle', routed({ kind: 'peers', peers: [one] })],
  ['O6: an offer', signal('offer')],
  ['O6: an answer', signal('answer')],
  ['O6: a candidate', signal('candidate')],
  ['O7: lost', routed({ kind: 'lost', peer: third, id: offerIdOf('o') })],
  ['O8: here', routed({ kind: 'here' })],
  ['D3: have', { type: 'have', ranges: [{ ...range, age: 70, size: 0 }] }],
  ['D4: want', { type: 'want', ranges: [range, { ...range, author: other }] }],
  ['D5: graft', { type: 'graft', author: one }],
  ['D5: prune', { type: 'prune', author: null }],
  ['W1: roster', { type: 'roster', entries: [{ author: one, epoch: 5, sequence: 0 }] }],
]

describe('messages of the overlay', () => {
  it.each(messages)('%s comes back as it was', (_, message) => {
    expect(decodeOverlay(encodeOverlay(message))).toEqual(message)
  })

  it('D1: so does a publication, but for its author, who follows from the key', () => {
    const { author, ...rest } = publication
    expect(author).toBe(one)
    expect(decodeOverlay(encodeOverlay({ type: 'publication', publication }))).toEqual({
      type: 'publication',
      publication: rest,
    })
  })

  it('O1, O6: another type, and something else that is routed, are for a later version', () => {
    expect(decodeOverlay(encodeValue({ type: 'dance' }))).toBe('unknown')
    expect(decodeOverlay(encodeValue({ type: 4 }))).toBe('unknown')
    expect(decodeOverlay(encodeValue({ ...routed({ kind: 'here' }), body: { kind: 'dance' } }))).toBe('unknown')
  })
})

describe('O1: what is malformed is told from what is unknown', () => {
  const fields = publicationFields(publication)
  const neighbour = { type: 'neighbour', isNeedy: true, isNew: false, level: 0, size: 2, peers: [] }
  const way = { type: 'routed', to: one, from: other, hops: 0, body: { kind: 'here' } }
  const offer = { kind: 'offer', id: offerIdOf('o'), sdp: 'v=0' }
  it.each([
    ['a text', 'neighbour'],
    ['an array', [neighbour]],
    ['a Map', new Map([['type', 'decline']])],
    ['a size that is no count', { ...neighbour, size: 1.5 }],
    ['a level below zero', { ...neighbour, level: -1 }],
    ['a level of more peers than there can be', { ...neighbour, level: 25 }],
    ['a walk for nobody', { type: 'seek', hops: 0 }],
    ['a walk for a short id', { type: 'shuffle', peer: 'short', hops: 0, peers: [] }],
    ['a walk that has gone too far', { type: 'seek', peer: one, hops: MAX_HOPS + 1 }],
    ['something routed to nobody', { ...way, to: null }],
    ['something routed from nobody', { ...way, from: 'x'.repeat(19) }],
    ['something routed that has gone too far', { ...way, hops: MAX_HOPS + 1 }],
    ['nothing, routed', { ...way, body: null }],
    ['a loss of nobody', { ...way, body: { kind: 'lost' } }],
    ['a signal that is none', { ...way, body: { kind: 'signal', signal: 'offer' } }],
    ['a signal of another kind', { ...way, body: { kind: 'signal', signal: { ...offer, kind: 'dance' } } }],
    ['a signal without an id', { ...way, body: { kind: 'signal', signal: { ...offer, id: 'x' } } }],
    ['an endless SDP', { ...way, body: { kind: 'signal', signal: { ...offer, sdp: 'x'.repeat(40_000) } } }],
    ['a graft of no author', { type: 'graft' }],
    ['a prune of a short id', { type: 'prune', author: 'short' }],
    ['no publication', { type: 'publication' }],
    ['a short key', { type: 'publication', publication: { ...fields, publicKey: bytes(31) } }],
    ['a short signature', { type: 'publication', publication: { ...fields, signature: bytes(63) } }],
    ['an epoch that is no count', { type: 'publication', publication: { ...fields, epoch: -1 } }],
    ['a sequence that is no count', { type: 'publication', publication: { ...fields, sequence: 2 ** 53 } }],
    ['a long kind', { type: 'publication', publication: { ...fields, kind: 'x'.repeat(17) } }],
    ['a long topic', { type: 'publication', publication: { ...fields, topic: 'x'.repeat(MAX_TOPIC + 1) } }],
    ['data that is no bytes', { type: 'publication', publication: { ...fields, data: 'x' } }],
    ['long data', { type: 'publication', publication: { ...fields, data: bytes(MAX_DATA + 1) } }],
  ])('%s', (_, value) => {
    expect(decodeOverlay(encodeValue(value))).toBeNull()
  })

  it('bytes that are no value', () => {
    expect(decodeOverlay(new Uint8Array())).toBeNull()
    expect(decodeOverlay(Uint8Array.of(255))).toBeNull()
  })
})

describe('of a list that is too long, or has items that do not fit, the rest is left out', () => {
  const decoded = (value: unknown) => decodeOverlay(encodeValue(value))

  it('O2, O4: peers', () => {
    const many = Array.from({ length: 3 * MAX_NAMED }, (_, index) => peerIdOf(`peer ${index}`))
    const peers = [1, 'short', ...many]
    const neighbour = decoded({ type: 'neighbour', level: 0, size: 2, peers })
    expect(neighbour).toMatchObject({ isNeedy: false, isNew: false, peers: many.slice(0, MAX_NAMED - 2) })
    expect(decoded({ type: 'shuffle', peer: one, hops: 0, peers })).toMatchObject({
      peers: many.slice(0, MAX_NAMED - 2),
    })
    expect(decoded({ type: 'shuffle', peer: one, hops: 0 })).toMatchObject({ peers: [] })
  })

  it('D3, D4: ranges', () => {
    const have = { ...range, age: 1, size: 0 }
    const wrong = [
      { ...have, first: 5 },
      { ...have, last: have.first + MAX_RANGE },
      { ...have, epoch: -1 },
      { ...have, author: 'x' },
      null,
    ]
    const longest = { ...have, last: have.first + MAX_RANGE - 1 }
    for (const type of ['have', 'want']) {
      expect(decoded({ type, ranges: [...wrong, longest] })).toEqual({ type, ranges: [longest] })
      const many = Array.from({ length: MAX_RANGES + 10 }, () => have)
      expect(decoded({ type, ranges: many })).toHaveProperty('ranges.length', MAX_RANGES)
      const long = Array.from({ length: 10 }, () => longest)
      expect(decoded({ type, ranges: long })).toHaveProperty('ranges.length', MAX_IN_RANGES / MAX_RANGE)
      expect(decoded({ type })).toEqual({ type, ranges: [] })
    }
    expect(decoded({ type: 'have', ranges: [range, { ...have, age: -1 }, { ...have, size: 0.5 }] })).toEqual({
      type: 'have',
      ranges: [],
    })
  })

  it('W1: a roster’s entries', () => {
    const entry = { author: one, epoch: 5, sequence: 0 }
    const wrong = [{ ...entry, author: null }, { ...entry, sequence: -1 }, 'x']
    expect(decoded({ type: 'roster', entries: [...wrong, entry] })).toEqual({ type: 'roster', entries: [entry] })
    const many = Array.from({ length: MAX_RANGES + 10 }, () => entry)
    expect(decoded({ type: 'roster', entries: many })).toHaveProperty('entries.length', MAX_RANGES)
  })
})

describe('whatever comes', () => {
  const somePeer = fc.oneof(fc.constantFrom(one, other), fc.string({ maxLength: 21 }))
  const count = fc.oneof(fc.nat(), fc.integer(), fc.maxSafeNat(), fc.double())
  /** The members that messages have, well formed or not. */
  const members = {
    type: fc.oneof(fc.constantFrom('routed', 'publication', ...messages.map(([, { type }]) => type)), fc.string()),
    isNeedy: fc.anything(),
    level: count,
    size: count,
    hops: count,
    peer: somePeer,
    to: somePeer,
    from: somePeer,
    author: fc.option(somePeer),
    peers: fc.array(somePeer),
    body: fc.record(
      { kind: fc.constantFrom('signal', 'peers', 'here', 'lost'), peer: somePeer, signal: fc.object() },
      { requiredKeys: [] },
    ),
    publication: fc.oneof(fc.object(), fc.constant(publicationFields(publication))),
    ranges: fc.array(fc.record({ author: somePeer, epoch: count, first: count, last: count, age: count, size: count })),
    entries: fc.array(fc.record({ author: somePeer, epoch: count, sequence: count })),
  }
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.record(members, { requiredKeys: ['type'] }).map((value) => {
      try {
        return encodeValue(value)
      } catch {
        // Not everything that fast-check makes can be sent.
        return new Uint8Array()
      }
    }),
  )

  it('reading it never throws, and what is read can be passed on as it is', () => {
    fc.assert(
      fc.property(anything, (input) => {
        const message = decodeOverlay(input)
        if (message === null || message === 'unknown' || message.type === 'publication') return
        expect(decodeOverlay(encodeOverlay(message))).toEqual(message)
      }),
      { numRuns: 2000 },
    )
  })

  it('a change of one byte makes it another message, or none', () => {
    const encoded = messages.map(([, message]) => encodeOverlay(message))
    fc.assert(
      fc.property(fc.constantFrom(...encoded), fc.nat(), fc.nat(255), (sent, at, byte) => {
        const changed = Uint8Array.from(sent)
        changed[at % changed.length] = byte
        expect(() => decodeOverlay(changed)).not.toThrow()
      }),
      { numRuns: 2000 },
    )
  })
})

describe('D1: what is signed', () => {
  it('names the swarm and everything of a publication but its key', () => {
    const changes: Partial<Publication>[] = [
      {},
      { epoch: 1 },
      { sequence: 4 },
      { kind: 'presence' },
      { topic: 'chat2' },
      { data: bytes(5, 4) },
      // Where one member ends and the next begins is signed too.
      { kind: 'topicc', topic: 'hat' },
    ]
    const signed = [
      ...changes.map((change) => statementBytes(SWARM, { ...publication, ...change })),
      statementBytes(OTHER_SWARM, publication),
    ].map((statement) => Buffer.from(statement).toString('hex'))
    expect(new Set(signed).size).toBe(signed.length)
  })
})
