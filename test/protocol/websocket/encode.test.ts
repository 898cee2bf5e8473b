import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decode } from '../../../protocol/websocket/decode.ts'
import {
  encodeAnnounceReply,
  encodeAnswer,
  encodeFailure,
  encodeOffer,
  encodeOfferStart,
  encodeScrapeReply,
  quote,
} from '../../../protocol/websocket/encode.ts'
import { refusal } from '../../../protocol/refusal.ts'
import { announceBy, answerBy, infoHashOf, offersOf, OTHER_SWARM, peerIdOf, SWARM } from '../../support/core.ts'
import { ids } from './reference.ts'

it('A1: an announce reply', () => {
  expect(encodeAnnounceReply(quote(SWARM), 120, 3, 4)).toBe(
    '{"action":"announce","info_hash":"swarm...............","interval":120,"complete":3,"incomplete":4}',
  )
})

it('A6: a relayed offer', () => {
  const message = decode(JSON.stringify(announceBy('alice', { offers: offersOf('one') })))
  const [offer] = message.kind === 'announce' ? message.offers : []
  expect(offer && encodeOffer(encodeOfferStart(quote(SWARM), quote(peerIdOf('alice'))), offer)).toBe(
    '{"action":"announce","info_hash":"swarm...............","peer_id":"alice...............",' +
      '"offer":{"type":"offer","sdp":"sdp of one"},"offer_id":"one................."}',
  )
})

it('B1: a relayed answer has no to_peer_id', () => {
  const message = decode(JSON.stringify(answerBy('bob', 'alice', 'one')))
  expect(message.kind === 'answer' && encodeAnswer(quote(SWARM), quote(peerIdOf('bob')), message)).toBe(
    '{"action":"announce","info_hash":"swarm...............","peer_id":"bob.................",' +
      '"answer":{"type":"answer","sdp":"sdp of bob"},"offer_id":"one................."}',
  )
})

it('C1: a scrape reply', () => {
  const counts = { complete: 1, incomplete: 2, downloaders: 1, downloaded: 3 }
  const none = { complete: 0, incomplete: 0, downloaders: 0, downloaded: 0 }
  const files = [[SWARM, counts] as const, [OTHER_SWARM, none] as const]
  expect(encodeScrapeReply(files)).toBe(
    '{"action":"scrape","files":{"swarm...............":{"complete":1,"incomplete":2,"downloaded":3},' +
      '"other swarm.........":{"complete":0,"incomplete":0,"downloaded":0}}}',
  )
  expect(encodeScrapeReply([])).toBe('{"action":"scrape","files":{}}')
})

it('C1: a scrape reply names any info hash right', () => {
  fc.assert(
    fc.property(fc.uniqueArray(ids), (names) => {
      const files = names.map((name, complete) => [infoHashOf(name), { ...zeros, complete }] as const)
      const expected = new Map(names.map((name, complete) => [name, { complete, incomplete: 0, downloaded: 0 }]))
      const { files: parsed } = JSON.parse(encodeScrapeReply(files)) as { files: object }
      expect(new Map(Object.entries(parsed))).toEqual(expected)
    }),
  )
})

const zeros = { complete: 0, incomplete: 0, downloaders: 0, downloaded: 0 }

it('F1: a failure has action, info_hash and failure reason', () => {
  expect(encodeFailure('announce', SWARM, refusal('malformed', 'no "good"'))).toBe(
    '{"action":"announce","info_hash":"swarm...............","failure reason":"no \\"good\\""}',
  )
  expect(encodeFailure('scrape', null, refusal('forbidden', 'no'))).toBe(
    '{"action":"scrape","info_hash":"","failure reason":"no"}',
  )
})

it.each([
  [0, 1],
  [1, 1],
  [60, 1],
  [61, 2],
  [1800, 30],
])('F1: %i seconds are a retry in of %i minutes', (seconds, minutes) => {
  expect(JSON.parse(encodeFailure('announce', null, refusal('full', 'full', seconds)))).toEqual({
    action: 'announce',
    info_hash: '',
    'failure reason': 'full',
    'retry in': minutes,
  })
})
