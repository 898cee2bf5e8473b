import { describe, expect, it } from 'vitest'
import { announceBy, infoHashOf, offersOf, OTHER_SWARM, peerIdOf, SECOND, SWARM, TestHub } from '../../support/core.ts'

const reply = (complete: number, incomplete: number, interval = 120) => ({
  action: 'announce',
  info_hash: SWARM,
  interval,
  complete,
  incomplete,
})

describe('presence in a swarm', () => {
  it('A1: an announce makes the peer present and gets one reply', () => {
    const hub = new TestHub()
    const socket = hub.open()
    expect(hub.say(socket, announceBy('alice', { event: 'started' }))).toStrictEqual([
      { to: socket, message: reply(0, 1) },
    ])
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
  })

  it('A1: the interval is the operator’s', () => {
    const hub = new TestHub({ INTERVAL: '45' })
    const socket = hub.open()
    expect(hub.say(socket, announceBy('alice'))).toStrictEqual([{ to: socket, message: reply(0, 1, 45) }])
  })

  it.each(['started', 'completed', 'paused', 'update', 'empty', '', null, undefined])(
    'A1: an announce with the event %s gets the same reply',
    (event) => {
      const hub = new TestHub()
      const socket = hub.open()
      expect(hub.say(socket, announceBy('alice', { event }))).toStrictEqual([{ to: socket, message: reply(0, 1) }])
    },
  )

  it('A1: the reply comes before the offers that the announce has relayed, and only the sender gets it', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    const sent = hub.say(alice, announceBy('alice', { offers: offersOf('one') }))
    expect(sent.map(({ to }) => to)).toEqual([alice, bob])
    expect(sent[0]?.message).toStrictEqual(reply(0, 2))
  })

  it('A1: an info hash of awkward characters comes back as it was', () => {
    const hub = new TestHub()
    const socket = hub.open()
    const infoHash = '"\\\0\n\u007f\u00ff[]{}",":\u2028'.slice(0, 13).padEnd(20, '\u0080')
    expect(hub.say(socket, announceBy('alice', { info_hash: infoHash }))).toStrictEqual([
      { to: socket, message: { ...reply(0, 1), info_hash: infoHash } },
    ])
  })

  it('A2: a peer with left 0 is complete, any other incomplete', () => {
    const hub = new TestHub()
    hub.join('seed', { left: 0 })
    hub.join('leech', { left: 1 })
    hub.join('magnet', { left: null })
    hub.join('silent', { left: undefined })
    hub.join('partial seed', { left: 5, event: 'paused' })
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 4, downloaded: 0 })
  })

  it('A2: each later announce counts the peer anew', () => {
    const hub = new TestHub()
    const socket = hub.open()
    expect(hub.say(socket, announceBy('alice', { left: 7 }))[0]?.message).toStrictEqual(reply(0, 1))
    expect(hub.say(socket, announceBy('alice', { left: 0 }))[0]?.message).toStrictEqual(reply(1, 0))
    expect(hub.say(socket, announceBy('alice', { left: 3, event: 'paused' }))[0]?.message).toStrictEqual(reply(0, 1))
    expect(hub.say(socket, announceBy('alice', { left: 7 }))[0]?.message).toStrictEqual(reply(0, 1))
  })
})

describe('stopped', () => {
  it('A3: stopped removes the peer and is answered', () => {
    const hub = new TestHub()
    hub.join('bob', { left: 0 })
    const alice = hub.join('alice')
    expect(hub.say(alice, announceBy('alice', { event: 'stopped' }))).toStrictEqual([
      { to: alice, message: reply(1, 0) },
    ])
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 0 })
  })

  it('A3: stopped is answered for a peer that is unknown', () => {
    const hub = new TestHub()
    const socket = hub.open()
    expect(hub.say(socket, announceBy('alice', { event: 'stopped' }))).toStrictEqual([
      { to: socket, message: reply(0, 0) },
    ])
    expect(hub.state.swarms.size).toBe(0)
  })

  it('A3: stopped of a peer that another socket has is answered and does not remove it', () => {
    const hub = new TestHub()
    hub.join('alice')
    const mallory = hub.open('198.51.100.1')
    expect(hub.say(mallory, announceBy('alice', { event: 'stopped' }))).toStrictEqual([
      { to: mallory, message: reply(0, 1) },
    ])
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
  })

  it('A3: the offers of a stopped are not relayed', () => {
    const hub = new TestHub()
    hub.join('bob')
    const alice = hub.join('alice')
    const sent = hub.say(alice, announceBy('alice', { event: 'stopped', offers: offersOf('one') }))
    expect(sent).toStrictEqual([{ to: alice, message: reply(0, 1) }])
  })

  it('A3: stopped in one swarm leaves the peer in another', () => {
    const hub = new TestHub()
    const alice = hub.join('alice')
    hub.say(alice, announceBy('alice', { info_hash: OTHER_SWARM }))
    hub.say(alice, announceBy('alice', { event: 'stopped' }))
    expect([...hub.state.swarms.keys()]).toEqual([OTHER_SWARM])
  })
})

describe('completed', () => {
  it('A4: completed adds one to downloaded, once for each peer', () => {
    const hub = new TestHub()
    const alice = hub.join('alice')
    const bob = hub.join('bob')
    hub.say(alice, announceBy('alice', { event: 'completed', left: 0 }))
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 1, downloaded: 1 })
    hub.say(alice, announceBy('alice', { event: 'completed', left: 0 }))
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 1, downloaded: 1 })
    hub.say(bob, announceBy('bob', { event: 'completed', left: 0 }))
    expect(hub.counts()).toEqual({ complete: 2, incomplete: 0, downloaded: 2 })
  })

  it('A4: a completed that comes first counts too', () => {
    const hub = new TestHub()
    hub.join('alice', { event: 'completed', left: 0 })
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 1 })
  })

  it('A4: a peer that another socket took over is not counted again', () => {
    const hub = new TestHub()
    hub.join('alice', { event: 'completed', left: 0, key: 'secret' })
    hub.join('alice', { event: 'completed', left: 0, key: 'secret' })
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 1 })
  })

  it('A4: a peer is not counted again after a hibernation', () => {
    const hub = new TestHub()
    const alice = hub.join('alice', { event: 'completed', left: 0 })
    hub.wait(30 * SECOND)
    hub.hibernate()
    hub.say(alice, announceBy('alice', { event: 'completed', left: 0 }))
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 1 })
  })

  it('A4: left 0 without the event counts no download', () => {
    const hub = new TestHub()
    const alice = hub.join('alice', { left: 9 })
    hub.say(alice, announceBy('alice', { left: 0 }))
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 0 })
  })

  it('A4: the downloads of one swarm are not those of another', () => {
    const hub = new TestHub()
    const third = infoHashOf('third')
    hub.join('alice', { event: 'completed', left: 0 })
    hub.join('alice', { info_hash: third, left: 0 })
    expect(hub.counts(third)).toEqual({ complete: 1, incomplete: 0, downloaded: 0 })
  })
})

it('G5: the pairs of a socket are remembered by swarm and peer id', () => {
  const hub = new TestHub()
  const socket = hub.join('alice')
  hub.say(socket, announceBy('bob'))
  hub.say(socket, announceBy('alice', { info_hash: OTHER_SWARM }))
  const pairs = Array.from(hub.state.sockets.get(socket)?.peers ?? [], ({ swarm, id }) => [swarm.infoHash, id])
  expect(pairs).toEqual([
    [SWARM, peerIdOf('alice')],
    [SWARM, peerIdOf('bob')],
    [OTHER_SWARM, peerIdOf('alice')],
  ])
})
