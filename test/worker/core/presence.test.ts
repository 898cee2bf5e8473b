import { describe, expect, it } from 'vitest'
import {
  announceBy,
  effectsOf,
  failure,
  httpAnnounceBy,
  MINUTE,
  OTHER_SWARM,
  peerIdOf,
  SECOND,
  socketIdOf,
  START,
  SWARM,
  TestHub,
} from '../../support/core.ts'

const refused = failure({ 'retry in': 1 }, expect.any(String))

/** The swarms' peers by peer id: on which socket, in which role. */
const peersOf = (hub: TestHub) =>
  Array.from(hub.state.swarms.values(), ({ infoHash, websocket }) => ({
    infoHash,
    peers: Array.from(websocket.entries(), ([id, { role, socket }]) => ({ id, role, socket: socket.id })),
  }))

describe('open and close', () => {
  it('P1: an open socket is accepted, kept in memory and swept for', () => {
    const hub = new TestHub()
    const { socket, effects } = hub.tryOpen()
    expect(effectsOf(effects, 'accept')).toEqual([{ type: 'accept', socket }])
    expect([...hub.memory.attachments.keys()]).toEqual([socket])
    expect(effectsOf(effects, 'sweepAt')).toEqual([{ type: 'sweepAt', at: START + 300 * SECOND }])
  })

  it('P1: when a socket closes all its peers go, in all swarms', () => {
    const hub = new TestHub()
    const socket = hub.join('alice')
    hub.say(socket, announceBy('bob'))
    hub.say(socket, announceBy('alice', { info_hash: OTHER_SWARM, left: 0 }))
    hub.join('carol')
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 3, downloaded: 0 })
    hub.close(socket)
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
    expect([...hub.state.swarms.keys()]).toEqual([SWARM])
  })

  it('P1: to close a socket twice, or one that is unknown, does nothing', () => {
    const hub = new TestHub()
    const socket = hub.join('alice')
    hub.close(socket)
    expect(hub.close(socket)).toEqual([])
    expect(hub.close(socketIdOf(99))).toEqual([])
    expect(hub.sayText(socket, '{}')).toEqual([])
  })
})

describe('who a peer id belongs to', () => {
  it('P2: another socket with the same key takes it over at once', () => {
    const hub = new TestHub()
    const first = hub.join('alice', { key: 'secret' }, '192.0.2.1')
    const second = hub.open('198.51.100.1')
    expect(hub.say(second, announceBy('alice', { key: 'secret' }))).toHaveLength(1)
    expect(peersOf(hub)).toEqual([
      { infoHash: SWARM, peers: [{ id: peerIdOf('alice'), role: 'leech', socket: second }] },
    ])
    hub.close(first)
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
  })

  it.each([{ key: 'guessed' }, {}, { key: null }])('P2: who has another key or none is refused: %j', (fields) => {
    const hub = new TestHub()
    const first = hub.join('alice', { key: 'secret' })
    hub.wait(MINUTE)
    const second = hub.open()
    expect(hub.say(second, announceBy('alice', fields))).toEqual([{ to: second, message: refused }])
    expect(peersOf(hub)[0]?.peers).toEqual([{ id: peerIdOf('alice'), role: 'leech', socket: first }])
  })

  it('P2: without a key the same address takes it over after 10 seconds of silence', () => {
    const hub = new TestHub()
    hub.join('alice')
    hub.wait(10 * SECOND - 1)
    const second = hub.open()
    expect(hub.say(second, announceBy('alice'))).toEqual([{ to: second, message: refused }])
    hub.wait(1)
    expect(hub.say(second, announceBy('alice'))[0]?.message).toHaveProperty('interval', 120)
    expect(peersOf(hub)[0]?.peers).toEqual([{ id: peerIdOf('alice'), role: 'leech', socket: second }])
  })

  it('P2: so it does after a hibernation, which comes only when all were silent', () => {
    const hub = new TestHub()
    hub.join('alice')
    hub.wait(15 * SECOND)
    hub.hibernate()
    const second = hub.open()
    expect(hub.say(second, announceBy('alice'))[0]?.message).toHaveProperty('interval', 120)
  })

  it('P2: any message of the first socket ends its silence', () => {
    const hub = new TestHub()
    const first = hub.join('alice')
    hub.wait(9 * SECOND)
    hub.say(first, { action: 'scrape', info_hash: SWARM })
    hub.wait(9 * SECOND)
    const second = hub.open()
    expect(hub.say(second, announceBy('alice'))).toEqual([{ to: second, message: refused }])
  })

  it('P2: without a key another address is refused, and the first socket notices nothing', () => {
    const hub = new TestHub()
    const first = hub.join('alice', {}, '192.0.2.1')
    hub.wait(MINUTE)
    const second = hub.open('198.51.100.1')
    const effects = hub.sayText(second, JSON.stringify(announceBy('alice', { left: 0, key: 'mine' })))
    expect(effects).toEqual([{ type: 'send', to: second, text: expect.any(String) as string }])
    expect(peersOf(hub)[0]?.peers).toEqual([{ id: peerIdOf('alice'), role: 'leech', socket: first }])
  })

  it('P2: the same peer id in another swarm is another peer', () => {
    const hub = new TestHub()
    hub.join('alice', {}, '192.0.2.1')
    const second = hub.open('198.51.100.1')
    expect(hub.say(second, announceBy('alice', { info_hash: OTHER_SWARM }))[0]?.message).toHaveProperty('interval')
  })
})

describe('sweep', () => {
  it('P3: a peer silent for two and a half intervals is removed, and its socket closed', () => {
    const hub = new TestHub()
    const socket = hub.join('alice')
    hub.wait(300 * SECOND)
    expect(effectsOf(hub.sweep(), 'close')).toEqual([])
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
    hub.wait(1 * SECOND)
    expect(effectsOf(hub.sweep(), 'close').map((effect) => effect.socket)).toEqual([socket])
    expect(hub.state.swarms.size).toBe(0)
    expect(hub.state.sockets.size).toBe(0)
  })

  it('P3: a peer that announced late in the time before is not removed too early', () => {
    const hub = new TestHub()
    const socket = hub.join('alice')
    hub.wait(59 * SECOND)
    hub.say(socket, announceBy('alice'))
    hub.wait(299 * SECOND)
    hub.sweep()
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
  })

  it('P3: a peer whose socket pinged stays', () => {
    const hub = new TestHub()
    const socket = hub.join('alice')
    hub.wait(1000 * SECOND)
    hub.sweep([[socket, hub.now - 300 * SECOND]])
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
  })

  it('P3: of the peers of a socket only the silent ones go', () => {
    const hub = new TestHub()
    const socket = hub.join('alice')
    hub.wait(200 * SECOND)
    hub.say(socket, announceBy('bob'))
    hub.wait(150 * SECOND)
    expect(effectsOf(hub.sweep(), 'close')).toEqual([])
    expect(peersOf(hub)[0]?.peers).toEqual([{ id: peerIdOf('bob'), role: 'leech', socket }])
  })

  it('P3: a socket without peers is closed only once it is so silent itself', () => {
    const hub = new TestHub()
    const socket = hub.open()
    hub.wait(290 * SECOND)
    hub.say(socket, { action: 'scrape', info_hash: SWARM })
    hub.wait(290 * SECOND)
    expect(effectsOf(hub.sweep(), 'close')).toEqual([])
    hub.wait(11 * SECOND)
    expect(effectsOf(hub.sweep(), 'close')).toHaveLength(1)
  })

  it('P3: a socket that came shortly before a hibernation is not closed for it', () => {
    const hub = new TestHub()
    hub.open()
    hub.wait(20 * SECOND)
    hub.hibernate()
    expect(effectsOf(hub.sweep(), 'close')).toEqual([])
  })

  it('P4: an HTTP peer silent for two and a half intervals is removed', () => {
    const hub = new TestHub()
    hub.httpAnnounce(httpAnnounceBy('alice'))
    hub.wait(4500 * SECOND)
    hub.sweep()
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
    hub.wait(1 * SECOND)
    hub.sweep()
    expect(hub.state.swarms.size).toBe(0)
    expect(hub.memory.httpPeers.size).toBe(0)
  })

  it('P4: an HTTP peer that announced late in the time before is not removed too early', () => {
    const hub = new TestHub()
    hub.httpAnnounce(httpAnnounceBy('alice'))
    hub.wait(899 * SECOND)
    hub.httpAnnounce(httpAnnounceBy('alice'))
    hub.wait(4499 * SECOND)
    hub.sweep()
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 1, downloaded: 0 })
  })

  it('P4: HTTP peers are swept in time though sockets with a longer interval are open', () => {
    const hub = new TestHub({ INTERVAL: 3600, HTTP_INTERVAL: 60 })
    hub.open()
    hub.httpAnnounce(httpAnnounceBy('alice'))
    hub.wait(150 * SECOND)
    hub.sweep()
    expect(hub.memory.sweepAt).toBeLessThanOrEqual(hub.now + 150 * SECOND)
  })

  it('P3: a sweep sets the next alarm while anybody is left', () => {
    const hub = new TestHub()
    expect(effectsOf(hub.sweep(), 'sweepAt')).toEqual([])
    hub.httpAnnounce(httpAnnounceBy('alice'))
    expect(effectsOf(hub.sweep(), 'sweepAt')).toEqual([{ type: 'sweepAt', at: START + 4500 * SECOND }])
    hub.open()
    expect(effectsOf(hub.sweep(), 'sweepAt')).toEqual([{ type: 'sweepAt', at: START + 300 * SECOND }])
  })
})

describe('what outlives a hub', () => {
  it('P6: after a hibernation all WebSocket peers are as they were', () => {
    const hub = new TestHub()
    const socket = hub.join('leech', { key: 'secret' })
    hub.say(socket, announceBy('seed', { left: 0 }))
    hub.say(socket, announceBy('partial', { info_hash: OTHER_SWARM, event: 'paused' }))
    hub.join('other', { event: 'completed', left: 0 })
    const before = peersOf(hub)
    hub.hibernate()
    expect(peersOf(hub)).toEqual(before)
    expect(hub.counts()).toEqual({ complete: 2, incomplete: 1, downloaded: 1 })
    expect(hub.state.sockets.get(socket)?.key).toBe('secret')
  })

  it('P6: the key outlives a hibernation', () => {
    const hub = new TestHub()
    hub.join('alice', { key: 'secret' }, '192.0.2.1')
    hub.hibernate()
    const second = hub.open('198.51.100.1')
    expect(hub.say(second, announceBy('alice', { key: 'guess' }))).toEqual([{ to: second, message: refused }])
    expect(hub.say(second, announceBy('alice', { key: 'secret' }))[0]?.message).toHaveProperty('interval')
  })

  it('P6: so does the swarm that a socket’s URL names', () => {
    const hub = new TestHub()
    const bound = hub.open('192.0.2.1', SWARM)
    hub.hibernate()
    expect(hub.say(bound, announceBy('alice', { info_hash: OTHER_SWARM }))).toEqual([
      { to: bound, message: failure({ info_hash: OTHER_SWARM }, expect.any(String)) },
    ])
  })

  it('P6: after a restart all HTTP peers are as they were', () => {
    const hub = new TestHub()
    hub.httpAnnounce(httpAnnounceBy('seed', { left: 0, event: 'completed' }), '192.0.2.1')
    hub.httpAnnounce(httpAnnounceBy('leech'), '2001:db8::1')
    hub.restart()
    expect(hub.httpScrape([SWARM])).toMatchObject({
      files: new Map([[SWARM, { complete: 1, incomplete: 1, downloaders: 1, downloaded: 1 }]]),
    })
    expect(hub.httpServed(httpAnnounceBy('new'), '203.0.113.1').peers).toHaveLength(2)
  })

  it('P6: after a restart the downloads of a swarm of WebSocket peers are as they were', () => {
    const hub = new TestHub()
    hub.join('alice', { left: 0, event: 'completed' })
    hub.restart()
    hub.join('alice', { left: 0 })
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 1 })
  })

  it('P6: downloads do not change with a hibernation, though there was a restart before', () => {
    const hub = new TestHub()
    hub.join('alice', { left: 0, event: 'completed' })
    hub.restart()
    hub.join('alice', { left: 0 })
    const before = hub.counts()
    hub.hibernate()
    expect(hub.counts()).toEqual(before)
  })
})
