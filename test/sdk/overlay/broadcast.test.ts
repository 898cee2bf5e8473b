import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../protocol/ids.ts'
import { type HaveRange, MAX_RANGES, type Range } from '../../../protocol/mesh/overlay.ts'
import { isKnown } from '../../../sdk/overlay/overlay.ts'
import { deliveredIn, effectsOf, LARGE, numbered, OWN, peersOf, publicationBy, sentOf, TestPeer } from './peer.ts'

const [one, other, third, author] = peersOf('one', 'other', 'third', 'author') as [PeerId, PeerId, PeerId, PeerId]

/** A peer that came a while ago, with three neighbours. */
function settled(): TestPeer {
  const peer = new TestPeer()
  peer.befriend([one, other, third], { size: LARGE })
  peer.wait(1000)
  return peer
}

const haveOf = (first: number, last = first, fields: Partial<HaveRange> = {}): HaveRange => {
  return { author, epoch: 1, first, last, age: 20, size: 0, ...fields }
}

const have = (peer: TestPeer, from: PeerId, ...ranges: HaveRange[]) => peer.receive(from, { type: 'have', ranges })

const want = (peer: TestPeer, from: PeerId, ...ranges: Range[]) => peer.receive(from, { type: 'want', ranges })

/** Who is sent publications, by their sequences. */
const pushedTo = (effects: ReturnType<TestPeer['tell']>) =>
  sentOf(effects, 'publication').map(({ to, message }) => [to, message.publication.sequence])

const wantedOf = (effects: ReturnType<TestPeer['tell']>) =>
  sentOf(effects, 'want').map(({ to, message }) => [to, message.ranges.map(({ first, last }) => [first, last])])

describe('D2: a publication', () => {
  it('is passed on to all neighbours but the one that brought it, and handed on', () => {
    const effects = settled().publication(one, publicationBy(author, 0))
    expect(pushedTo(effects)).toEqual([
      [other, 0],
      [third, 0],
    ])
    expect(effectsOf(effects, 'deliver')).toMatchObject([{ publication: { author, sequence: 0 }, isPast: false }])
  })

  it('of this peer goes to all neighbours', () => {
    expect(new Set(pushedTo(settled().publish(0)).map(([to]) => to))).toEqual(new Set([one, other, third]))
  })

  it('is passed on once, however often it comes', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 0))
    for (const from of [one, other, third, one]) {
      const effects = peer.publication(from, publicationBy(author, 0))
      expect(pushedTo(effects)).toEqual([])
      expect(deliveredIn(effects)).toEqual([])
    }
  })

  it('of another kind is passed on, and not handed on', () => {
    const effects = settled().publication(one, publicationBy(author, 0, { kind: 'dance' }))
    expect(pushedTo(effects)).toHaveLength(2)
    expect(effectsOf(effects, 'deliver')).toEqual([])
  })

  it('of an epoch that is over is ignored, and a new epoch begins anew', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 0, { epoch: 2 }))
    expect(peer.publication(one, publicationBy(author, 1, { epoch: 1 }))).toEqual([])
    expect(deliveredIn(peer.publication(one, publicationBy(author, 0, { epoch: 3 })))).toEqual([0])
  })

  it('of this peer’s own that comes back is neither', () => {
    const peer = settled()
    peer.publish(0)
    const effects = peer.publication(one, publicationBy(OWN, 0))
    expect(pushedTo(effects)).toEqual([])
    expect(deliveredIn(effects)).toEqual([])
    expect(effectsOf(peer.publication(one, publicationBy(OWN, 7)), 'deliver')).toEqual([])
  })

  it('counts, though the link that brought it has gone while its signature was verified', () => {
    const peer = settled()
    peer.tell({ type: 'unlinked', peer: one, isLost: false })
    const effects = peer.publication(one, publicationBy(author, 0))
    expect(deliveredIn(effects)).toEqual([0])
    expect(new Set(pushedTo(effects).map(([to]) => to))).toEqual(new Set([other, third]))
    // And nothing is said to who is not there.
    expect(effectsOf(peer.publication(one, publicationBy(author, 0)), 'send')).toEqual([])
  })

  it('that is known needs no look at its signature', () => {
    const peer = settled()
    const publication = publicationBy(author, 0)
    expect(isKnown(peer.state, publication)).toBe(false)
    peer.publication(one, publication)
    expect(isKnown(peer.state, publication)).toBe(true)
    expect(isKnown(peer.state, publicationBy(author, 0, { epoch: 2 }))).toBe(false)
    expect(isKnown(peer.state, publicationBy(author, 1))).toBe(false)
  })

  it('that is older than three seconds is only told of', () => {
    const peer = settled()
    have(peer, one, haveOf(0, 0, { age: 4000 }))
    expect(wantedOf(peer.wait(0))).toEqual([[one, [[0, 0]]]])
    expect(pushedTo(peer.publication(one, publicationBy(author, 0)))).toEqual([])
    expect(new Set(sentOf(peer.wait(150), 'have').map(({ to }) => to))).toEqual(new Set([other, third]))
  })
})

describe('D3: word of a publication', () => {
  it('comes within 100 ms, of many in a row together', () => {
    const peer = settled()
    peer.receive(other, { type: 'prune', author: null })
    for (let sequence = 0; sequence < 5; sequence++) peer.publication(one, publicationBy(author, sequence))
    expect(sentOf(peer.wait(99), 'have')).toEqual([])
    const [told, ...more] = sentOf(peer.wait(2), 'have')
    expect(more).toEqual([])
    expect(told?.to).toBe(other)
    expect(told?.message.ranges).toMatchObject([{ author, epoch: 1, first: 0, last: 4, size: 0 }])
    expect(told?.message.ranges[0]?.age).toBeLessThanOrEqual(101)
  })

  it('of what has come, of an epoch that is over, and of this peer’s own asks for nothing', () => {
    const peer = settled()
    peer.publish(0)
    peer.publication(one, publicationBy(author, 0, { epoch: 2 }))
    have(peer, other, haveOf(0, 0, { epoch: 2 }), haveOf(1), haveOf(3, 3, { author: OWN }))
    expect(sentOf(peer.wait(2000), 'want')).toEqual([])
  })

  it('that nobody stands by is forgotten', () => {
    const peer = settled()
    have(peer, one, haveOf(0, 9))
    peer.wait(3000)
    expect(peer.state.broadcast.missing.size).toBe(0)
  })
})

describe('D4: what is missing', () => {
  it('is asked for after 150 ms, unless it comes', () => {
    const peer = settled()
    have(peer, one, haveOf(0, 1))
    expect(wantedOf(peer.wait(149))).toEqual([])
    peer.publication(other, publicationBy(author, 0))
    expect(wantedOf(peer.wait(2))).toEqual([[one, [[1, 1]]]])
  })

  it('is asked for at once if it is old', () => {
    const peer = settled()
    have(peer, one, haveOf(0, 2, { age: 250 }))
    expect(wantedOf(peer.wait(0))).toEqual([[one, [[0, 2]]]])
  })

  it('is asked of the next one who told of it after 700 ms, and of each three times', () => {
    const peer = settled()
    have(peer, one, haveOf(0))
    have(peer, other, haveOf(0))
    const asked: (readonly [PeerId, number])[] = []
    const begun = peer.now
    for (let step = 0; step < 100; step++) {
      for (const { to } of sentOf(peer.wait(50), 'want')) asked.push([to, peer.now - begun])
    }
    expect(asked.map(([to]) => to)).toEqual([one, other, one, other, one, other])
    expect(asked.map(([, at]) => at)).toEqual([150, 850, 1550, 2250, 2950, 3650])
  })

  it('is asked of the next one at once when the neighbour that was asked is gone', () => {
    const peer = settled()
    have(peer, one, haveOf(0))
    have(peer, other, haveOf(0))
    expect(wantedOf(peer.wait(150))).toEqual([[one, [[0, 0]]]])
    peer.tell({ type: 'unlinked', peer: one, isLost: true })
    expect(wantedOf(peer.wait(0))).toEqual([[other, [[0, 0]]]])
  })

  it('is given to who asks, as far as it is remembered', () => {
    const peer = settled()
    for (const sequence of [0, 1, 2, 4]) peer.publication(one, publicationBy(author, sequence))
    const effects = want(peer, other, { author, epoch: 1, first: 1, last: 9 })
    expect(pushedTo(effects)).toEqual([
      [other, 1],
      [other, 2],
      [other, 4],
    ])
    expect(want(peer, other, { author, epoch: 2, first: 0, last: 9 })).toEqual([])
    expect(want(peer, other, { author: third, epoch: 1, first: 0, last: 9 })).toEqual([])
  })

  it('of 500 told of at once all are asked for', () => {
    const peer = settled()
    have(peer, one, haveOf(0, 499, { age: 1000 }))
    expect(wantedOf(peer.wait(0))).toEqual([[one, [[0, 499]]]])
    for (let sequence = 0; sequence < 500; sequence++) peer.publication(one, publicationBy(author, sequence))
    expect(peer.state.broadcast.missing.size).toBe(0)
    expect(sentOf(peer.wait(5000), 'want')).toEqual([])
  })
})

describe('D5: the tree', () => {
  it('a publication that came before from elsewhere is answered with prune', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 0))
    expect(peer.publication(other, publicationBy(author, 0))).toEqual([
      { type: 'send', to: other, message: { type: 'prune', author: null } },
    ])
    // From then on it is only told of what comes here: the tree of all goes both ways.
    expect(pushedTo(peer.publication(one, publicationBy(third, 0))).map(([to]) => to)).toEqual([third])
  })

  it('but not if it was asked for', () => {
    const peer = settled()
    have(peer, other, haveOf(0, 0, { age: 250 }))
    peer.wait(0)
    peer.publication(one, publicationBy(author, 0))
    const prunes = sentOf(peer.publication(other, publicationBy(author, 0)), 'prune')
    expect(prunes.length).toBeLessThanOrEqual(1)
  })

  it('who has said prune is told, and who has said graft is sent what is published', () => {
    const peer = settled()
    peer.receive(other, { type: 'prune', author: null })
    expect(new Set(pushedTo(peer.publish(0)).map(([to]) => to))).toEqual(new Set([one, third]))
    expect(sentOf(peer.wait(100), 'have').map(({ to }) => to)).toEqual([other])
    peer.receive(other, { type: 'graft', author: null })
    const pushed = pushedTo(peer.publication(one, publicationBy(author, 0))).map(([to]) => to)
    expect(new Set(pushed)).toEqual(new Set([other, third]))
  })

  it('whoever publishes pushes to somebody, even if all have said prune: it may be about to leave', () => {
    const peer = settled()
    for (const neighbour of [one, other, third]) peer.receive(neighbour, { type: 'prune', author: null })
    expect(pushedTo(peer.publish(0)).length).toBeGreaterThan(0)
  })

  it('an author that publishes twice within 30 s has a tree of its own, which begins as that of all', () => {
    const peer = settled()
    peer.receive(other, { type: 'prune', author: null })
    peer.publication(one, publicationBy(author, 0))
    peer.publication(one, publicationBy(author, 1))
    expect(peer.publication(third, publicationBy(author, 1))).toEqual([
      { type: 'send', to: third, message: { type: 'prune', author } },
    ])
    // It leads away from the author: what comes here still goes to who needs not be heard.
    expect(pushedTo(peer.publication(one, publicationBy(author, 2))).map(([to]) => to)).toEqual([third])
    peer.receive(third, { type: 'prune', author })
    expect(pushedTo(peer.publication(one, publicationBy(author, 3)))).toEqual([])
    // And that of all others is as it was.
    expect(pushedTo(peer.publication(one, publicationBy(third, 0))).map(([to]) => to)).toEqual([third])
  })

  it('who has to be asked for something is asked to push it from then on', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 0))
    peer.publication(other, publicationBy(author, 0))
    have(peer, other, haveOf(1))
    const effects = peer.wait(150)
    expect(sentOf(effects, 'graft')).toMatchObject([{ to: other, message: { author: null } }])
    expect(wantedOf(effects)).toEqual([[other, [[1, 1]]]])
  })

  it('a neighbour that had it earlier takes the place of the one that brought it', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 0))
    peer.publication(one, publicationBy(author, 1))
    const effects = have(peer, other, haveOf(1, 1, { age: 60 }))
    expect(sentOf(effects, 'graft')).toMatchObject([{ to: other, message: { author } }])
    expect(sentOf(effects, 'prune')).toMatchObject([{ to: one, message: { author } }])
  })

  it('who lies about it and brings nothing costs only the moment that it takes to ask', () => {
    const peer = settled()
    for (const sequence of [0, 1]) peer.publication(one, publicationBy(author, sequence))
    have(peer, other, haveOf(1, 1, { age: 3_600_000 }))
    // The liar is the parent now. The former one, which was pruned, tells of the next.
    have(peer, one, haveOf(2))
    expect(wantedOf(peer.wait(150))).toEqual([[one, [[2, 2]]]])
    expect(deliveredIn(peer.publication(one, publicationBy(author, 2)))).toEqual([2])
  })
})

describe('D6: a new neighbour', () => {
  it('is told of every message that is remembered, as far as they are not a minute old', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 0))
    peer.wait(50_000)
    for (const sequence of [1, 2, 3]) peer.publication(one, publicationBy(author, sequence))
    // What is no message counts too, so that there are no gaps; but not of those who have published no message.
    peer.publication(one, publicationBy(author, 4, { kind: 'find', data: new Uint8Array(20) }))
    peer.publication(one, publicationBy(third, 0, { kind: 'find', data: new Uint8Array(20) }))
    peer.link(numbered(1)[0] ?? one)
    const effects = peer.ask(numbered(1)[0] ?? one, { size: LARGE })
    expect(sentOf(effects, 'have')[0]?.message.ranges).toMatchObject([
      { author, first: 0, last: 0, age: 50_000 },
      { author, first: 1, last: 4, age: 0 },
    ])
    peer.wait(11_000)
    expect(sentOf(peer.tell({ type: 'drained', peer: other }), 'have')[0]?.message.ranges).toMatchObject([
      { author, first: 1, last: 4 },
    ])
  })

  it('is told of more than fit in one message in several', () => {
    const peer = settled()
    // No two in a row are of one author.
    for (let sequence = 0; sequence < 350; sequence++) {
      for (const by of [author, other]) peer.publication(one, publicationBy(by, 2 * sequence))
    }
    const told = sentOf(peer.tell({ type: 'drained', peer: third }), 'have')
    expect(told.map(({ message }) => message.ranges.length)).toEqual([MAX_RANGES, 700 - MAX_RANGES])
  })

  it('history holds 1,024 and 4 MiB', () => {
    const peer = settled()
    for (let sequence = 0; sequence < 1100; sequence++) peer.publication(one, publicationBy(author, sequence))
    expect(peer.state.broadcast.history.entries.size).toBe(1024)
    for (let sequence = 0; sequence < 10; sequence++) {
      peer.publication(one, publicationBy(other, sequence, { data: new Uint8Array(1_000_000) }))
    }
    expect(peer.state.broadcast.history.bytes).toBeLessThanOrEqual(4_194_304)
    expect(peer.state.broadcast.history.entries.size).toBe(4)
  })
})

describe('D7: the order of an author', () => {
  it('is kept, whatever the order in which they come', () => {
    const peer = settled()
    expect(deliveredIn(peer.publication(one, publicationBy(author, 0)))).toEqual([0])
    expect(deliveredIn(peer.publication(one, publicationBy(author, 3)))).toEqual([])
    expect(deliveredIn(peer.publication(other, publicationBy(author, 2)))).toEqual([])
    expect(deliveredIn(peer.publication(other, publicationBy(author, 1)))).toEqual([1, 2, 3])
  })

  it('what is missing is waited for 8 seconds, and then left out, even if it comes', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 0))
    peer.publication(one, publicationBy(author, 2))
    expect(deliveredIn(peer.wait(7999))).toEqual([])
    expect(deliveredIn(peer.wait(1))).toEqual([2])
    expect(deliveredIn(peer.publication(one, publicationBy(author, 1)))).toEqual([])
    expect(deliveredIn(peer.publication(one, publicationBy(author, 3)))).toEqual([3])
  })

  it('at the first of an author it is waited for half a second', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 7))
    peer.publication(one, publicationBy(author, 6))
    expect(deliveredIn(peer.wait(499))).toEqual([])
    expect(deliveredIn(peer.wait(1))).toEqual([6, 7])
  })

  it('unless a neighbour has told of what is missing there: then it is waited for as long as any', () => {
    const peer = settled()
    have(peer, one, haveOf(5))
    peer.publication(one, publicationBy(author, 7))
    peer.publication(one, publicationBy(author, 6))
    expect(deliveredIn(peer.wait(1500))).toEqual([])
    expect(deliveredIn(peer.publication(one, publicationBy(author, 5)))).toEqual([])
    expect(deliveredIn(peer.wait(500))).toEqual([5, 6, 7])
  })

  it('is kept when all that an author may say at once has come before its first', () => {
    const peer = settled()
    have(peer, one, haveOf(5))
    const heard: number[] = []
    const publish = (sequence: number) =>
      heard.push(...deliveredIn(peer.publication(one, publicationBy(author, sequence))))
    for (let sequence = 6; sequence < 1000; sequence++) publish(sequence)
    heard.push(...deliveredIn(peer.wait(300)))
    publish(5)
    heard.push(...deliveredIn(peer.wait(1000)))
    expect(heard).toEqual(Array.from({ length: 995 }, (_, index) => index + 5))
  })

  it('what was published before this peer came is past', () => {
    const peer = new TestPeer()
    peer.befriend([one, other], { size: LARGE })
    peer.wait(1000)
    have(peer, one, haveOf(0, 0, { age: 20_000 }), haveOf(1, 1, { age: 500 }))
    peer.wait(100)
    const effects = [0, 1].flatMap((sequence) => peer.publication(one, publicationBy(author, sequence)))
    expect(effectsOf(effects, 'deliver').map(({ isPast }) => isPast)).toEqual([true, false])
  })

  it('who lies about its age does not make others take it for past', () => {
    const peer = settled()
    peer.publication(one, publicationBy(author, 0))
    have(peer, other, haveOf(1, 100, { age: 3_600_000 }))
    peer.wait(100)
    const effects = peer.publication(one, publicationBy(author, 1))
    expect(effectsOf(effects, 'deliver')).toMatchObject([{ isPast: false }])
    expect(sentOf(effects, 'publication').map(({ to }) => to)).toContain(third)
  })
})

describe('D8: how much of an author is taken', () => {
  it('2,000 at once, and 200 a second', () => {
    const peer = settled()
    const send = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => peer.publication(one, publicationBy(author, from + index))).flatMap(
        deliveredIn,
      ).length
    expect(send(0, 3000)).toBe(2000)
    expect(pushedTo(peer.publication(one, publicationBy(author, 2000)))).toEqual([])
    peer.wait(1000)
    expect(send(2000, 1000)).toBe(200)
    // Others are not held back by that.
    expect(deliveredIn(peer.publication(one, publicationBy(other, 0)))).toEqual([0])
  })

  it('16 MiB at once, and 2 MiB a second', () => {
    const peer = settled()
    const data = new Uint8Array(1_048_576)
    const send = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) =>
        peer.publication(one, publicationBy(author, from + index, { data })),
      ).flatMap(deliveredIn).length
    expect(send(0, 40)).toBe(15)
    peer.wait(10_000)
    expect(send(15, 40)).toBe(15)
  })

  it('of an author that leaves gaps little is held', () => {
    const peer = settled()
    const data = new Uint8Array(1_000_000)
    for (let second = 0; second < 600; second++) {
      peer.wait(1000)
      for (const part of [1, 2]) peer.publication(one, publicationBy(author, 2 * (2 * second + part), { data }))
    }
    const held = [...(peer.state.broadcast.authors.get(author)?.held.values() ?? [])]
    const bytes = held.reduce((sum, { publication }) => sum + publication.data.length, 0)
    expect(bytes).toBeLessThanOrEqual(67_108_864)
  })

  it('of the made up that a neighbour tells of little is remembered, and others’ word still counts', () => {
    const peer = settled()
    for (let index = 0; index < 100; index++) {
      have(peer, one, haveOf(1024 * index, 1024 * index + 1023, { author: third, age: 0 }))
    }
    expect(peer.state.broadcast.missing.size).toBeLessThanOrEqual(8192)
    have(peer, other, haveOf(0, 0, { size: 100_000 }))
    expect(sentOf(peer.wait(0), 'want').map(({ to }) => to)).toContain(other)
  })

  it('many authors are remembered, and what was handed on is not handed on again once one is forgotten', () => {
    const peer = settled()
    const first = publicationBy(author, 0)
    expect(deliveredIn(peer.publication(one, first))).toEqual([0])
    for (const talker of numbered(800, 'talker')) {
      peer.wait(10)
      peer.publication(one, publicationBy(talker, 0))
    }
    expect(peer.state.broadcast.authors.size).toBeLessThanOrEqual(512)
    expect(deliveredIn(peer.publication(other, first))).toEqual([])
  })
})

describe('D9: what is larger than 8,192 bytes', () => {
  const data = new Uint8Array(8193)

  it('is not pushed: its word comes at once, with its size', () => {
    const peer = settled()
    expect(pushedTo(peer.publish(0, { data }))).toEqual([])
    const told = sentOf(peer.wait(0), 'have')
    expect(new Set(told.map(({ to }) => to))).toEqual(new Set([one, other, third]))
    expect(told[0]?.message.ranges).toMatchObject([{ author: OWN, first: 0, last: 0, size: 8193 }])
    expect(pushedTo(settled().publish(0, { data: data.subarray(1) }))).toHaveLength(3)
  })

  it('is asked for at once, of one at a time, with patience for its size', () => {
    const peer = settled()
    have(peer, one, haveOf(0, 0, { size: 320_000 }))
    have(peer, other, haveOf(0, 0, { size: 320_000 }))
    expect(wantedOf(peer.wait(0))).toEqual([[one, [[0, 0]]]])
    expect(wantedOf(peer.wait(10_699))).toEqual([])
    expect(wantedOf(peer.wait(1))).toEqual([[other, [[0, 0]]]])
  })

  it('and is waited for by who publishes it, until somebody has asked', () => {
    const peer = settled()
    peer.publish(0, { data })
    expect(peer.state.broadcast.unasked.size).toBe(1)
    want(peer, other, { author: OWN, epoch: 1, first: 0, last: 0 })
    expect(peer.state.broadcast.unasked.size).toBe(0)
  })
})
