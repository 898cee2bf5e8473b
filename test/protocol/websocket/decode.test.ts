import { describe, expect, it } from 'vitest'
import { decode } from '../../../protocol/websocket/decode.ts'
import { announceBy, answerBy, dialBy, offerIdOf, offersOf, peerIdOf, SWARM } from '../../support/core.ts'

const json = (value: unknown): string => JSON.stringify(value)
const announce = (fields: object = {}) => json(announceBy('alice', fields))
const answer = (fields: object = {}) => json(answerBy('bob', 'alice', 'one', fields))
const dial = (fields: object = {}) => json(dialBy('bob', 'alice', 'one', fields))
const announced = { kind: 'announce', infoHash: SWARM, peerId: peerIdOf('alice'), event: 'none', left: 100 }
const malformed = (infoHash: string | null = SWARM, action = 'announce') => ({
  kind: 'malformed',
  action,
  infoHash,
  reason: expect.stringMatching(/./) as string,
})

describe('announces', () => {
  it('M1: an announce', () => {
    expect(decode(announce())).toEqual({ ...announced, numwant: 0, offers: [], key: null, rendezvous: null })
  })

  it.each(['', 'null', '5', '"announce"', '[]', '[{}]', 'true', '{', '{"action":"announce"} {}'])(
    'M1: refuses %s',
    (text) => {
      expect(decode(text)).toEqual(malformed(null))
    },
  )

  it.each([undefined, null, 'ANNOUNCE', 'connect', 5, ['announce'], {}])('M1: refuses the action %j', (action) => {
    expect(decode(announce({ action }))).toEqual(malformed())
  })

  it.each(['info_hash', 'peer_id'])('M2: %s must have exactly 20 characters, none above U+00FF', (name) => {
    const infoHash = name === 'info_hash' ? null : SWARM
    for (const wrong of [
      'a'.repeat(19),
      'a'.repeat(21),
      `${'a'.repeat(19)}\u0100`,
      `${'a'.repeat(20)}\n`,
      '',
      5,
      null,
    ]) {
      expect(decode(announce({ [name]: wrong }))).toEqual(malformed(infoHash))
    }
    expect(decode(announce({ [name]: '\u00ff\u0000'.repeat(10) }))).toMatchObject({ kind: 'announce' })
  })

  it.each(['started', 'stopped', 'completed', 'paused'])('M3: the event %s', (event) => {
    expect(decode(announce({ event }))).toMatchObject({ kind: 'announce', event })
  })

  it.each([undefined, null, '', 'update', 'empty'])('M3: %j is no event', (event) => {
    expect(decode(announce({ event }))).toMatchObject({ kind: 'announce', event: 'none' })
  })

  it.each(['Started', ' ', 'none', 0, false, [], {}, ['started']])('M3: refuses the event %j', (event) => {
    expect(decode(announce({ event }))).toEqual(malformed())
  })

  it.each([0, 1, 2 ** 63])('M4: the left %d', (left) => {
    expect(decode(announce({ left }))).toMatchObject({ kind: 'announce', left })
  })

  it('M4: absent or null means unknown', () => {
    expect(decode(announce({ left: null }))).toMatchObject({ left: null })
    expect(decode(announce({ left: undefined }))).toMatchObject({ left: null })
  })

  it.each([-1, '5', '', false, [], {}])('M4: refuses the left %j', (left) => {
    expect(decode(announce({ left }))).toEqual(malformed())
  })

  it.each([
    [0, 0],
    [1, 1],
    [3, 2],
    [2 ** 63, 2],
    [-1, 2],
    [null, 2],
    [undefined, 2],
  ])('M5: of two offers the numwant %s means %i', (numwant, expected) => {
    expect(decode(announce({ numwant, offers: offersOf('one', 'two') }))).toMatchObject({ numwant: expected })
  })

  it.each([1.5, '5', true, [], {}])('M5: refuses the numwant %j', (numwant) => {
    expect(decode(announce({ numwant }))).toEqual(malformed())
  })

  it.each([
    { type: 'offer', sdp: 'v=0' },
    { sdp: '' },
    { sdp: 'v=0', type: 5, more: [null, { deep: true }] },
    { sdp: '\ud800"\\' },
    'a bare string',
    '',
  ])('M6: the offer %j is relayed as it came', (offer) => {
    const message = decode(announce({ offers: [{ offer_id: offerIdOf('one'), offer, more: 1 }] }))
    const [relayed] = message.kind === 'announce' ? message.offers : []
    expect(relayed?.id).toBe(offerIdOf('one'))
    expect(JSON.parse(relayed?.description ?? '')).toStrictEqual(offer)
  })

  it.each([{}, { sdp: null }, { sdp: 5 }, { SDP: 'v=0' }, [], ['v=0'], null, 5, true, undefined])(
    'M6: refuses the offer %j',
    (offer) => {
      expect(decode(announce({ offers: [{ offer, offer_id: offerIdOf('one') }] }))).toEqual(malformed())
    },
  )

  it.each([{}, 'v=0', 5, true, [null], [[]], ['v=0'], [{}]])('M6: refuses the offers %j', (offers) => {
    expect(decode(announce({ offers }))).toEqual(malformed())
  })

  it('M9: of a repeated key the last counts', () => {
    const repeated = announce({ offers: offersOf('one') })
    expect(decode(repeated.replace(/\}$/, ',"left":0}'))).toMatchObject({ left: 0 })
    expect(decode(repeated.replace(/\}$/, ',"offers":[]}'))).toMatchObject({ offers: [] })
    expect(decode(repeated.replace(/\}$/, String.raw`,"\u006fffers":[]}`))).toMatchObject({ offers: [] })
    expect(decode(repeated.replace('{', '{"offers":5,"action":"scrape",'))).toMatchObject({ offers: [{}] })
  })

  it('M9: an unknown key is ignored, __proto__ too', () => {
    const text = announce({ unknown: { offers: [5] }, trackerid: null })
    expect(decode(text.replace('{', '{"__proto__":{"key":5,"event":5,"answer":5},'))).toEqual({
      ...announced,
      numwant: 0,
      offers: [],
      key: null,
      rendezvous: null,
    })
  })

  it('M9: a key is a string of at most 64 characters', () => {
    expect(decode(announce({ key: 'k'.repeat(64) }))).toMatchObject({ key: 'k'.repeat(64) })
    expect(decode(announce({ key: '' }))).toMatchObject({ key: '' })
    for (const key of ['k'.repeat(65), 5, {}, [], true]) expect(decode(announce({ key }))).toEqual(malformed())
  })
})

describe('answers and scrapes', () => {
  it('M7: an answer', () => {
    expect(decode(answer())).toEqual({
      kind: 'answer',
      infoHash: SWARM,
      peerId: peerIdOf('bob'),
      toPeerId: peerIdOf('alice'),
      offerId: offerIdOf('one'),
      description: '{"type":"answer","sdp":"sdp of bob"}',
    })
    expect(decode(answer({ answer: 'v=0' }))).toMatchObject({ kind: 'answer', description: '"v=0"' })
  })

  it.each(['to_peer_id', 'offer_id', 'peer_id'])('M7: an answer needs %s', (name) => {
    for (const wrong of [undefined, null, 5, 'a'.repeat(19), 'a'.repeat(21), '\u0100'.padEnd(20)]) {
      expect(decode(answer({ [name]: wrong }))).toEqual(malformed())
    }
  })

  it.each([{}, { sdp: 5 }, [], 5, true, null])('M7: refuses the answer %j', (description) => {
    expect(decode(answer({ answer: description }))).toEqual(malformed())
  })

  it('M8: a scrape of an id, of several, of all', () => {
    expect(decode(json({ action: 'scrape', info_hash: SWARM }))).toEqual({ kind: 'scrape', infoHashes: [SWARM] })
    expect(decode(json({ action: 'scrape', info_hash: [SWARM, SWARM] }))).toEqual({
      kind: 'scrape',
      infoHashes: [SWARM, SWARM],
    })
    expect(decode(json({ action: 'scrape' }))).toEqual({ kind: 'scrape', infoHashes: 'all' })
  })

  it.each([5, {}, '', 'a'.repeat(19), [5], [[SWARM]], [null]])('M8: refuses a scrape of %j', (infoHash) => {
    expect(decode(json({ action: 'scrape', info_hash: infoHash }))).toEqual(malformed(null, 'scrape'))
  })
})

describe('rendezvous and dials', () => {
  it.each([
    [0, 0],
    [7, 7],
    [2 ** 63, 2 ** 63],
    [-1, Infinity],
    [null, Infinity],
    [undefined, Infinity],
  ])('R1: a rendezvous with numwant %s wants %d peers, however many offers it brings', (numwant, wanted) => {
    const offers = offersOf('one', 'two')
    expect(decode(announce({ rendezvous: 1, numwant }))).toMatchObject({ numwant: 0, rendezvous: wanted })
    expect(decode(announce({ rendezvous: 1, numwant, offers }))).toMatchObject({
      numwant: Math.min(wanted, 2),
      rendezvous: wanted,
    })
  })

  it('R1: a rendezvous has a whole number of numwant as well', () => {
    expect(decode(announce({ rendezvous: 1, numwant: 1.5 }))).toEqual(malformed())
  })

  it.each([undefined, null, 0, -1, 2, 1.5, true, '1', [1], {}])('R2: the rendezvous %j is ignored', (rendezvous) => {
    expect(decode(announce({ rendezvous, numwant: 5 }))).toEqual({
      ...announced,
      numwant: 0,
      offers: [],
      key: null,
      rendezvous: null,
    })
  })

  it('R3: a dial', () => {
    expect(decode(dial())).toEqual({
      kind: 'dial',
      infoHash: SWARM,
      peerId: peerIdOf('bob'),
      toPeerId: peerIdOf('alice'),
      offerId: offerIdOf('one'),
      description: '{"type":"offer","sdp":"sdp of bob"}',
    })
    expect(decode(dial({ offer: 'v=0' }))).toMatchObject({ kind: 'dial', description: '"v=0"' })
  })

  it('R3: what has an answer is an answer, and what has no offer is an announce', () => {
    expect(decode(dial({ answer: 'v=0' }))).toMatchObject({ kind: 'answer', description: '"v=0"' })
    for (const offer of [undefined, null]) expect(decode(dial({ offer }))).toMatchObject({ kind: 'announce' })
  })

  it.each(['to_peer_id', 'offer_id', 'peer_id', 'info_hash'])('R3: a dial needs %s', (name) => {
    for (const wrong of [undefined, null, 5, 'a'.repeat(19), 'a'.repeat(21), '\u0100'.padEnd(20)]) {
      expect(decode(dial({ [name]: wrong }))).toMatchObject(malformed(name === 'info_hash' ? null : SWARM))
    }
  })

  it.each([{}, { sdp: 5 }, [], 5, true])('R4: a refused dial to whom the offer is %j says which it was', (offer) => {
    const named = { toPeerId: peerIdOf('alice'), offerId: offerIdOf('one') }
    expect(decode(dial({ offer }))).toEqual({ ...malformed(), dial: named })
    expect(decode(dial({ offer, to_peer_id: 5 }))).toEqual(malformed())
    expect(decode(dial({ offer, offer_id: 5 }))).toEqual(malformed())
    expect(decode(dial({ offer, action: 'scrape' }))).not.toHaveProperty('dial')
  })
})
