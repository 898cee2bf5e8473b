import { describe, expect, it } from 'vitest'
import { addressOf, announceBy, httpAnnounceBy, infoHashOf, peerIdOf, SWARM, TestHub } from '../../support/core.ts'

const fillWith = (hub: TestHub, peers: number) => {
  for (let port = 1; port <= peers; port++) hub.httpServed(httpAnnounceBy(`peer ${port}`, { port }), '198.51.100.1')
}

describe('an HTTP announce', () => {
  it('H8: the reply has intervals, counts and the external address', () => {
    const hub = new TestHub()
    fillWith(hub, 1)
    hub.httpServed(httpAnnounceBy('seed', { left: 0, port: 9 }), '198.51.100.2')
    const reply = hub.httpServed(httpAnnounceBy('alice', { numwant: 0 }), '192.0.2.1')
    expect(reply).toEqual({
      interval: 1800,
      minInterval: 60,
      complete: 1,
      incomplete: 2,
      peers: [],
      externalIp: addressOf('192.0.2.1'),
    })
  })

  it('H8: the intervals are the operator’s', () => {
    const hub = new TestHub({ HTTP_INTERVAL: 900, HTTP_MIN_INTERVAL: 30 })
    expect(hub.httpServed(httpAnnounceBy('alice'))).toMatchObject({ interval: 900, minInterval: 30 })
  })

  it('H2: a peer with port 0 is served and not listed', () => {
    const hub = new TestHub()
    fillWith(hub, 1)
    const reply = hub.httpServed(httpAnnounceBy('alice', { port: 0 }))
    expect(reply.peers).toEqual([{ peerId: peerIdOf('peer 1'), address: addressOf('198.51.100.1'), port: 1 }])
    expect(hub.httpServed(httpAnnounceBy('bob')).peers).toHaveLength(1)
    expect(hub.memory.httpPeers.size).toBe(2)
  })

  it('H3: a peer whose left is unknown is a leech', () => {
    const hub = new TestHub()
    expect(hub.httpServed(httpAnnounceBy('alice', { left: null }))).toMatchObject({ complete: 0, incomplete: 1 })
  })

  it.each([
    [null, 50],
    [0, 0],
    [1, 1],
    [70, 70],
    [100, 100],
    [101, 100],
    [1e15, 100],
  ])('H4: with 120 others numwant %s gets %i peers', (numwant, expected) => {
    const hub = new TestHub()
    fillWith(hub, 120)
    const { peers } = hub.httpServed(httpAnnounceBy('alice', { numwant }))
    expect(peers).toHaveLength(expected)
    expect(new Set(peers.map(({ port }) => port)).size).toBe(expected)
  })

  it('H4: never more than MAX_NUMWANT', () => {
    const hub = new TestHub({ MAX_NUMWANT: 7 })
    fillWith(hub, 20)
    expect(hub.httpServed(httpAnnounceBy('alice')).peers).toHaveLength(7)
  })

  it('H6: whoever announces from an address and port replaces what was there', () => {
    const hub = new TestHub()
    hub.httpServed(httpAnnounceBy('alice', { left: 0 }), '192.0.2.1')
    hub.httpServed(httpAnnounceBy('bob', { left: 5 }), '192.0.2.1')
    expect(hub.httpServed(httpAnnounceBy('carol'), '192.0.2.2')).toMatchObject({
      complete: 0,
      incomplete: 2,
      peers: [{ peerId: peerIdOf('bob'), address: addressOf('192.0.2.1'), port: 6881 }],
    })
    expect([...hub.memory.httpPeers.values()].map(({ peerId }) => peerId)).toEqual([peerIdOf('bob'), peerIdOf('carol')])
  })

  it('H6: another port is another peer', () => {
    const hub = new TestHub()
    hub.httpServed(httpAnnounceBy('alice', { port: 1 }))
    hub.httpServed(httpAnnounceBy('alice', { port: 256 }))
    expect(hub.counts()).toEqual({ complete: 0, incomplete: 2, downloaded: 0 })
  })

  it('H6: the ip parameter counts only with TRUST_IP', () => {
    for (const [trust, expected] of [
      [0, '192.0.2.1'],
      [1, '203.0.113.9'],
    ] as const) {
      const hub = new TestHub({ TRUST_IP: trust })
      const reply = hub.httpServed(httpAnnounceBy('alice', { ip: addressOf('203.0.113.9') }), '192.0.2.1')
      expect(reply.externalIp).toBe(addressOf('192.0.2.1'))
      const [listed] = hub.httpServed(httpAnnounceBy('bob'), '192.0.2.7').peers
      expect(listed?.address).toBe(addressOf(expected))
    }
  })

  it('H6: without the ip parameter TRUST_IP takes the address of the connection', () => {
    const hub = new TestHub({ TRUST_IP: 1 })
    hub.httpServed(httpAnnounceBy('alice'), '192.0.2.1')
    expect(hub.httpServed(httpAnnounceBy('bob'), '192.0.2.7').peers[0]?.address).toBe(addressOf('192.0.2.1'))
  })

  it('H7: a peer is never told of itself', () => {
    const hub = new TestHub()
    fillWith(hub, 10)
    for (let round = 0; round < 20; round++) {
      const { peers } = hub.httpServed(httpAnnounceBy('alice'), '192.0.2.1')
      expect(peers).toHaveLength(10)
      expect(peers.map(({ peerId }) => peerId)).not.toContain(peerIdOf('alice'))
    }
  })

  it('A3: stopped removes an HTTP peer', () => {
    const hub = new TestHub()
    hub.httpServed(httpAnnounceBy('alice'))
    expect(hub.httpServed(httpAnnounceBy('alice', { event: 'stopped' }))).toMatchObject({ incomplete: 0 })
    expect(hub.state.swarms.size).toBe(0)
    expect(hub.memory.httpPeers.size).toBe(0)
  })

  it('H7: stopped gets no peers', () => {
    const hub = new TestHub()
    fillWith(hub, 3)
    hub.httpServed(httpAnnounceBy('alice'))
    expect(hub.httpServed(httpAnnounceBy('alice', { event: 'stopped' }))).toMatchObject({ incomplete: 3, peers: [] })
  })

  it('A4: completed counts once for an HTTP peer, a restart between', () => {
    const hub = new TestHub()
    const completed = httpAnnounceBy('alice', { left: 0, event: 'completed' })
    hub.httpServed(completed)
    hub.httpServed(completed)
    hub.restart()
    hub.httpServed(completed)
    expect(hub.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 1 })
  })

  it('H10: paused makes a partial seed', () => {
    const hub = new TestHub()
    hub.httpServed(httpAnnounceBy('partial', { event: 'paused', left: 5, port: 1 }))
    hub.httpServed(httpAnnounceBy('leech', { left: 5, port: 2 }))
    expect(hub.httpServed(httpAnnounceBy('seed', { event: 'paused', left: 0, port: 3 }))).toMatchObject({
      complete: 1,
      incomplete: 2,
    })
    expect(hub.httpScrape([SWARM])).toMatchObject({
      files: new Map([[SWARM, { complete: 1, incomplete: 2, downloaders: 1, downloaded: 0 }]]),
    })
  })

  it('H10: a partial seed that goes on is a downloader again', () => {
    const hub = new TestHub()
    hub.httpServed(httpAnnounceBy('alice', { event: 'paused' }))
    hub.httpServed(httpAnnounceBy('alice', { event: 'started' }))
    expect(hub.httpScrape([SWARM])).toMatchObject({
      files: new Map([[SWARM, { complete: 0, incomplete: 1, downloaders: 1, downloaded: 0 }]]),
    })
  })

  it('H11: a scrape names many info hashes, an unknown one has zeros', () => {
    const hub = new TestHub()
    hub.httpServed(httpAnnounceBy('alice'))
    const unknown = infoHashOf('unknown')
    expect(hub.httpScrape([SWARM, unknown])).toStrictEqual({
      type: 'scraped',
      files: new Map([
        [SWARM, { complete: 0, incomplete: 1, downloaders: 1, downloaded: 0 }],
        [unknown, { complete: 0, incomplete: 0, downloaders: 0, downloaded: 0 }],
      ]),
      minInterval: 60,
    })
  })

  it('H12: both kinds of peer count together, and each is told only of its own', () => {
    const hub = new TestHub()
    hub.join('browser', { left: 0 })
    const reply = hub.httpServed(httpAnnounceBy('alice'), '192.0.2.1')
    expect(reply).toMatchObject({ complete: 1, incomplete: 1, peers: [] })
    const second = hub.open()
    const offers = [{ offer: 'v=0', offer_id: '.'.repeat(20) }]
    const sent = hub.say(second, announceBy('second', { info_hash: SWARM, numwant: 1, offers }))
    expect(sent[0]?.message).toMatchObject({ complete: 1, incomplete: 2 })
    expect(sent).toHaveLength(2)
  })

  it('H12: a client that announces by both counts twice', () => {
    const hub = new TestHub()
    hub.join('alice')
    expect(hub.httpServed(httpAnnounceBy('alice'))).toMatchObject({ incomplete: 2 })
  })

  it('limits the HTTP peers of an address', () => {
    const hub = new TestHub({ MAX_HTTP_PEERS_PER_ADDRESS: 2 })
    fillWith(hub, 2)
    expect(hub.httpAnnounce(httpAnnounceBy('third', { port: 3 }), '198.51.100.1')).toMatchObject({
      refusal: { code: 'limited', retryIn: 1800 },
    })
    hub.httpServed(httpAnnounceBy('third', { port: 3 }), '198.51.100.2')
  })
})
