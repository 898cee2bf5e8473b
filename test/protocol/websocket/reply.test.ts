import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AnnounceEvent } from '../../../protocol/announce.ts'
import { isInfoHash, isOfferId, isPeerId } from '../../../protocol/ids.ts'
import { refusal } from '../../../protocol/refusal.ts'
import { decode } from '../../../protocol/websocket/decode.ts'
import {
  encodeAnnounceReply,
  encodeAnswer,
  encodeFailure,
  encodeOffer,
  encodeOfferStart,
  encodeRendezvousReply,
  encodeScrapeReply,
  quote,
} from '../../../protocol/websocket/encode.ts'
import { cutOffers } from '../../../protocol/websocket/offers.ts'
import {
  decodeTrackerMessage,
  encodeAnnounce,
  encodeAnswerTo,
  encodeDial,
  type TrackerMessage,
} from '../../../protocol/websocket/reply.ts'
import { infoHashOf, offerIdOf, peerIdOf, SWARM } from '../../support/core.ts'
import { ids, sdps } from './reference.ts'

const infoHashes = ids.filter(isInfoHash)
const peerIds = ids.filter(isPeerId)
const offerIds = ids.filter(isOfferId)

const read = (message: unknown): TrackerMessage | null => decodeTrackerMessage(JSON.stringify(message))
const reply = (fields: object = {}) => ({ action: 'announce', info_hash: SWARM, interval: 60, ...fields })
const announced = {
  kind: 'announced',
  infoHash: SWARM,
  interval: 60,
  complete: 0,
  incomplete: 0,
  peers: null,
  trackerId: null,
}
const failed = { kind: 'failure', infoHash: SWARM, reason: 'no', retryIn: null, toPeerId: null, offerId: null }

describe('the tracker reads what a client writes', () => {
  it('of an announce', () => {
    const events: AnnounceEvent[] = ['none', 'started', 'stopped', 'completed', 'paused']
    const fields = fc.record({
      infoHash: infoHashes,
      peerId: peerIds,
      event: fc.constantFrom(...events),
      numwant: fc.nat({ max: 200 }),
      offers: fc.array(fc.record({ offerId: offerIds, sdp: sdps }), { maxLength: 5 }),
      rendezvous: fc.boolean(),
      key: fc.option(fc.string({ maxLength: 64 })),
      left: fc.option(fc.nat()),
      trackerId: fc.option(fc.string()),
    })
    fc.assert(
      fc.property(fields, ({ offers, rendezvous, numwant, trackerId, ...rest }) => {
        expect(decode(encodeAnnounce({ offers, rendezvous, numwant, trackerId, ...rest }))).toEqual({
          kind: 'announce',
          ...rest,
          numwant: Math.min(numwant, offers.length),
          rendezvous: rendezvous ? numwant : null,
          offers: offers.map(({ offerId, sdp }) => ({
            id: offerId,
            idJson: expect.any(String) as string,
            description: JSON.stringify({ type: 'offer', sdp }),
          })),
        })
      }),
    )
  })

  it('of a dial and of an answer', () => {
    const fields = fc.record({
      infoHash: infoHashes,
      peerId: peerIds,
      toPeerId: peerIds,
      offerId: offerIds,
      sdp: sdps,
    })
    fc.assert(
      fc.property(fields, ({ sdp, ...rest }) => {
        expect(decode(encodeDial({ sdp, ...rest }))).toEqual({
          kind: 'dial',
          ...rest,
          description: JSON.stringify({ type: 'offer', sdp }),
        })
        expect(decode(encodeAnswerTo({ sdp, ...rest }))).toEqual({
          kind: 'answer',
          ...rest,
          description: JSON.stringify({ type: 'answer', sdp }),
        })
      }),
    )
  })

  it('without parsing the offers', () => {
    const text = encodeAnnounce({
      infoHash: SWARM,
      peerId: peerIdOf('alice'),
      event: 'started',
      numwant: 5,
      offers: [{ offerId: offerIdOf('one'), sdp: 'v=0\r\n' }],
      rendezvous: true,
      key: 'a key of "mine"',
      left: 5,
      trackerId: 'x',
    })
    expect(cutOffers(text)?.offers).toHaveLength(1)
  })

  it('and says nothing of what is not known', () => {
    const text = encodeAnnounce({
      ...{ infoHash: SWARM, peerId: peerIdOf('alice'), event: 'none', numwant: 0, offers: [] },
      ...{ rendezvous: false, key: null, left: null },
    })
    expect(JSON.parse(text)).toStrictEqual({
      action: 'announce',
      info_hash: SWARM,
      peer_id: peerIdOf('alice'),
      numwant: 0,
      offers: [],
    })
  })
})

describe('a client reads what the tracker writes', () => {
  const signal = { infoHash: SWARM, peerId: peerIdOf('alice'), offerId: offerIdOf('one') }
  const [infoHash, alice, bob] = [quote(SWARM), quote(peerIdOf('alice')), quote(peerIdOf('bob'))]

  it('A1: the reply to an announce', () => {
    expect(decodeTrackerMessage(encodeAnnounceReply(infoHash, 60, 2, 3))).toEqual({
      ...announced,
      complete: 2,
      incomplete: 3,
    })
  })

  it('R1: the reply to a rendezvous', () => {
    const text = encodeRendezvousReply(encodeAnnounceReply(infoHash, 60, 0, 0), [alice, bob])
    expect(decodeTrackerMessage(text)).toEqual({ ...announced, peers: [peerIdOf('alice'), peerIdOf('bob')] })
    const none = encodeRendezvousReply(encodeAnnounceReply(infoHash, 60, 0, 0), [])
    expect(decodeTrackerMessage(none)).toEqual({ ...announced, peers: [] })
  })

  it('A6: an offer, whatever its sdp', () => {
    fc.assert(
      fc.property(sdps, fc.boolean(), (sdp, bare) => {
        const offer = JSON.stringify({ offer: bare ? sdp : { type: 'offer', sdp }, offer_id: signal.offerId })
        const text = encodeOfferStart(infoHash, alice).replace(/"offer":$/, offer.slice(1))
        expect(decodeTrackerMessage(text)).toEqual({ kind: 'offer', ...signal, sdp })
      }),
    )
    const dialled = decode(encodeDial({ ...signal, toPeerId: peerIdOf('bob'), sdp: 'v=0' }))
    if (dialled.kind !== 'dial') throw new Error('this is a dial')
    const offer = { id: dialled.offerId, idJson: quote(dialled.offerId), description: dialled.description }
    expect(decodeTrackerMessage(encodeOffer(encodeOfferStart(infoHash, alice), offer))).toEqual({
      kind: 'offer',
      ...signal,
      sdp: 'v=0',
    })
  })

  it('B1: an answer', () => {
    const answer = decode(encodeAnswerTo({ ...signal, toPeerId: peerIdOf('bob'), sdp: 'v=0' }))
    if (answer.kind !== 'answer') throw new Error('this is an answer')
    expect(decodeTrackerMessage(encodeAnswer(infoHash, alice, answer))).toEqual({
      kind: 'answer',
      ...signal,
      sdp: 'v=0',
    })
  })

  it('F1, R4: a failure, and of which dial', () => {
    const dial = { toPeerId: peerIdOf('bob'), offerId: offerIdOf('one') }
    expect(decodeTrackerMessage(encodeFailure('announce', SWARM, refusal('absent', 'no'), dial))).toEqual({
      ...failed,
      ...dial,
    })
    expect(decodeTrackerMessage(encodeFailure('announce', null, refusal('limited', 'no', 90)))).toEqual({
      ...failed,
      infoHash: null,
      retryIn: 120,
    })
  })

  it('C1: nothing of a scrape', () => {
    expect(decodeTrackerMessage(encodeScrapeReply([]))).toBeNull()
    expect(decodeTrackerMessage(encodeFailure('scrape', null, refusal('limited', 'no')))).toBeNull()
  })
})

describe('what other trackers write', () => {
  it.each([
    [undefined, 120],
    [null, 120],
    ['5', 120],
    [0, 1],
    [-5, 1],
    [1.5, 1.5],
    [1e9, 86_400],
  ])('an interval of %s is one of %d seconds', (interval, expected) => {
    expect(read(reply({ interval, complete: 0 }))).toEqual({ ...announced, interval: expected })
  })

  it.each([undefined, null, '5', -1, {}, []])('a count of %j is none', (complete) => {
    expect(read(reply({ complete, incomplete: 2.5 }))).toEqual({ ...announced, incomplete: 2 })
  })

  it('is a reply with a warning, and the warning is dropped', () => {
    expect(read(reply({ 'warning message': 'careful', 'tracker id': 'x' }))).toEqual({ ...announced, trackerId: 'x' })
  })

  it('is a warning, or a failure without action or swarm', () => {
    expect(read({ action: 'announce', info_hash: SWARM, 'warning message': 'careful' })).toEqual({
      kind: 'warning',
      infoHash: SWARM,
      reason: 'careful',
    })
    expect(read({ 'failure reason': 'no' })).toEqual({ ...failed, infoHash: null })
    expect(read({ 'failure reason': 5, info_hash: SWARM })).toMatchObject({ ...failed, reason: /./ })
  })

  it.each([
    [1, 60],
    [0, 0],
    [1e9, 86_400],
    [-1, null],
    ['never', null],
    [{}, null],
  ])('is a failure with a retry in %s', (retryIn, expected) => {
    const message = { action: 'announce', info_hash: SWARM, 'failure reason': 'no', 'retry in': retryIn }
    expect(read(message)).toEqual({ ...failed, retryIn: expected })
  })

  it('R2: is peers of a rendezvous that was none', () => {
    for (const rendezvous of [undefined, null, 0, '1', true]) {
      expect(read(reply({ rendezvous, peers: [peerIdOf('bob')] }))).toEqual(announced)
    }
  })

  it('is bounded', () => {
    const many = Array.from({ length: 1000 }, (_, number) => peerIdOf(`${number}`))
    const wrong = [5, null, 'short', infoHashOf('x') + 'x', {}, peerIdOf('last')]
    expect(read(reply({ rendezvous: 1, peers: many }))).toEqual({ ...announced, peers: many.slice(0, 200) })
    expect(read(reply({ rendezvous: 1, peers: wrong }))).toEqual({ ...announced, peers: [peerIdOf('last')] })
    expect(read(reply({ rendezvous: 1, peers: {} }))).toEqual({ ...announced, peers: [] })
    expect(read(reply({ 'tracker id': 'x'.repeat(501) }))).toEqual(announced)
    expect(read({ 'failure reason': 'x'.repeat(501) })).toMatchObject({ reason: 'x'.repeat(500) })
    expect(read({ 'warning message': 'x'.repeat(501) })).toMatchObject({ reason: 'x'.repeat(500) })
    const offer = { ...reply(), peer_id: peerIdOf('bob'), offer_id: offerIdOf('one') }
    expect(read({ ...offer, offer: 'x'.repeat(262_144) })).toMatchObject({ kind: 'offer' })
    expect(read({ ...offer, offer: 'x'.repeat(262_145) })).toBeNull()
  })

  it('is nothing, and never makes it throw', () => {
    const names = ['info_hash', 'peer_id', 'offer_id', 'offer', 'answer', 'interval', 'rendezvous', 'peers', 'action']
    const more = ['failure reason', 'retry in', 'to_peer_id', 'warning message', 'tracker id', 'complete']
    const value = fc.oneof(ids, fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('announce', 1, { sdp: 'v=0' }))
    const objects = fc.dictionary(fc.constantFrom(...names, ...more), value).map((fields) => JSON.stringify(fields))
    const kinds = new Set<string | undefined>()
    fc.assert(
      fc.property(fc.oneof(objects, fc.json(), fc.string({ unit: 'binary' })), (text) => {
        kinds.add(decodeTrackerMessage(text)?.kind)
      }),
      { numRuns: 3000 },
    )
    expect(kinds).toContain('failure')
    expect(decodeTrackerMessage('['.repeat(100_000) + ']'.repeat(100_000))).toBeNull()
    for (const text of ['', 'pong', 'null', '[]', '{}', '{"action":"announce"}', '{"action":"connect","interval":5}']) {
      expect(decodeTrackerMessage(text)).toBeNull()
    }
  })
})
