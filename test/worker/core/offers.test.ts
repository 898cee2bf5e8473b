import { describe, expect, it } from 'vitest'
import type { SocketId } from '../../../worker/core/socket.ts'
import {
  announceBy,
  answerBy,
  failure,
  offerIdOf,
  offersOf,
  peerIdOf,
  SECOND,
  seededRandom,
  type Sent,
  SWARM,
  TestHub,
} from '../../support/core.ts'

const range = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix} ${index}`)

/** Who got an offer, without the reply to the announce. */
const targets = (sent: readonly Sent[]) => sent.slice(1).map(({ to }) => to)

const relayed = (from: string, offer: string) => ({
  action: 'announce',
  info_hash: SWARM,
  peer_id: peerIdOf(from),
  offer: { type: 'offer', sdp: `sdp of ${offer}` },
  offer_id: offerIdOf(offer),
})

describe('whom offers go to', () => {
  it('A5: each offer goes to one peer and each peer gets one offer', () => {
    const hub = new TestHub()
    const others = range(10, 'peer').map((name) => hub.join(name))
    const alice = hub.open()
    const sent = hub.say(alice, announceBy('alice', { offers: offersOf('one', 'two', 'three') }))
    expect(sent).toHaveLength(4)
    expect(new Set(targets(sent)).size).toBe(3)
    expect(others).toEqual(expect.arrayContaining(targets(sent)))
    expect(sent.slice(1).map(({ message }) => message)).toStrictEqual([
      relayed('alice', 'one'),
      relayed('alice', 'two'),
      relayed('alice', 'three'),
    ])
  })

  it('A5: offers that no peer is left for go to nobody', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    const sent = hub.say(alice, announceBy('alice', { offers: offersOf('one', 'two', 'three') }))
    expect(targets(sent)).toEqual([bob])
  })

  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 3],
    [50, 3],
    [-1, 3],
    [null, 3],
    [undefined, 3],
  ])('A5: of three offers numwant %s relays %i', (numwant, expected) => {
    for (const size of [5, 40]) {
      const hub = new TestHub()
      for (const name of range(size, 'peer')) hub.join(name)
      const alice = hub.open()
      const sent = hub.say(alice, announceBy('alice', { numwant, offers: offersOf('one', 'two', 'three') }))
      expect(targets(sent)).toHaveLength(expected)
    }
  })

  it('A6: a relayed offer names the peer that offers, and is as it came', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    const offer = { sdp: 'v=0\r\n"é" \ud83d\ude00', type: 'offer', extra: [1, { deep: null }] }
    const sent = hub.say(alice, announceBy('alice', { offers: [{ offer, offer_id: offerIdOf('one') }] }))
    expect(sent[1]).toStrictEqual({
      to: bob,
      message: {
        action: 'announce',
        info_hash: SWARM,
        peer_id: peerIdOf('alice'),
        offer,
        offer_id: offerIdOf('one'),
      },
    })
  })

  it('A6: an offer that is a bare string is relayed as such', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    const sent = hub.say(alice, announceBy('alice', { offers: [{ offer: 'v=0', offer_id: offerIdOf('one') }] }))
    expect(sent[1]).toStrictEqual({ to: bob, message: { ...relayed('alice', 'one'), offer: 'v=0' } })
  })

  it('A6: a peer never gets its own offer', () => {
    for (const size of [0, 1, 3, 31, 32, 60]) {
      const hub = new TestHub()
      for (const name of range(size, 'peer')) hub.join(name)
      const alice = hub.open()
      const sent = hub.say(alice, announceBy('alice', { offers: offersOf(...range(30, 'offer')) }))
      expect(targets(sent)).not.toContain(alice)
      expect(targets(sent)).toHaveLength(Math.min(size, 30))
    }
  })

  it.each([9, 40])('A7: each of %i other peers is as likely to get an offer', (others) => {
    const rounds = 400 * others
    const counts = new Map<SocketId, number>()
    const hub = new TestHub({ SOCKET_BURST: 1e6, ADDRESS_BURST: 1e6 }, seededRandom(7))
    for (const name of range(others, 'peer')) counts.set(hub.join(name), 0)
    const alice = hub.open()
    for (let round = 0; round < rounds; round++) {
      // Past the thirty seconds of rule A8.
      hub.wait(31 * SECOND)
      for (const to of targets(hub.say(alice, announceBy('alice', { offers: offersOf('one', 'two') })))) {
        counts.set(to, (counts.get(to) ?? 0) + 1)
      }
    }
    const expected = (2 * rounds) / others
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    // Five standard deviations above the mean of a chi-square of so many degrees of freedom.
    expect(chiSquare).toBeLessThan(others - 1 + 5 * Math.sqrt(2 * (others - 1)))
  })

  it('A7: so is each of those that rule A8 leaves', () => {
    const rounds = 2000
    const counts = new Map<SocketId, number>()
    for (let round = 0; round < rounds; round++) {
      const hub = new TestHub({}, seededRandom(round))
      const settling = ['one', 'two', 'three'].map((name) => hub.join(name))
      const alice = hub.open()
      expect(targets(hub.say(alice, announceBy('alice', { offers: offersOf('1', '2', '3') })))).toHaveLength(3)
      const left = ['four', 'five'].map((name) => hub.join(name))
      const [to, ...more] = targets(hub.say(alice, announceBy('alice', { offers: offersOf('4') })))
      if (!to || more.length > 0) throw new Error('one offer goes to one peer')
      expect(settling).not.toContain(to)
      expect(left).toContain(to)
      counts.set(to, (counts.get(to) ?? 0) + 1)
    }
    // Five standard deviations of a fair coin.
    for (const count of counts.values()) expect(Math.abs(count - rounds / 2)).toBeLessThan(2.5 * Math.sqrt(rounds))
  })
})

describe('crossing offers', () => {
  it('A8: two peers get no further offer of each other for 30 seconds', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    expect(targets(hub.say(alice, announceBy('alice', { offers: offersOf('one') })))).toEqual([bob])
    expect(targets(hub.say(alice, announceBy('alice', { offers: offersOf('two') })))).toEqual([])
    expect(targets(hub.say(bob, announceBy('bob', { offers: offersOf('three') })))).toEqual([])
    hub.wait(30 * SECOND - 1)
    expect(targets(hub.say(bob, announceBy('bob', { offers: offersOf('four') })))).toEqual([])
    hub.wait(1)
    expect(targets(hub.say(bob, announceBy('bob', { offers: offersOf('five') })))).toEqual([alice])
  })

  it('A8: offers that are announced again, under the same ids, are not held back', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    expect(targets(hub.say(alice, announceBy('alice', { offers: offersOf('one') })))).toEqual([bob])
    expect(targets(hub.say(bob, announceBy('bob', { offers: offersOf('two') })))).toEqual([])
    expect(targets(hub.say(bob, announceBy('bob', { offers: offersOf('two') })))).toEqual([alice])
    expect(targets(hub.say(bob, announceBy('bob', { offers: offersOf('three') })))).toEqual([])
  })

  it('A8: an answered offer counts as well', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    hub.say(alice, announceBy('alice', { offers: offersOf('one') }))
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toHaveLength(1)
    expect(targets(hub.say(bob, announceBy('bob', { offers: offersOf('two') })))).toEqual([])
  })

  it('A8: a third peer still gets the offer', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    expect(targets(hub.say(alice, announceBy('alice', { offers: offersOf('one') })))).toEqual([bob])
    const carol = hub.join('carol')
    expect(targets(hub.say(alice, announceBy('alice', { offers: offersOf('two', 'three') })))).toEqual([carol])
  })

  it('A8: holds in a swarm of 32 peers and not in one of 33', () => {
    for (const [others, expected] of [
      [31, 0],
      [32, 32],
    ] as const) {
      const hub = new TestHub()
      for (const name of range(others, 'peer')) hub.join(name)
      const alice = hub.open()
      const offers = offersOf(...range(others, 'offer'))
      expect(targets(hub.say(alice, announceBy('alice', { offers })))).toHaveLength(others)
      const again = offersOf(...range(others, 'again'))
      expect(targets(hub.say(alice, announceBy('alice', { offers: again })))).toHaveLength(expected)
    }
  })

  it('A8: an offer that was not relayed for want of numwant does not count', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    hub.say(alice, announceBy('alice', { numwant: 0, offers: offersOf('one') }))
    expect(targets(hub.say(bob, announceBy('bob', { offers: offersOf('two') })))).toEqual([alice])
  })
})

describe('too many and too long', () => {
  const describedIn = (length: number) => ({
    type: 'offer',
    sdp: 'x'.repeat(length - '{"type":"offer","sdp":""}'.length),
  })

  it('A9: MAX_OFFERS offers are served, one more is refused whole', () => {
    const hub = new TestHub({ MAX_OFFERS: 3 })
    const bob = hub.join('bob')
    const alice = hub.open()
    const refused = hub.say(alice, announceBy('alice', { numwant: 1, offers: offersOf('1', '2', '3', '4') }))
    expect(refused).toEqual([{ to: alice, message: failure({}, expect.any(String)) }])
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
    const served = hub.say(alice, announceBy('alice', { offers: offersOf('1', '2', '3') }))
    expect(served.map(({ to }) => to)).toEqual([alice, bob])
  })

  it('A9: an offer of MAX_SDP characters is served, with one more the announce is refused whole', () => {
    const hub = new TestHub({ MAX_SDP: 1024 })
    hub.join('bob')
    const alice = hub.open()
    const long = [...offersOf('one'), { offer: describedIn(1025), offer_id: offerIdOf('two') }]
    expect(hub.say(alice, announceBy('alice', { numwant: 1, offers: long }))).toEqual([
      { to: alice, message: failure({}, expect.any(String)) },
    ])
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
    const fitting = [{ offer: describedIn(1024), offer_id: offerIdOf('two') }]
    expect(hub.say(alice, announceBy('alice', { offers: fitting }))).toHaveLength(2)
  })

  it('A9: a stopped that carries too many offers is refused whole too', () => {
    const hub = new TestHub({ MAX_OFFERS: 1 })
    const alice = hub.join('alice')
    const sent = hub.say(alice, announceBy('alice', { event: 'stopped', offers: offersOf('1', '2') }))
    expect(sent).toEqual([{ to: alice, message: failure({}, expect.any(String)) }])
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
  })
})
