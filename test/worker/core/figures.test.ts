import { describe, expect, it } from 'vitest'
import { Frequency } from '../../../worker/core/figures.ts'
import { figuresOf } from '../../../worker/core/hub.ts'
import {
  announceBy,
  answerBy,
  dialBy,
  httpAnnounceBy,
  offersOf,
  OTHER_SWARM,
  SECOND,
  START,
  SWARM,
  TestHub,
} from '../../support/core.ts'

describe('frequency', () => {
  it('is zero where nothing happened', () => {
    expect(new Frequency().perSecond(START)).toBe(0)
  })

  it('is what happens a second', () => {
    const frequency = new Frequency()
    for (let tenth = 0; tenth < 1000; tenth++) frequency.add(START + tenth * 100)
    expect(frequency.perSecond(START + 100 * SECOND)).toBeCloseTo(10, 1)
  })

  it('falls to zero within twenty seconds', () => {
    const frequency = new Frequency()
    for (let count = 0; count < 50; count++) frequency.add(START)
    expect(frequency.perSecond(START)).toBe(5)
    expect(frequency.perSecond(START + 20 * SECOND)).toBe(0)
  })
})

describe('the figures', () => {
  it('are zeros for a new hub', () => {
    const hub = new TestHub()
    expect(figuresOf(hub.state, hub.now)).toEqual({
      sockets: 0,
      peers: 0,
      seeds: 0,
      leeches: 0,
      websocketPeers: 0,
      httpPeers: 0,
      swarms: 0,
      announces: 0,
      announcesPerSecond: 0,
      offers: 0,
      answers: 0,
      scrapes: 0,
      refused: 0,
      refusedBy: { malformed: 0, limited: 0, full: 0, forbidden: 0, taken: 0, unasked: 0, absent: 0 },
      since: START,
    })
  })

  it('count what happened', () => {
    const hub = new TestHub({ MAX_OFFERS: 1, MAX_SOCKETS: 3 })
    const bob = hub.join('bob', { left: 0 })
    const alice = hub.open()
    hub.say(alice, announceBy('alice', { offers: offersOf('one') }))
    hub.say(bob, answerBy('bob', 'alice', 'one'))
    hub.say(bob, answerBy('bob', 'alice', 'one'))
    hub.say(alice, announceBy('alice', { offers: offersOf('one', 'two') }))
    hub.say(alice, { action: 'scrape', info_hash: SWARM })
    hub.say(alice, { action: 'scrape' })
    hub.say(alice, { action: 'dance' })
    hub.open()
    hub.tryOpen()
    hub.say(alice, announceBy('bob'))
    hub.say(alice, dialBy('alice', 'bob', 'two'))
    hub.say(alice, dialBy('alice', 'nobody', 'three'))
    hub.httpAnnounce(httpAnnounceBy('carol', { infoHash: OTHER_SWARM, event: 'paused' }))
    hub.httpScrape([SWARM])
    expect(figuresOf(hub.state, hub.now)).toEqual({
      sockets: 3,
      peers: 3,
      seeds: 1,
      leeches: 2,
      websocketPeers: 2,
      httpPeers: 1,
      swarms: 2,
      announces: 3,
      announcesPerSecond: 0.3,
      offers: 2,
      answers: 1,
      scrapes: 2,
      refused: 7,
      refusedBy: { malformed: 1, limited: 1, full: 1, forbidden: 1, taken: 1, unasked: 1, absent: 1 },
      since: START,
    })
  })
})
