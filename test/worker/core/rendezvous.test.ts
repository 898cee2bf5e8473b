import { describe, expect, it } from 'vitest'
import type { SocketId } from '../../../worker/core/socket.ts'
import {
  announceBy,
  answerBy,
  dialBy,
  failure,
  httpAnnounceBy,
  MINUTE,
  offerIdOf,
  offersOf,
  OTHER_SWARM,
  peerIdOf,
  SECOND,
  seededRandom,
  type Sent,
  SWARM,
  TestHub,
} from '../../support/core.ts'

const range = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix} ${index}`)
const rendezvousBy = (name: string, fields: object = {}) => announceBy(name, { rendezvous: 1, ...fields })

/** The ids that a rendezvous was told. */
function peersIn([reply]: readonly Sent[]): string[] {
  const { rendezvous, peers } = reply?.message as { rendezvous: unknown; peers: string[] }
  expect(rendezvous).toBe(1)
  return peers
}

/** The failure of a dial, which says which dial it was. */
const dialFailure = (to: SocketId, toPeer: string, offer: string, reason: unknown = expect.stringMatching(/./)) => [
  { to, message: { ...failure({}, reason), to_peer_id: peerIdOf(toPeer), offer_id: offerIdOf(offer) } },
]

describe('who is told to whom', () => {
  it('R1: the reply is that to an announce, and the ids of the others, stock peers too', () => {
    const hub = new TestHub()
    const alice = hub.join('alice', { left: 0 })
    hub.say(alice, rendezvousBy('bob'))
    hub.httpAnnounce(httpAnnounceBy('by HTTP'))
    const carol = hub.open()
    expect(hub.say(carol, rendezvousBy('carol'))).toEqual([
      {
        to: carol,
        message: {
          action: 'announce',
          info_hash: SWARM,
          interval: 120,
          complete: 1,
          incomplete: 3,
          rendezvous: 1,
          peers: expect.arrayContaining([peerIdOf('alice'), peerIdOf('bob')]) as string[],
        },
      },
    ])
    expect(peersIn(hub.say(carol, rendezvousBy('carol')))).toHaveLength(2)
  })

  it('R1: an id is told as it is, whatever its bytes', () => {
    const hub = new TestHub()
    const odd = '"\\\u0000\n\u00ff\u0080'.padEnd(20, '\u001f')
    hub.join('any', { peer_id: odd })
    expect(peersIn(hub.say(hub.open(), rendezvousBy('alice')))).toEqual([odd])
  })

  it('R1: nobody is told of itself, nor of who left, nor of another swarm', () => {
    const hub = new TestHub()
    const alice = hub.open()
    expect(peersIn(hub.say(alice, rendezvousBy('alice')))).toEqual([])
    hub.join('bob', { info_hash: OTHER_SWARM })
    const carol = hub.join('carol')
    hub.close(carol)
    expect(peersIn(hub.say(alice, rendezvousBy('alice')))).toEqual([])
  })

  it.each([
    [0, 0],
    [1, 1],
    [99, 99],
    [100, 100],
    [2 ** 63, 100],
    [-1, 100],
    [null, 100],
    [undefined, 100],
  ])('R1: of 120 others numwant %s gets %i', (numwant, expected) => {
    const hub = new TestHub()
    for (const name of range(120, 'peer')) hub.join(name)
    const peers = peersIn(hub.say(hub.open(), rendezvousBy('alice', { numwant })))
    expect(new Set(peers).size).toBe(expected)
    expect(peers).toHaveLength(expected)
    expect(peers).not.toContain(peerIdOf('alice'))
  })

  it('R1: MAX_NUMWANT is the most', () => {
    const hub = new TestHub({ MAX_NUMWANT: 2 })
    for (const name of range(3, 'peer')) hub.join(name)
    expect(peersIn(hub.say(hub.open(), rendezvousBy('alice')))).toHaveLength(2)
  })

  it('R1: each other peer is as likely to be told', () => {
    const [others, rounds] = [9, 3600]
    const hub = new TestHub({ SOCKET_BURST: 1e6, ADDRESS_BURST: 1e6 }, seededRandom(7))
    const counts = new Map(range(others, 'peer').map((name) => [peerIdOf(name) as string, 0]))
    for (const name of range(others, 'peer')) hub.join(name)
    const alice = hub.open()
    for (let round = 0; round < rounds; round++) {
      for (const peer of peersIn(hub.say(alice, rendezvousBy('alice', { numwant: 2 })))) {
        counts.set(peer, (counts.get(peer) ?? 0) + 1)
      }
    }
    const expected = (2 * rounds) / others
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
    expect(counts.size).toBe(others)
    // Five standard deviations above the mean of a chi-square of so many degrees of freedom.
    expect(chiSquare).toBeLessThan(others - 1 + 5 * Math.sqrt(2 * (others - 1)))
  })

  it('R1: its offers are relayed as those of any announce', () => {
    const hub = new TestHub()
    const others = [hub.join('bob'), hub.join('carol')]
    const alice = hub.open()
    const sent = hub.say(alice, rendezvousBy('alice', { numwant: 50, offers: offersOf('one', 'two', 'three') }))
    expect(peersIn(sent)).toHaveLength(2)
    expect(sent.slice(1).map(({ to }) => to)).toEqual(expect.arrayContaining(others))
    expect(sent).toHaveLength(3)
  })

  it('R1: a stopped is told of nobody', () => {
    const hub = new TestHub()
    hub.join('bob')
    const alice = hub.join('alice')
    expect(peersIn(hub.say(alice, rendezvousBy('alice', { event: 'stopped' })))).toEqual([])
    expect(peersIn(hub.say(alice, rendezvousBy('alice', { event: 'stopped' })))).toEqual([])
    expect(hub.counts()).toMatchObject({ incomplete: 1 })
  })

  it.each([null, 0, 2, '1', true, [1]])('R2: the rendezvous %j is a plain announce', (rendezvous) => {
    const hub = new TestHub()
    hub.join('bob')
    const alice = hub.open()
    const plain = hub.say(alice, announceBy('alice'))
    expect(hub.say(alice, announceBy('alice', { rendezvous, numwant: 5 }))).toStrictEqual(plain)
    expect(plain[0]?.message).not.toHaveProperty('peers')
  })
})

describe('dials', () => {
  /** A swarm of three, each on a socket of its own. */
  function swarmOfThree() {
    const hub = new TestHub()
    const [alice, bob, carol] = [hub.join('alice'), hub.join('bob'), hub.join('carol', {}, '2001:db8::1')]
    return { hub, alice, bob, carol }
  }

  it('R3: the offer goes to exactly that peer, as any offer does, and the dialler hears nothing', () => {
    const { hub, alice, carol } = swarmOfThree()
    const offer = { sdp: 'v=0\r\n"é" \ud83d\ude00', type: 'offer', extra: [1, { deep: null }] }
    expect(hub.say(alice, dialBy('alice', 'carol', 'one', { offer }))).toStrictEqual([
      {
        to: carol,
        message: {
          action: 'announce',
          info_hash: SWARM,
          peer_id: peerIdOf('alice'),
          offer,
          offer_id: offerIdOf('one'),
        },
      },
    ])
  })

  it('R3: it is answered as any offer is, once', () => {
    const { hub, alice, bob, carol } = swarmOfThree()
    hub.say(alice, dialBy('alice', 'carol', 'one'))
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toEqual([
      { to: bob, message: failure({}, expect.stringMatching(/answers no offer/)) },
    ])
    expect(hub.say(carol, answerBy('carol', 'alice', 'one'))).toEqual([
      {
        to: alice,
        message: {
          action: 'announce',
          info_hash: SWARM,
          peer_id: peerIdOf('carol'),
          answer: { type: 'answer', sdp: 'sdp of carol' },
          offer_id: offerIdOf('one'),
        },
      },
    ])
    expect(hub.say(carol, answerBy('carol', 'alice', 'one'))[0]?.to).toBe(carol)
  })

  it('R3: an answer that comes too late is refused', () => {
    const { hub, alice, carol } = swarmOfThree()
    hub.say(alice, dialBy('alice', 'carol', 'one'))
    hub.wait(MINUTE)
    expect(hub.say(carol, answerBy('carol', 'alice', 'one'))[0]?.to).toBe(carol)
  })

  it('R3: only who is in the swarm through this socket may dial', () => {
    const { hub, bob, carol } = swarmOfThree()
    const stranger = hub.open()
    for (const socket of [stranger, bob]) {
      expect(hub.say(socket, dialBy('alice', 'carol', 'one'))).toEqual(
        dialFailure(socket, 'carol', 'one', 'announce this peer id on this socket before you dial from it'),
      )
    }
    hub.say(carol, announceBy('carol', { event: 'stopped' }))
    expect(hub.say(carol, dialBy('carol', 'bob', 'one'))).toEqual(dialFailure(carol, 'bob', 'one'))
  })

  it('R4: a peer that is not there', () => {
    const { hub, alice, bob } = swarmOfThree()
    const gone = (name: string) => dialFailure(alice, name, 'one', 'the peer that this dials is not here')
    hub.join('dave', { info_hash: OTHER_SWARM })
    hub.httpAnnounce(httpAnnounceBy('by HTTP'))
    for (const name of ['nobody', 'dave', 'by HTTP']) {
      expect(hub.say(alice, dialBy('alice', name, 'one'))).toEqual(gone(name))
    }
    hub.close(bob)
    expect(hub.say(alice, dialBy('alice', 'bob', 'one'))).toEqual(gone('bob'))
  })

  it('R4: oneself, an offer that is none, one too long, another swarm than the URL names', () => {
    const { hub, alice } = swarmOfThree()
    const sdp = 'x'.repeat(hub.state.settings.MAX_SDP)
    expect(hub.say(alice, dialBy('alice', 'alice', 'one'))).toEqual(dialFailure(alice, 'alice', 'one'))
    for (const offer of [5, {}, { type: 'offer', sdp }]) {
      expect(hub.say(alice, dialBy('alice', 'bob', 'one', { offer }))).toEqual(dialFailure(alice, 'bob', 'one'))
    }
    const bound = hub.open('192.0.2.1', OTHER_SWARM)
    expect(hub.say(bound, dialBy('alice', 'bob', 'one'))).toEqual(dialFailure(bound, 'bob', 'one'))
  })

  it('R4: a dial over a rate', () => {
    const hub = new TestHub({ SOCKET_RATE: 1, SOCKET_BURST: 2 })
    const bob = hub.join('bob')
    const alice = hub.join('alice')
    expect(hub.say(alice, dialBy('alice', 'bob', 'one')).map(({ to }) => to)).toEqual([bob])
    const [refused] = hub.say(alice, dialBy('alice', 'bob', 'two'))
    const named = { to_peer_id: peerIdOf('bob'), offer_id: offerIdOf('two'), 'retry in': 1 }
    expect(refused).toEqual({ to: alice, message: { ...failure({}, expect.any(String)), ...named } })
  })

  it('R4: what is refused leaves no trace', () => {
    const { hub, alice } = swarmOfThree()
    hub.say(alice, dialBy('alice', 'nobody', 'one'))
    hub.say(alice, dialBy('alice', 'alice', 'one'))
    expect(hub.state.swarms.get(SWARM)?.websocket.get(peerIdOf('alice'))?.offered).toEqual([])
    expect(hub.state.counters).toMatchObject({ offers: 0, refusedBy: { absent: 1, malformed: 1 } })
  })

  it('R5: an offer a moment ago holds no dial back, either way', () => {
    const { hub, alice, bob } = swarmOfThree()
    hub.say(alice, announceBy('alice', { offers: offersOf('one', 'two') }))
    expect(hub.say(alice, dialBy('alice', 'bob', 'three')).map(({ to }) => to)).toEqual([bob])
    expect(hub.say(alice, dialBy('alice', 'bob', 'four')).map(({ to }) => to)).toEqual([bob])
    expect(hub.say(bob, dialBy('bob', 'alice', 'five')).map(({ to }) => to)).toEqual([alice])
  })

  it('R5: a hub remembers the last 64 dials of a peer, and for a minute', () => {
    const hub = new TestHub({ SOCKET_BURST: 1e6, ADDRESS_BURST: 1e6 })
    hub.join('bob')
    const alice = hub.join('alice')
    const offered = () => hub.state.swarms.get(SWARM)?.websocket.get(peerIdOf('alice'))?.offered ?? []
    for (const offer of range(1000, 'offer')) hub.say(alice, dialBy('alice', 'bob', offer))
    expect(offered().map(({ id }) => id)).toEqual(range(1000, 'offer').slice(-64).map(offerIdOf))
    hub.wait(MINUTE)
    hub.say(alice, dialBy('alice', 'bob', 'last'))
    expect(offered()).toHaveLength(1)
  })

  it('R5: who is dialled and does not read is closed', () => {
    const hub = new TestHub({ MAX_UNREAD: 65_536, SOCKET_BURST: 1e6, ADDRESS_BURST: 1e6 })
    hub.join('bob')
    const alice = hub.join('alice')
    const offer = { type: 'offer', sdp: 'x'.repeat(16_000) }
    for (let count = 0; count < 4; count++) {
      expect(hub.say(alice, dialBy('alice', 'bob', 'one', { offer }))).toHaveLength(1)
    }
    expect(hub.say(alice, dialBy('alice', 'bob', 'one', { offer }))).toEqual([])
    expect(hub.say(alice, dialBy('alice', 'bob', 'two', { offer }))).toEqual(dialFailure(alice, 'bob', 'two'))
  })
})

describe('presence', () => {
  it('R6: who pings stays and can be dialled, though it announced once, and after a hibernation too', () => {
    const hub = new TestHub()
    const alice = hub.open()
    const bob = hub.open()
    hub.say(alice, rendezvousBy('alice', { event: 'started' }))
    hub.say(bob, rendezvousBy('bob', { event: 'started' }))
    for (let hour = 0; hour < 24; hour++) {
      hub.wait(60 * MINUTE)
      if (hour % 2 === 1) hub.hibernate()
      hub.sweep([alice, bob].map((socket) => [socket, hub.now - 200 * SECOND]))
    }
    expect(hub.counts()).toMatchObject({ incomplete: 2 })
    expect(hub.say(alice, dialBy('alice', 'bob', 'one')).map(({ to }) => to)).toEqual([bob])
    expect(hub.say(bob, answerBy('bob', 'alice', 'one')).map(({ to }) => to)).toEqual([alice])
    expect(peersIn(hub.say(hub.open(), rendezvousBy('carol')))).toHaveLength(2)
  })
})
