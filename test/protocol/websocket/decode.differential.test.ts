import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../../../protocol/websocket/decode.ts'
import { encodeAnswer, encodeOffer, encodeOfferStart, quote } from '../../../protocol/websocket/encode.ts'
import type { ClientMessage, Malformed } from '../../../protocol/websocket/message.ts'
import { announceBy, answerBy, dialBy, offerIdOf, offersOf } from '../../support/core.ts'
import { announces, ids, type Mutation, mutations, type Reference, referenceDecode, sdps } from './reference.ts'

const json = (value: unknown): string => JSON.stringify(value)
const announce = (fields: object = {}) => json(announceBy('alice', fields))
const answer = () => json(answerBy('bob', 'alice', 'one'))

/** A message in the form of the reference: its JSON parsed, its sentences left out. */
function comparable(message: ClientMessage | Malformed): Reference {
  switch (message.kind) {
    case 'announce':
      return {
        ...message,
        offers: message.offers.map(({ id, idJson, description }) => {
          expect(JSON.parse(idJson)).toBe(id)
          return { id, description: JSON.parse(description) as unknown }
        }),
      }
    case 'answer':
    case 'dial':
      return { ...message, description: JSON.parse(message.description) as unknown }
    case 'scrape':
      return message
    case 'malformed': {
      const { kind, action, infoHash, dial } = message
      return { kind, action, infoHash, dial: dial ?? null }
    }
  }
}

/** What would be relayed of the message is JSON that says the same. */
function checkRelayed(message: ClientMessage | Malformed): void {
  if (message.kind === 'announce') {
    const { infoHash, peerId } = message
    for (const offer of message.offers) {
      const relayed: unknown = JSON.parse(encodeOffer(encodeOfferStart(quote(infoHash), quote(peerId)), offer))
      const description: unknown = JSON.parse(offer.description)
      expect(relayed).toStrictEqual({
        action: 'announce',
        info_hash: infoHash,
        peer_id: peerId,
        offer: description,
        offer_id: offer.id,
      })
    }
  }
  if (message.kind === 'answer') {
    const { infoHash, peerId, offerId } = message
    const description: unknown = JSON.parse(message.description)
    expect(JSON.parse(encodeAnswer(quote(infoHash), quote(peerId), message))).toStrictEqual({
      action: 'announce',
      info_hash: infoHash,
      peer_id: peerId,
      answer: description,
      offer_id: offerId,
    })
  }
}

function check(text: string): Reference['kind'] {
  const message = decode(text)
  expect(comparable(message)).toStrictEqual(referenceDecode(text))
  checkRelayed(message)
  return message.kind
}

const mutate = (text: string, changes: readonly Mutation[]) =>
  changes.reduce((changed, change) => change(changed), text)
const changed = fc.array(mutations, { maxLength: 3 })

describe('decode agrees with JSON.parse and the rules', () => {
  it('about announces', () => {
    const kinds = new Set<string>()
    fc.assert(
      fc.property(announces, changed, (fields, changes) => {
        kinds.add(check(mutate(json(fields), changes)))
      }),
      { numRuns: 4000 },
    )
    expect([...kinds]).toEqual(expect.arrayContaining(['announce', 'malformed']))
  })

  it.each([
    ['answer', 'answer'],
    ['offer', 'dial'],
  ])('about a message with an %s: an %s', (member, kind) => {
    const signals = fc.record({
      action: fc.constant('announce'),
      info_hash: ids,
      peer_id: ids,
      to_peer_id: ids,
      [member]: fc.oneof(sdps, fc.record({ type: fc.constant(member), sdp: sdps }, { noNullPrototype: true })),
      offer_id: ids,
    })
    const kinds = new Set<string>()
    fc.assert(
      fc.property(signals, changed, (fields, changes) => {
        kinds.add(check(mutate(json(fields), changes)))
      }),
      { numRuns: 2000 },
    )
    expect([...kinds]).toEqual(expect.arrayContaining([kind, 'malformed']))
  })

  it('about scrapes', () => {
    const scrapes = fc.record({ action: fc.constant('scrape'), info_hash: fc.oneof(ids, fc.array(ids)) })
    fc.assert(
      fc.property(scrapes, changed, (fields, changes) => {
        check(mutate(json(fields), changes))
      }),
      { numRuns: 2000 },
    )
  })

  it('about fields of any kind', () => {
    const anything = fc.jsonValue({ maxDepth: 2 })
    const names = ['event', 'left', 'numwant', 'key', 'offers', 'answer', 'to_peer_id', 'offer_id', 'info_hash']
    const more = ['offer', 'rendezvous']
    const bases = [announceBy('alice', { offers: offersOf('one'), rendezvous: 1 }), dialBy('alice', 'bob', 'one')]
    fc.assert(
      fc.property(
        ...([fc.constantFrom(...names, ...more), anything, fc.boolean(), fc.constantFrom(...bases)] as const),
        (name, value, scrape, base) => {
          const fields = { ...base, [name]: value }
          check(json(scrape ? { ...fields, action: 'scrape' } : fields))
        },
      ),
      { numRuns: 4000 },
    )
  })

  it('about any JSON and any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })), (text) => {
        check(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws, however deep or long the text', () => {
    const offer = (fields: string) => announce({ offers: offersOf('one') }).replace('"sdp":', `${fields},"sdp":`)
    const depth = 100_000
    for (const text of [
      '['.repeat(depth),
      '['.repeat(depth) + ']'.repeat(depth),
      '{"a":'.repeat(depth) + '1' + '}'.repeat(depth),
      offer(`"x":${'['.repeat(depth)}${']'.repeat(depth)}`),
      offer(`"1":1,"x":${'['.repeat(depth)}${']'.repeat(depth)}`),
      answer().replace('"sdp":', `"x":${'['.repeat(depth)}${']'.repeat(depth)},"sdp":`),
      announce({ offers: [{ offer: { type: 'offer', sdp: '\n'.repeat(130_000) }, offer_id: offerIdOf('one') }] }),
    ]) {
      expect(() => decode(text)).not.toThrow()
    }
  })

  it('never throws at the longest message that an operator may allow', () => {
    const sdp = '\n'.repeat(33_554_432 / 2 - 500)
    const text = announce({ offers: [{ offer: { type: 'offer', sdp }, offer_id: offerIdOf('one') }] })
    expect(() => decode(text)).not.toThrow()
  })
})
