import { describe, expect, it } from 'vitest'
import { type HttpAnnounce, parseHttpAnnounce, parseHttpScrape } from '../../../protocol/http/request.ts'
import { addressOf } from '../../support/core.ts'

const HASH_BYTES = '%00%01%7f%80%ff%25%26%3d%2b%20abcdefgh~%0a'
const HASH = '\u0000\u0001\u007f\u0080\u00ff%&=+ abcdefgh~\n'
const PEER = '-TR3000-ay9plselil4b'

const queryOf = (fields: Readonly<Record<string, string | undefined>> = {}): string =>
  Object.entries<string | undefined>({ info_hash: HASH_BYTES, peer_id: PEER, port: '6881', left: '5', ...fields })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value ?? ''}`)
    .join('&')

function announceOf(fields?: Readonly<Record<string, string | undefined>>): HttpAnnounce {
  const announce = parseHttpAnnounce(queryOf(fields))
  if ('code' in announce) throw new Error(announce.reason)
  return announce
}

const refused = { code: 'malformed', reason: expect.stringMatching(/./) as string }
const refuses = (fields: Readonly<Record<string, string | undefined>>) => {
  expect(parseHttpAnnounce(queryOf(fields))).toEqual(refused)
}

describe('an announce', () => {
  it('H2: is read', () => {
    expect(HASH).toHaveLength(20)
    expect(announceOf()).toEqual({
      infoHash: HASH,
      peerId: PEER,
      port: 6881,
      event: 'none',
      left: 5,
      numwant: null,
      compact: false,
      noPeerId: false,
      ip: null,
    })
  })

  it('H1: is refused where a percent-encoding is cut off or wrong', () => {
    refuses({ info_hash: HASH_BYTES.slice(0, -1) })
    refuses({ key: '%' })
    refuses({ trackerid: '%zz' })
  })

  it('H1: a plus sign is a plus sign', () => {
    expect(announceOf({ info_hash: '+'.repeat(20) }).infoHash).toBe('+'.repeat(20))
  })

  it.each(['info_hash', 'peer_id'])('H2: %s must be 20 bytes', (name) => {
    for (const wrong of [undefined, '', 'a'.repeat(19), 'a'.repeat(21), `${'a'.repeat(20)}%0a`, 'ab'.repeat(20)]) {
      refuses({ [name]: wrong })
    }
  })

  it.each([
    ['0', 0],
    ['1', 1],
    ['65535', 65_535],
  ])('H2: the port %s', (text, port) => {
    expect(announceOf({ port: text }).port).toBe(port)
  })

  it.each([undefined, '', '-1', '65536', '1.5', 'http', '0x50', '1e3', '%20', '99999999999999999999'])(
    'H2: refuses the port %s',
    (port) => {
      refuses({ port })
    },
  )

  it.each(['0', '1', '4294967296'])('H3: the left %s', (left) => {
    expect(announceOf({ left }).left).toBe(Number(left))
  })

  it.each([undefined, '', '-1', '-9223372036854775808'])('H3: left %s means unknown', (left) => {
    expect(announceOf({ left }).left).toBeNull()
  })

  // Transmission 3 and 4 say so of a magnet link: INT64_MAX; others UINT64_MAX.
  it.each(['9223372036854775807', '18446744073709551615'])('H3: the left %s of a magnet link is served', (left) => {
    expect(announceOf({ left }).left).not.toBe(0)
  })

  it.each(['many', '1.5', '0x5', 'NaN', 'Infinity'])('H3: refuses the left %s', (left) => {
    refuses({ left })
  })

  it.each([
    ['0', 0],
    ['80', 80],
    ['-1', null],
    ['', null],
    [undefined, null],
  ])('H4: the numwant %s', (text, numwant) => {
    expect(announceOf({ numwant: text }).numwant).toBe(numwant)
  })

  it('H4: refuses a numwant that is no number', () => {
    refuses({ numwant: 'all' })
  })

  it('H5: compact and no_peer_id', () => {
    expect(announceOf({ compact: '1', no_peer_id: '1' })).toMatchObject({ compact: true, noPeerId: true })
    expect(announceOf({ compact: '0', no_peer_id: '0' })).toMatchObject({ compact: false, noPeerId: false })
  })

  it.each([
    ['ip', '192.0.2.1'],
    ['ipv4', '192.0.2.1'],
    ['ipv6', '2001:db8::1'],
    ['ip', '2001%3Adb8%3A%3A1'],
  ])('H6: %s=%s', (name, value) => {
    expect(announceOf({ [name]: value }).ip).toBe(addressOf(decodeURIComponent(value)))
  })

  it.each(['example.com', '', '300.1.1.1'])('H6: ip=%s is no address', (ip) => {
    expect(announceOf({ ip }).ip).toBeNull()
  })

  it.each([
    ['started', 'started'],
    ['stopped', 'stopped'],
    ['completed', 'completed'],
    ['paused', 'paused'],
    ['', 'none'],
    [undefined, 'none'],
    ['empty', 'none'],
  ])('H10: the event %s', (text, event) => {
    expect(announceOf({ event: text }).event).toBe(event)
  })

  it('M3: refuses an event that no BEP knows', () => {
    refuses({ event: 'exploded' })
  })

  it('reads what Transmission sends', () => {
    const raw =
      'info_hash=%01%23Eg%89%ab%cd%ef%01%23Eg%89%ab%cd%ef%01%23Eg&peer_id=-TR3000-ay9plselil4b&port=51413&uploaded=0' +
      '&downloaded=0&left=9223372036854775807&numwant=80&key=3709e607&compact=1&supportcrypto=1&event=started'
    expect(parseHttpAnnounce(raw)).toMatchObject({
      infoHash: '\u0001#Eg\u0089\u00ab\u00cd\u00ef\u0001#Eg\u0089\u00ab\u00cd\u00ef\u0001#Eg',
      peerId: PEER,
      port: 51_413,
      event: 'started',
      numwant: 80,
      compact: true,
    })
  })
})

describe('a scrape', () => {
  it('H11: may name many info hashes', () => {
    expect(parseHttpScrape(`info_hash=${HASH_BYTES}`)).toEqual([HASH])
    expect(parseHttpScrape(`info_hash=${HASH_BYTES}&x=1&info_hash=${PEER}`)).toEqual([HASH, PEER])
  })

  it('C2: names none for all swarms', () => {
    expect(parseHttpScrape('')).toBe('all')
    expect(parseHttpScrape('x=1')).toBe('all')
  })

  it.each(['info_hash=', 'info_hash', 'info_hash=short', `info_hash=${PEER}&info_hash=short`, 'info_hash=%', 'x=%'])(
    'H1 H2: refuses %s',
    (raw) => {
      expect(parseHttpScrape(raw)).toEqual(refused)
    },
  )
})
