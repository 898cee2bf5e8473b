import { describe, expect, it } from 'vitest'
import {
  encodeHttpAnnounceReply,
  encodeHttpFailure,
  encodeHttpScrapeReply,
  type Endpoint,
} from '../../../protocol/http/reply.ts'
import { refusal } from '../../../protocol/refusal.ts'
import { addressOf, infoHashOf, peerIdOf } from '../../support/core.ts'

const fourth: Endpoint = { peerId: peerIdOf('four'), address: addressOf('192.0.2.1'), port: 6881 }
const sixth: Endpoint = { peerId: peerIdOf('six'), address: addressOf('2001:db8::ff'), port: 65_535 }
const mapped: Endpoint = { peerId: peerIdOf('mapped'), address: addressOf('::ffff:10.0.0.255'), port: 1 }

const replyWith = (peers: readonly Endpoint[]) => ({
  interval: 1800,
  minInterval: 60,
  complete: 3,
  incomplete: 4,
  peers,
  externalIp: addressOf('203.0.113.255'),
})

const COUNTS = 'd8:completei3e11:external ip4:\xcb\x00\x71\xff10:incompletei4e8:intervali1800e12:min intervali60e'
const COMPACT = { compact: true, noPeerId: false }

describe('an announce reply', () => {
  it('H8: has interval, min interval, complete, incomplete and external ip', () => {
    expect(encodeHttpAnnounceReply(replyWith([]), COMPACT)).toBe(`${COUNTS}5:peers0:e`)
  })

  it('H8: an external IPv6 address has 16 bytes', () => {
    const reply = { ...replyWith([]), externalIp: addressOf('2001:db8::1') }
    expect(encodeHttpAnnounceReply(reply, COMPACT)).toContain(
      '11:external ip16:\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01',
    )
  })

  it('H5: compact peers are a string, those with IPv6 addresses in peers6', () => {
    expect(encodeHttpAnnounceReply(replyWith([fourth, sixth, mapped]), COMPACT)).toBe(
      `${COUNTS}5:peers12:\xc0\x00\x02\x01\x1a\xe1\x0a\x00\x00\xff\x00\x01` +
        '6:peers618:\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\xff\xff\xffe',
    )
  })

  it('H5: otherwise they are a list of dictionaries', () => {
    expect(encodeHttpAnnounceReply(replyWith([fourth, sixth]), { compact: false, noPeerId: false })).toBe(
      `${COUNTS}5:peersl` +
        'd2:ip9:192.0.2.17:peer id20:four................4:porti6881ee' +
        'd2:ip21:2001:db8:0:0:0:0:0:ff7:peer id20:six.................4:porti65535ee' +
        'ee',
    )
  })

  it('H5: without peer id if no_peer_id is 1', () => {
    expect(encodeHttpAnnounceReply(replyWith([fourth]), { compact: false, noPeerId: true })).toBe(
      `${COUNTS}5:peersld2:ip9:192.0.2.14:porti6881eeee`,
    )
  })
})

describe('a scrape reply', () => {
  it('H11: has files keyed by raw bytes, and flags', () => {
    const files = [
      [infoHashOf('\xff\0'), { complete: 1, incomplete: 3, downloaders: 2, downloaded: 4 }] as const,
      [infoHashOf('\x7f'), { complete: 0, incomplete: 0, downloaders: 0, downloaded: 0 }] as const,
    ]
    expect(encodeHttpScrapeReply(files, 60)).toBe(
      'd5:filesd' +
        '20:\x7f...................d8:completei0e10:downloadedi0e11:downloadersi0e10:incompletei0ee' +
        '20:\xff\0..................d8:completei1e10:downloadedi4e11:downloadersi2e10:incompletei3ee' +
        'e5:flagsd20:min_request_intervali60eee',
    )
  })

  it('H11: of no files', () => {
    expect(encodeHttpScrapeReply([], 5)).toBe('d5:filesde5:flagsd20:min_request_intervali5eee')
  })
})

describe('a failure', () => {
  it('H9: has failure reason, and retry in minutes where waiting helps', () => {
    expect(encodeHttpFailure(refusal('full', 'full', 61))).toBe('d14:failure reason4:full8:retry ini2ee')
    expect(encodeHttpFailure(refusal('limited', 'slow', 1))).toBe('d14:failure reason4:slow8:retry ini1ee')
  })

  it('H9: says never where waiting does not help', () => {
    expect(encodeHttpFailure(refusal('malformed', 'wrong'))).toBe('d14:failure reason5:wrong8:retry in5:nevere')
  })
})
