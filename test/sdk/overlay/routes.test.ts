import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../protocol/ids.ts'
import { MAX_HOPS, type Routed, type RoutedBody } from '../../../protocol/mesh/overlay.ts'
import { offerIdOf } from '../../support/core.ts'
import { dataOf, effectsOf, LARGE, numbered, OWN, peersOf, publicationBy, sentOf, TestPeer } from './peer.ts'

const [one, other, far, farther] = peersOf('one', 'other', 'far', 'farther') as [PeerId, PeerId, PeerId, PeerId]

const signal = (kind: 'offer' | 'answer' | 'candidate'): RoutedBody => {
  return { kind: 'signal', signal: { kind, id: offerIdOf('o'), sdp: 'v=0' } }
}
const lost = (peer: PeerId): RoutedBody => ({ kind: 'lost', peer, id: offerIdOf('o') })
const packet = (length: number): RoutedBody => ({ kind: 'packet', id: offerIdOf('o'), bytes: new Uint8Array(length) })

const routed = (to: PeerId, from: PeerId, body: RoutedBody, hops = 0): Routed => {
  return { type: 'routed', to, from, hops, body }
}

/** A peer with two neighbours. */
function settled(): TestPeer {
  const peer = new TestPeer()
  peer.befriend([one, other], { size: LARGE })
  peer.wait(500)
  return peer
}

const routedBy = (effects: ReturnType<TestPeer['tell']>) =>
  sentOf(effects, 'routed').map(({ to, message }) => ({ next: to, ...message }))

describe('O6: what is routed', () => {
  it('goes to the peer itself if it is linked', () => {
    const effects = settled().receive(one, routed(other, far, signal('offer')))
    expect(routedBy(effects)).toEqual([{ next: other, ...routed(other, far, signal('offer'), 1) }])
  })

  it('goes where something of the peer came from', () => {
    const ways: readonly [string, (peer: TestPeer) => unknown][] = [
      ['something routed', (peer) => peer.receive(other, routed(OWN, far, { kind: 'here' }))],
      ['a walk', (peer) => peer.receive(other, { type: 'seek', peer: far, hops: 0, isNeedy: false })],
      ['a shuffle', (peer) => peer.receive(other, { type: 'shuffle', peer: far, hops: 0, peers: [] })],
      ['a neighbour that names it', (peer) => peer.ask(other, { size: LARGE, peers: [far] })],
      ['a publication', (peer) => peer.publication(other, publicationBy(far, 0))],
    ]
    for (const [way, learn] of ways) {
      const peer = settled()
      expect(routedBy(peer.receive(one, routed(far, farther, signal('answer'))))).toEqual([])
      learn(peer)
      const passed = routedBy(peer.receive(one, routed(far, farther, signal('answer'))))
      expect(passed, way).toEqual([{ next: other, ...routed(far, farther, signal('answer'), 1) }])
    }
  })

  it('goes where something of the peer came from last', () => {
    const peer = settled()
    for (const from of [one, other]) peer.receive(from, routed(OWN, far, { kind: 'here' }))
    expect(routedBy(peer.tell({ type: 'route', to: far, via: null, body: signal('offer') }))).toMatchObject([
      { next: other },
    ])
    peer.tell({ type: 'unlinked', peer: other, isLost: false })
    expect(effectsOf(peer.tell({ type: 'route', to: far, via: null, body: signal('offer') }), 'lost')).toEqual([
      { type: 'lost', id: offerIdOf('o') },
    ])
  })

  it('goes by the neighbour that is asked for, as an answer goes back the way of its offer', () => {
    const peer = settled()
    peer.receive(other, routed(OWN, far, { kind: 'here' }))
    const route = (via: PeerId) => routedBy(peer.tell({ type: 'route', to: far, via, body: signal('answer') }))
    expect(route(one)).toEqual([{ next: one, ...routed(far, OWN, signal('answer')) }])
    expect(route(farther)).toMatchObject([{ next: other }])
  })

  it('for this peer is brought to it, and how it came', () => {
    for (const body of [signal('offer'), signal('candidate'), packet(10)]) {
      expect(settled().receive(one, routed(OWN, far, body, 3))).toContainEqual({
        type: 'brought',
        from: far,
        via: one,
        body,
      })
    }
  })

  it('avoids a link that does not answer', () => {
    const peer = settled()
    peer.receive(other, { type: 'seek', peer: one, hops: 0, isNeedy: false })
    const route = () => routedBy(peer.tell({ type: 'route', to: one, via: null, body: signal('offer') }))
    expect(route()).toMatchObject([{ next: one }])
    while (peer.state.membership.pings.get(one)?.misses !== 1) peer.wait(250, (asked) => asked !== one)
    expect(route()).toMatchObject([{ next: other }])
  })

  it('1,024 ways are remembered, the latest', () => {
    const peer = settled()
    const many = numbered(1100)
    for (const distant of many) peer.receive(one, { type: 'shuffle', peer: distant, hops: 0, peers: [] })
    expect(peer.state.routes.learned.size).toBe(1024)
    expect(peer.state.routes.learned.has(many.at(-1) ?? far)).toBe(true)
  })
})

describe('O6: what belongs to an offer', () => {
  /** Far sends an offer by `one`, and it goes on by `other`; later something of both comes from elsewhere. */
  function passed(): TestPeer {
    const peer = settled()
    peer.receive(other, routed(OWN, farther, { kind: 'here' }))
    peer.receive(one, routed(farther, far, signal('offer')))
    peer.receive(other, routed(OWN, far, { kind: 'here' }))
    peer.receive(one, routed(OWN, farther, { kind: 'here' }))
    return peer
  }

  it.each([
    ['its answer', far, farther, other, one, signal('answer')],
    ['a candidate of the other side', far, farther, other, one, signal('candidate')],
    ['a packet of the other side', far, farther, other, one, packet(10)],
    ['word of its loss', far, farther, other, one, lost(farther)],
    ['a candidate', farther, far, one, other, signal('candidate')],
    ['a packet', farther, far, one, other, packet(10)],
  ])('takes the way of the offer, whatever comes from elsewhere: %s', (_, to, from, by, next, body) => {
    expect(routedBy(passed().receive(by, routed(to, from, body)))).toEqual([{ next, ...routed(to, from, body, 1) }])
  })

  it('takes it at its ends too', () => {
    const offerer = settled()
    offerer.receive(one, routed(OWN, far, { kind: 'here' }))
    const tell = (peer: TestPeer, body: RoutedBody) =>
      routedBy(peer.tell({ type: 'route', to: far, via: null, body })).map(({ next }) => next)
    expect(tell(offerer, signal('offer'))).toEqual([one])
    offerer.receive(other, routed(OWN, far, { kind: 'here' }))
    expect(tell(offerer, signal('candidate'))).toEqual([one])
    const answerer = settled()
    answerer.receive(one, routed(OWN, far, signal('offer')))
    answerer.receive(other, routed(OWN, far, { kind: 'here' }))
    expect(tell(answerer, packet(10))).toEqual([one])
  })

  it('takes another way once a link of that one is gone', () => {
    const peer = passed()
    peer.tell({ type: 'unlinked', peer: one, isLost: true })
    expect(peer.state.routes.learned.get(far)).toBe(other)
    peer.befriend([one], { size: LARGE })
    peer.tell({ type: 'unlinked', peer: other, isLost: true })
    const candidate = routed(farther, far, signal('candidate'))
    expect(routedBy(peer.receive(one, candidate))).toEqual([])
    peer.befriend(numbered(1), { size: LARGE, peers: [farther] })
    expect(routedBy(peer.receive(one, candidate))).toMatchObject([{ next: numbered(1)[0] }])
  })

  it('1,024 such ways are remembered, those used last', () => {
    const peer = settled()
    const offer = (name: string) => {
      const id = offerIdOf(name)
      peer.receive(one, routed(other, far, { kind: 'signal', signal: { kind: 'offer', id, sdp: 'v=0' } }))
    }
    offer('first')
    for (let index = 0; index < 1023; index++) offer(`${index}`)
    peer.receive(one, routed(other, far, { kind: 'packet', id: offerIdOf('first'), bytes: new Uint8Array(1) }))
    offer('last')
    const { trails } = peer.state.routes
    expect([trails.size, trails.has(offerIdOf('first')), trails.has(offerIdOf('0'))]).toEqual([1024, true, false])
  })
})

describe('O7: what leads nowhere', () => {
  it('is dropped, and the sender of an offer is told', () => {
    const told = routedBy(settled().receive(one, routed(far, farther, signal('offer'))))
    expect(told).toEqual([{ next: one, ...routed(farther, OWN, lost(far)) }])
    for (const body of [signal('answer'), signal('candidate'), { kind: 'here' } as const]) {
      expect(routedBy(settled().receive(one, routed(far, farther, body)))).toEqual([])
    }
  })

  it('is what would go back to where it came from, or has gone too far', () => {
    const peer = settled()
    peer.receive(one, routed(OWN, far, { kind: 'here' }))
    expect(routedBy(peer.receive(one, routed(far, farther, signal('offer'))))).toMatchObject([
      { next: one, to: farther, body: { kind: 'lost' } },
    ])
    expect(peer.state.routes.learned.has(far)).toBe(false)
    const distant = routedBy(settled().receive(one, routed(other, farther, signal('offer'), MAX_HOPS)))
    expect(distant).toMatchObject([{ next: one, to: farther, body: { kind: 'lost', peer: other } }])
  })

  it('is forgotten by who is told of it, and its offer has come to nothing', () => {
    const peer = settled()
    peer.receive(other, routed(OWN, far, { kind: 'here' }))
    peer.tell({ type: 'route', to: far, via: null, body: signal('offer') })
    const effects = peer.receive(other, routed(OWN, farther, lost(far)))
    expect(effectsOf(effects, 'lost')).toEqual([{ type: 'lost', id: offerIdOf('o') }])
    expect(peer.state.routes.learned.has(far)).toBe(false)
  })

  it('is what this peer has offered: of anything else nobody else can say so', () => {
    const peer = settled()
    peer.receive(other, routed(OWN, far, { kind: 'here' }))
    peer.tell({ type: 'reach', peer: far })
    expect(peer.receive(one, routed(OWN, farther, lost(far)))).toEqual([])
    // Nor of one that has only passed here.
    peer.receive(one, routed(farther, one, signal('offer')))
    expect(peer.receive(one, routed(OWN, farther, lost(far)))).toEqual([])
    expect(peer.state.routes.learned.get(far)).toBe(other)
  })

  it('leaves no trail, and forgets no way that leads elsewhere', () => {
    const peer = settled()
    peer.receive(other, routed(OWN, far, { kind: 'here' }))
    peer.receive(one, routed(far, farther, signal('offer'), MAX_HOPS))
    expect([peer.state.routes.trails.size, peer.state.routes.learned.get(far)]).toEqual([0, other])
  })

  it('a loss that is lost makes no other', () => {
    expect(settled().receive(one, routed(far, farther, lost(other)))).toEqual([])
  })
})

describe('O8: a peer to which no way is known', () => {
  it('is looked for by all, and dialled through the mesh when it answers', () => {
    const peer = settled()
    expect(peer.tell({ type: 'reach', peer: far })).toEqual([{ type: 'publish', kind: 'find', data: dataOf(far) }])
    expect(peer.receive(other, routed(OWN, far, { kind: 'here' }))).toEqual([{ type: 'dial', peer: far, via: 'mesh' }])
    // Once is enough, and who was not looked for is not dialled.
    expect(peer.receive(other, routed(OWN, far, { kind: 'here' }))).toEqual([])
    expect(peer.receive(other, routed(OWN, farther, { kind: 'here' }))).toEqual([])
  })

  it('that is this peer answers, the way that it was looked for', () => {
    const peer = settled()
    const find = publicationBy(far, 0, { kind: 'find', topic: '', data: dataOf(OWN) })
    const effects = peer.publication(other, find)
    expect(routedBy(effects)).toEqual([{ next: other, ...routed(far, OWN, { kind: 'here' }) }])
    // The others hear of it all the same: nobody can tell that it has been found.
    expect(sentOf(effects, 'publication').map(({ to }) => to)).toEqual([one])
  })

  it('that is another is passed on', () => {
    const effects = settled().publication(other, publicationBy(far, 0, { kind: 'find', data: dataOf(farther) }))
    expect(routedBy(effects)).toEqual([])
    expect(sentOf(effects, 'publication')).toHaveLength(1)
  })

  it('is out of reach after five seconds', () => {
    const peer = settled()
    peer.tell({ type: 'reach', peer: far })
    expect(effectsOf(peer.wait(4900), 'unreachable')).toEqual([])
    expect(effectsOf(peer.wait(500), 'unreachable')).toEqual([{ type: 'unreachable', peer: far }])
  })

  it('is looked for when the way that was known leads nowhere, once', () => {
    const peer = settled()
    peer.publication(one, publicationBy(far, 0))
    expect(peer.tell({ type: 'reach', peer: far })).toEqual([{ type: 'dial', peer: far, via: 'mesh' }])
    peer.tell({ type: 'route', to: far, via: null, body: signal('offer') })
    const find = { type: 'publish', kind: 'find', data: dataOf(far) }
    expect(peer.receive(one, routed(OWN, farther, lost(far)))).toEqual([find])
    expect(peer.receive(one, routed(OWN, farther, lost(far)))).toEqual([])
    expect(effectsOf(peer.wait(5500), 'unreachable')).toEqual([{ type: 'unreachable', peer: far }])
    // The next loss is that of an offer alone.
    expect(peer.receive(one, routed(OWN, farther, lost(far)))).toEqual([{ type: 'lost', id: offerIdOf('o') }])
  })

  it('is dialled by each way that an answer comes, as one of them may be forged', () => {
    const peer = settled()
    peer.tell({ type: 'reach', peer: far })
    const here = (from: PeerId) => effectsOf(peer.receive(from, routed(OWN, far, { kind: 'here' })), 'dial')
    expect([here(one), here(one), here(other)].map(({ length }) => length)).toEqual([1, 0, 1])
  })

  it('is looked for no more once it has answered an offer', () => {
    const peer = settled()
    peer.publication(one, publicationBy(far, 0))
    peer.tell({ type: 'reach', peer: far })
    peer.tell({ type: 'route', to: far, via: null, body: signal('offer') })
    peer.receive(one, routed(OWN, far, signal('answer')))
    const effects = peer.wait(10_000)
    expect([effectsOf(effects, 'publish'), effectsOf(effects, 'unreachable')]).toEqual([[], []])
  })

  it('is looked for when the way that was known has brought no link for three seconds', () => {
    const peer = settled()
    peer.publication(one, publicationBy(far, 0))
    peer.tell({ type: 'reach', peer: far })
    expect(effectsOf(peer.wait(2900), 'publish')).toEqual([])
    expect(effectsOf(peer.wait(400), 'publish')).toEqual([{ type: 'publish', kind: 'find', data: dataOf(far) }])
    const linked = settled()
    linked.publication(one, publicationBy(far, 0))
    linked.tell({ type: 'reach', peer: far })
    linked.link(far)
    expect(effectsOf(linked.wait(10_000), 'publish')).toEqual([])
  })

  it('leads there where its search came from', () => {
    const peer = settled()
    peer.receive(one, routed(OWN, far, { kind: 'here' }))
    peer.publication(other, publicationBy(far, 0, { kind: 'find', data: dataOf(farther) }))
    expect(routedBy(peer.receive(one, routed(far, farther, { kind: 'here' })))).toMatchObject([{ next: other }])
  })

  it('is looked for once at a time, and 64 of them at most', () => {
    const peer = settled()
    const reach = (wanted: readonly PeerId[]) =>
      wanted.flatMap((distant) => peer.tell({ type: 'reach', peer: distant }))
    expect(effectsOf(reach(numbered(60)), 'publish')).toHaveLength(60)
    expect(reach(numbered(60))).toEqual([])
    const effects = reach(numbered(40, 'more'))
    expect(effectsOf(effects, 'publish')).toHaveLength(4)
    expect(effectsOf(effects, 'unreachable')).toHaveLength(36)
  })

  it('is not looked for if it is linked, if a way is known, or if there is nobody to ask', () => {
    const peer = settled()
    expect(peer.tell({ type: 'reach', peer: one })).toEqual([])
    peer.publication(one, publicationBy(far, 0))
    expect(peer.tell({ type: 'reach', peer: far })).toEqual([{ type: 'dial', peer: far, via: 'mesh' }])
    expect(new TestPeer().tell({ type: 'reach', peer: far })).toEqual([{ type: 'unreachable', peer: far }])
  })
})

describe('O10: packets of a relayed connection', () => {
  it('are passed on as anything else, 1 MiB of one member at once and 128 KiB a second', () => {
    const peer = settled()
    const relay = (count: number) =>
      Array.from({ length: count }, () => peer.receive(one, routed(other, far, packet(65_536)))).flatMap(routedBy)
    const first = relay(20)
    expect(first.filter(({ body }) => body.kind === 'packet')).toHaveLength(16)
    // Who sent them is told: a connection with a packet missing is over.
    expect(first.filter(({ next, body }) => next === one && body.kind === 'lost')).toHaveLength(4)
    peer.wait(1000)
    expect(relay(5).filter(({ body }) => body.kind === 'packet')).toHaveLength(2)
    // Others have a budget of their own, and what is no packet needs none.
    expect(routedBy(peer.receive(other, routed(one, far, packet(65_536))))).toMatchObject([{ next: one }])
    expect(routedBy(peer.receive(one, routed(other, far, signal('offer'))))).toMatchObject([{ next: other }])
  })

  it('that lead nowhere are lost, and their sender told', () => {
    expect(routedBy(settled().receive(one, routed(far, farther, packet(10))))).toMatchObject([
      { next: one, to: farther, body: { kind: 'lost', peer: far } },
    ])
  })
})
