import { describe, expect, it } from 'vitest'
import { toHex } from '../../../protocol/ids.ts'
import type { SocketId } from '../../../worker/core/socket.ts'
import {
  announceBy,
  answerBy,
  effectsOf,
  failure,
  httpAnnounceBy,
  infoHashOf,
  offersOf,
  OTHER_SWARM,
  replyIn,
  SECOND,
  sentIn,
  SWARM,
  TestHub,
} from '../../support/core.ts'

const anyReason = expect.any(String) as string
const refused = (fields = {}) => failure(fields, anyReason)
const refusal = (code: string, retryIn?: number) => ({
  type: 'refused',
  refusal: { code, reason: anyReason, ...(retryIn !== undefined && { retryIn }) },
})

const scrape = { action: 'scrape', info_hash: [] }
const served = (hub: TestHub, socket: SocketId) =>
  hub.say(socket, scrape).some(({ message }) => Object.hasOwn(message as object, 'files'))

/** How many messages in a row are served. */
function servedAtOnce(hub: TestHub, socket: SocketId, most: number): number {
  let count = 0
  while (count < most && served(hub, socket)) count++
  return count
}

describe('caps', () => {
  it('G8: a socket may have MAX_IDS_PER_SWARM peer ids in a swarm', () => {
    const hub = new TestHub({ MAX_IDS_PER_SWARM: 2 })
    const socket = hub.join('one')
    hub.say(socket, announceBy('two'))
    expect(hub.say(socket, announceBy('three')).map(({ message }) => message)).toEqual([refused({ 'retry in': 1 })])
    expect(hub.counts()).toMatchObject({ incomplete: 2 })
    hub.say(socket, announceBy('one', { event: 'stopped' }))
    hub.say(socket, announceBy('three'))
    expect(hub.counts()).toMatchObject({ incomplete: 2 })
  })

  it('G9: an address may have MAX_PEERS_PER_ADDRESS WebSocket peers; who leaves makes room', () => {
    const hub = new TestHub({ MAX_PEERS_PER_ADDRESS: 2 })
    const first = hub.join('one', {}, '192.0.2.1')
    hub.join('two', {}, '192.0.2.1')
    hub.hibernate()
    const third = hub.open('192.0.2.1')
    expect(hub.say(third, announceBy('three')).map(({ message }) => message)).toEqual([refused({ 'retry in': 5 })])
    hub.join('four', {}, '192.0.2.2')
    hub.close(first)
    hub.say(third, announceBy('three'))
    expect(hub.counts()).toMatchObject({ incomplete: 3 })
  })

  it('G10: a socket that is relayed much and says nothing is closed, one that speaks is not', () => {
    const hub = new TestHub({ MAX_UNREAD: 65_536 })
    const [silent, speaking] = [hub.join('silent'), hub.join('speaking')]
    const description = { type: 'offer', sdp: 'x'.repeat(16_000) }
    for (let round = 0; round < 5; round++) {
      hub.wait(31 * SECOND)
      hub.say(speaking, scrape)
      const offers = ['a', 'b'].map((name) => ({ ...offersOf(`${name}${round}`)[0], offer: description }))
      const newcomer = hub.join(`newcomer ${round}`)
      hub.say(newcomer, announceBy(`newcomer ${round}`, { offers, numwant: 2 }))
      hub.close(newcomer)
      hub.sweep([[silent, hub.now]])
    }
    expect([hub.state.sockets.has(silent), hub.state.sockets.has(speaking)]).toEqual([false, true])
  })

  it('G1: an address may have MAX_SOCKETS_PER_ADDRESS sockets', () => {
    const hub = new TestHub({ MAX_SOCKETS_PER_ADDRESS: 2 })
    const first = hub.open('192.0.2.1')
    hub.open('192.0.2.1')
    expect(replyIn(hub.tryOpen('192.0.2.1').effects)).toEqual(refusal('limited', 60))
    hub.open('192.0.2.2')
    hub.close(first)
    hub.open('192.0.2.1')
    expect(hub.state.sockets.size).toBe(3)
  })

  it('G1: of IPv6 the /64 counts', () => {
    const hub = new TestHub({ MAX_SOCKETS_PER_ADDRESS: 1 })
    hub.open('2001:db8:0:1::1')
    expect(replyIn(hub.tryOpen('2001:db8:0:1:ffff::2').effects)).toEqual(refusal('limited', 60))
    hub.open('2001:db8:0:2::1')
  })

  it('G1: sockets count after a hibernation as before', () => {
    const hub = new TestHub({ MAX_SOCKETS_PER_ADDRESS: 1 })
    const socket = hub.open()
    hub.hibernate()
    expect(replyIn(hub.tryOpen().effects)).toEqual(refusal('limited', 60))
    hub.close(socket)
    hub.open()
  })

  it('G2: a hub holds MAX_SOCKETS sockets', () => {
    const hub = new TestHub({ MAX_SOCKETS: 2 })
    const first = hub.open('192.0.2.1')
    hub.open('192.0.2.2')
    expect(hub.tryOpen('192.0.2.3').effects).toEqual([{ type: 'reply', reply: refusal('full', 60) }])
    hub.close(first)
    hub.open('192.0.2.3')
  })

  it('G2: a hub holds MAX_PEERS WebSocket peers; those that it has may announce', () => {
    const hub = new TestHub({ MAX_PEERS: 2 })
    const socket = hub.join('alice')
    hub.say(socket, announceBy('bob', { info_hash: OTHER_SWARM }))
    expect(hub.say(socket, announceBy('carol'))).toEqual([{ to: socket, message: refused({ 'retry in': 5 }) }])
    expect(hub.say(socket, announceBy('alice', { left: 0 }))[0]?.message).toHaveProperty('complete', 1)
    hub.say(socket, announceBy('alice', { event: 'stopped' }))
    expect(hub.say(socket, announceBy('carol'))[0]?.message).toHaveProperty('incomplete', 1)
  })

  it('G2: a hub that is full still lets a peer move to another socket', () => {
    const hub = new TestHub({ MAX_PEERS: 1 })
    hub.join('alice', { key: 'secret' })
    const second = hub.open()
    expect(hub.say(second, announceBy('alice', { key: 'secret' }))[0]?.message).toHaveProperty('incomplete', 1)
  })

  it('G2: a hub holds MAX_HTTP_PEERS HTTP peers', () => {
    const hub = new TestHub({ MAX_HTTP_PEERS: 1 })
    hub.httpServed(httpAnnounceBy('alice'), '192.0.2.1')
    expect(hub.httpAnnounce(httpAnnounceBy('bob'), '192.0.2.2')).toEqual(refusal('full', 1800))
    hub.httpServed(httpAnnounceBy('alice', { left: 0 }), '192.0.2.1')
    hub.httpServed(httpAnnounceBy('bob', { event: 'stopped' }), '192.0.2.2')
    hub.httpServed(httpAnnounceBy('alice', { event: 'stopped' }), '192.0.2.1')
    hub.httpServed(httpAnnounceBy('bob'), '192.0.2.2')
  })

  it('G5: a socket may announce MAX_SWARMS_PER_SOCKET pairs', () => {
    const hub = new TestHub({ MAX_SWARMS_PER_SOCKET: 2 })
    const socket = hub.join('alice')
    hub.say(socket, announceBy('bob'))
    const carol = announceBy('carol', { info_hash: OTHER_SWARM })
    expect(hub.say(socket, carol)).toEqual([{ to: socket, message: refused({ info_hash: OTHER_SWARM }) }])
    expect(hub.say(socket, announceBy('alice', { left: 0 }))[0]?.message).toHaveProperty('complete', 1)
    hub.say(socket, announceBy('bob', { event: 'stopped' }))
    expect(hub.say(socket, carol)[0]?.message).toHaveProperty('incomplete', 1)
  })
})

describe('rates', () => {
  it.each([1, 20, 60, 7, 997])(
    'G3: a socket may send SOCKET_BURST messages at once, %i a second after that',
    (rate) => {
      const hub = new TestHub({ SOCKET_RATE: rate, SOCKET_BURST: 500, ADDRESS_BURST: 1e6 })
      const socket = hub.open()
      expect(servedAtOnce(hub, socket, 1000)).toBe(500)
      hub.wait(SECOND)
      expect(servedAtOnce(hub, socket, 2000)).toBe(Math.min(rate, 500))
    },
  )

  it('G3: what is over is refused with retry in, and changes nothing', () => {
    const hub = new TestHub({ SOCKET_RATE: 1, SOCKET_BURST: 1 })
    const socket = hub.open()
    expect(served(hub, socket)).toBe(true)
    expect(hub.say(socket, announceBy('alice'))).toEqual([{ to: socket, message: refused({ 'retry in': 1 }) }])
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 0, downloaded: 0 })
  })

  it('G3: an address may send ADDRESS_BURST messages over all its sockets and HTTP requests', () => {
    const hub = new TestHub({ ADDRESS_RATE: 1, ADDRESS_BURST: 6 })
    const first = hub.open('192.0.2.1')
    const second = hub.open('192.0.2.1')
    hub.httpServed(httpAnnounceBy('alice'), '192.0.2.1')
    expect(hub.httpScrape([SWARM], '192.0.2.1')).toMatchObject({ type: 'scraped' })
    expect(served(hub, first)).toBe(true)
    expect(served(hub, second)).toBe(true)
    expect(hub.say(first, announceBy('bob'))).toEqual([{ to: first, message: refused({ 'retry in': 1 }) }])
    expect(hub.httpAnnounce(httpAnnounceBy('bob'), '192.0.2.1')).toEqual(refusal('limited', 1))
    expect(hub.httpScrape([SWARM], '192.0.2.1')).toEqual(refusal('limited', 1))
    expect(replyIn(hub.tryOpen('192.0.2.1').effects)).toEqual(refusal('limited', 1))
    expect(hub.httpScrape([SWARM], '192.0.2.2')).toMatchObject({ type: 'scraped' })
  })

  it('G4: a socket with 20 messages in a row over its rate is closed with 1008', () => {
    const hub = new TestHub({ SOCKET_RATE: 1, SOCKET_BURST: 1 })
    const socket = hub.join('alice')
    for (let strike = 1; strike < 20; strike++) {
      expect(effectsOf(hub.sayText(socket, JSON.stringify(scrape)), 'close')).toEqual([])
    }
    const effects = hub.sayText(socket, JSON.stringify(scrape))
    expect(sentIn(effects)).toEqual([
      { to: socket, message: refused({ action: 'scrape', info_hash: '', 'retry in': 1 }) },
    ])
    expect(effectsOf(effects, 'close')).toEqual([{ type: 'close', socket, code: 1008, reason: anyReason }])
    expect(hub.state.sockets.size).toBe(0)
    expect(hub.state.swarms.size).toBe(0)
    expect(hub.sayText(socket, '{}')).toEqual([])
  })

  it('G4: a message within the rate starts the count anew', () => {
    const hub = new TestHub({ SOCKET_RATE: 1, SOCKET_BURST: 1 })
    const socket = hub.join('alice')
    for (let strike = 1; strike < 20; strike++) hub.say(socket, scrape)
    hub.wait(SECOND)
    expect(served(hub, socket)).toBe(true)
    for (let strike = 1; strike < 20; strike++) hub.say(socket, scrape)
    expect(hub.state.sockets.has(socket)).toBe(true)
  })

  it('G4: sockets that together send more than their address may are closed one after another', () => {
    const hub = new TestHub({ ADDRESS_RATE: 1, ADDRESS_BURST: 100 })
    const sockets = Array.from({ length: 10 }, () => hub.open('192.0.2.1'))
    const honest = hub.open('198.51.100.1')
    for (const socket of sockets) for (let message = 0; message < 40; message++) hub.say(socket, scrape)
    expect(sockets.filter((socket) => hub.state.sockets.has(socket))).toHaveLength(2)
    expect(served(hub, honest)).toBe(true)
  })

  it('G3: a long message counts for as many as it is long', () => {
    const hub = new TestHub({ SOCKET_RATE: 1, SOCKET_BURST: 10 })
    const socket = hub.open()
    const long = { ...scrape, padding: 'x'.repeat(4 * 8192) }
    expect(hub.say(socket, long)).toHaveLength(1)
    expect(servedAtOnce(hub, socket, 20)).toBe(5)
  })

  it('G3: a long message that is over is refused unread, a short one with its swarm', () => {
    const hub = new TestHub({ SOCKET_RATE: 1, SOCKET_BURST: 1 })
    const socket = hub.join('alice')
    const refusal = (infoHash: string) => [failure({ info_hash: infoHash, 'retry in': 1 }, anyReason)]
    const messages = (more: object) => hub.say(socket, announceBy('alice', more)).map(({ message }) => message)
    expect(messages({})).toEqual(refusal(SWARM))
    expect(messages({ padding: 'x'.repeat(8192) })).toEqual(refusal(''))
  })

  it('G3: a message that counts for more than the burst is served when the bucket is full', () => {
    const hub = new TestHub({ SOCKET_RATE: 1, SOCKET_BURST: 2 })
    expect(served(hub, hub.open())).toBe(true)
    const padded = { ...scrape, padding: 'x'.repeat(100_000) }
    expect(hub.say(hub.open(), padded)).toEqual([expect.objectContaining({ message: { action: 'scrape', files: {} } })])
  })
})

describe('lists', () => {
  const third = infoHashOf('third')
  const says = (hub: TestHub, infoHash: string) => hub.say(hub.open(), announceBy('alice', { info_hash: infoHash }))

  it('G6: with an allow list only its info hashes are served', () => {
    const hub = new TestHub({ ALLOW_LIST: `${toHex(SWARM)}, ${toHex(third).toUpperCase()}` })
    expect(says(hub, SWARM)[0]?.message).toHaveProperty('interval')
    expect(says(hub, third)[0]?.message).toHaveProperty('interval')
    expect(says(hub, OTHER_SWARM)[0]?.message).toEqual(refused({ info_hash: OTHER_SWARM }))
    expect(hub.httpAnnounce(httpAnnounceBy('bob', { infoHash: OTHER_SWARM }))).toEqual(refusal('forbidden'))
    expect(replyIn(hub.tryOpen('192.0.2.1', OTHER_SWARM).effects)).toEqual(refusal('forbidden'))
    hub.open('192.0.2.1', SWARM)
  })

  it('G6: with a deny list all but its info hashes are served', () => {
    const hub = new TestHub({ DENY_LIST: toHex(OTHER_SWARM) })
    expect(says(hub, SWARM)[0]?.message).toHaveProperty('interval')
    expect(says(hub, OTHER_SWARM)[0]?.message).toEqual(refused({ info_hash: OTHER_SWARM }))
    expect(hub.httpAnnounce(httpAnnounceBy('bob', { infoHash: OTHER_SWARM }))).toEqual(refusal('forbidden'))
    expect(replyIn(hub.tryOpen('192.0.2.1', OTHER_SWARM).effects)).toEqual(refusal('forbidden'))
  })
})

describe('a socket of one swarm', () => {
  it('S2: may announce and answer in that swarm', () => {
    const hub = new TestHub()
    const bound = hub.open('192.0.2.1', SWARM)
    expect(hub.say(bound, announceBy('bob'))[0]?.message).toHaveProperty('interval')
    const alice = hub.open()
    hub.say(alice, announceBy('alice', { offers: offersOf('one') }))
    expect(hub.say(bound, answerBy('bob', 'alice', 'one')).map(({ to }) => to)).toEqual([alice])
  })

  it('S2: may not speak of another', () => {
    const hub = new TestHub()
    const bound = hub.open('192.0.2.1', SWARM)
    const other = { info_hash: OTHER_SWARM }
    for (const message of [
      announceBy('bob', other),
      announceBy('bob', { ...other, event: 'stopped' }),
      answerBy('bob', 'alice', 'one', other),
    ]) {
      expect(hub.say(bound, message)).toEqual([{ to: bound, message: refused(other) }])
    }
    expect(hub.state.swarms.size).toBe(0)
  })
})
