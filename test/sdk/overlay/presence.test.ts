import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../protocol/ids.ts'
import { sizeOf, zeroBits } from '../../../sdk/overlay/size.ts'
import { dataOf, effectsOf, LARGE, numbered, OWN, peersOf, publicationBy, sentOf, TestPeer } from './peer.ts'

const [one, other, third] = peersOf('one', 'other', 'third') as [PeerId, PeerId, PeerId]

const sizeAt = (peer: TestPeer): number => sizeOf({ state: peer.state, now: peer.now })

/** An id that begins with so many zero bits, and then a one. */
const idWith = (bits: number, name = ''): PeerId =>
  ('\0'.repeat(bits >> 3) + String.fromCharCode(0x80 >> (bits & 7)) + name.padEnd(20, '.')).slice(0, 20) as PeerId

/** Peers of which each begins with at least so many zero bits. */
const sampleOf = (count: number, bits: number): PeerId[] =>
  Array.from({ length: count }, (_, index) => idWith(bits, String(index)))

const presenceBy = (peer: PeerId, sequence: number, data = new Uint8Array([1])) =>
  publicationBy(peer, sequence, { kind: 'presence', topic: '', data })

/** A peer that came a while ago, with two neighbours that have said that they are here. */
function settled(level = 0, id = OWN): TestPeer {
  const peer = new TestPeer(1, id)
  peer.befriend([one, other], { size: LARGE, level })
  peer.populate(one, [one, other])
  peer.wait(1000)
  return peer
}

const publishes = (effects: ReturnType<TestPeer['tell']>) =>
  effectsOf(effects, 'publish').map(({ kind, data }) => [kind, data])

it('the zero bits of an id are counted from its beginning', () => {
  for (const bits of [0, 1, 7, 8, 9, 30, 159]) expect(zeroBits(idWith(bits))).toBe(bits)
  expect(zeroBits('\0'.repeat(20) as PeerId)).toBe(160)
})

describe('W1: who is here', () => {
  it('is said by a newcomer once a neighbour has told it the level', () => {
    const peer = new TestPeer()
    peer.link(one)
    expect(publishes(peer.ask(one, { size: LARGE }))).toEqual([['presence', null]])
    expect(publishes(peer.ask(other, { size: LARGE }))).toEqual([])
  })

  it('is said no more by a peer that is leaving, whatever it is told meanwhile', () => {
    const peer = new TestPeer()
    peer.link(one)
    expect(publishes(peer.tell({ type: 'leaving' }))).toEqual([])
    expect(publishes(peer.ask(one, { size: LARGE }))).toEqual([])
    expect(publishes(peer.wait(10_000))).toEqual([])
  })

  it('is said by those only whose ids begin with as many zero bits as the level has', () => {
    const quiet = new TestPeer(1, idWith(2))
    quiet.link(one)
    expect(publishes(quiet.ask(one, { size: LARGE, level: 3 }))).toEqual([])
    const loud = new TestPeer(1, idWith(3))
    loud.link(one)
    expect(publishes(loud.ask(one, { size: LARGE, level: 3 }))).toEqual([['presence', null]])
  })

  it('is said after three seconds if all neighbours have just come too: then the tracker’s count tells the level', () => {
    const levels = [200, 300, 5000].map((count) => {
      const peer = new TestPeer(1, idWith(20))
      peer.listed([one], count)
      peer.link(one)
      expect(publishes(peer.ask(one, { isNew: true, size: count }))).toEqual([])
      expect(publishes(peer.wait(3500))).toEqual([['presence', null]])
      return peer.state.presence.level
    })
    expect(levels).toEqual([0, 1, 5])
  })

  it('is at a level that the tracker’s count makes likely, whatever the first neighbour says', () => {
    const levels = [1, 300, 5000].map((count) => {
      const peer = new TestPeer(1, idWith(20))
      peer.listed([one], count)
      peer.link(one)
      peer.ask(one, { size: LARGE, level: 24 })
      return peer.state.presence.level
    })
    expect(levels).toEqual([3, 4, 8])
  })

  it('is told to the app, with what a peer publishes of itself', () => {
    const peer = settled()
    const effects = peer.publication(one, presenceBy(third, 0, new Uint8Array([7])))
    expect(effectsOf(effects, 'present')).toEqual([{ type: 'present', peer: third, data: new Uint8Array([7]) }])
    // And one that is linked is here before it has said so.
    const linked = new TestPeer()
    expect(effectsOf(linked.link(one), 'present')).toEqual([{ type: 'present', peer: one, data: null }])
  })

  it('is counted exactly at level 0', () => {
    const peer = settled()
    peer.wait(10_000)
    expect(sizeAt(peer)).toBe(3)
    peer.populate(one, numbered(150))
    expect(sizeAt(peer)).toBe(153)
  })

  it('with more than 256 of them the level rises, and only a sample is still known', () => {
    const peer = settled()
    peer.wait(10_000)
    const [half, rest] = [sampleOf(130, 1), sampleOf(130, 0)]
    const effects = peer.populate(one, [...half, ...rest])
    expect(peer.state.presence.level).toBe(1)
    // `one` and `other` begin with a zero bit, as letters do.
    expect(peer.state.presence.roster.size).toBe(132)
    expect(effectsOf(effects, 'absent')).toHaveLength(125)
    expect(sizeAt(peer)).toBe(2 * 133)
    // Whoever is not in the sample is passed on no more.
    expect(sentOf(peer.publication(one, presenceBy(idWith(0, 'late'), 0)), 'publication')).toEqual([])
    expect(effectsOf(peer.publication(one, presenceBy(idWith(0, 'later'), 0)), 'present')).toEqual([])
  })

  it('with fewer than 64 of them it falls, no faster than one bit in ten seconds', () => {
    const peer = settled(4)
    const levels = [11_000, 11_000, 11_000, 11_000, 60_000].map((milliseconds) => {
      peer.wait(milliseconds)
      return peer.state.presence.level
    })
    expect(levels.every((level, index) => level >= 3 - index)).toBe(true)
    expect(levels.at(-1)).toBe(0)
    const many = settled(2)
    many.populate(one, sampleOf(70, 2))
    many.wait(60_000)
    expect(many.state.presence.level).toBe(2)
  })

  it('who was not in the sample says that it is here once the level has fallen', () => {
    const peer = settled(1, idWith(0, 'own'))
    expect(publishes(peer.wait(30_000))).toContainEqual(['presence', null])
  })

  it('a new neighbour is told who is here: everyone at level 0, and else one that has just come', () => {
    const rosterFor = (level: number, isNew: boolean) => {
      const peer = settled(level)
      peer.populate(one, sampleOf(5, level))
      peer.link(third)
      const [roster] = sentOf(peer.ask(third, { isNew, size: LARGE, level }), 'roster')
      return roster?.message.entries
    }
    expect(rosterFor(0, false)).toHaveLength(7)
    expect(rosterFor(0, false)).toContainEqual({ author: idWith(0, '3'), epoch: 1, sequence: 0 })
    expect(rosterFor(3, false)).toBeUndefined()
    expect(rosterFor(3, true)).toHaveLength(5)
  })

  it('what of a roster is news is asked for, and given', () => {
    const peer = settled()
    const entries = [
      { author: one, epoch: 1, sequence: 0 },
      { author: third, epoch: 4, sequence: 9 },
      { author: OWN, epoch: 9, sequence: 9 },
    ]
    peer.receive(other, { type: 'roster', entries })
    const ranges = [{ author: third, epoch: 4, first: 9, last: 9 }]
    expect(sentOf(peer.wait(0), 'want')).toMatchObject([{ to: other, message: { ranges } }])
    const answer = { ...presenceBy(third, 9), epoch: 4 }
    const effects = peer.publication(other, answer)
    expect(effectsOf(effects, 'present')).toMatchObject([{ peer: third }])
    // Who is here already knows: it is not passed on.
    expect(sentOf(effects, 'publication')).toEqual([])
    expect(sentOf(peer.receive(one, { type: 'want', ranges }), 'publication')).toMatchObject([
      { to: one, message: { publication: answer } },
    ])
  })

  it('what a neighbour says of the size counts for five seconds: by then it is known', () => {
    const peer = new TestPeer()
    peer.befriend([one], { size: 1_000_000 })
    expect(sizeAt(peer)).toBe(1_000_000)
    peer.wait(5001)
    expect(sizeAt(peer)).toBe(2)
  })
})

describe('W2: what a peer says of itself', () => {
  it('counts by its sequence, in whatever order it comes', () => {
    const peer = settled()
    peer.publication(one, presenceBy(third, 3, new Uint8Array([3])))
    expect(effectsOf(peer.publication(one, presenceBy(third, 2, new Uint8Array([2]))), 'present')).toEqual([])
    expect(effectsOf(peer.publication(one, presenceBy(third, 4, new Uint8Array([4]))), 'present')).toMatchObject([
      { data: new Uint8Array([4]) },
    ])
  })

  it('without data says that it has left, also before what it said earlier', () => {
    const peer = settled()
    peer.publication(one, presenceBy(third, 1))
    const goodbye = presenceBy(third, 5, new Uint8Array())
    expect(effectsOf(peer.publication(one, goodbye), 'absent')).toEqual([{ type: 'absent', peer: third }])
    expect(effectsOf(peer.publication(one, presenceBy(third, 4)), 'present')).toEqual([])
    // In a new epoch it is another visit.
    const again = { ...presenceBy(third, 0), epoch: 2 }
    expect(effectsOf(peer.publication(one, again), 'present')).toHaveLength(1)
  })

  it('a goodbye is passed on at every level', () => {
    const peer = settled(3)
    const goodbye = presenceBy(idWith(0, 'x'), 5, new Uint8Array())
    expect(sentOf(peer.publication(one, goodbye), 'publication')).toHaveLength(1)
  })

  it('who is linked is here, whatever is said of it', () => {
    const peer = settled()
    expect(effectsOf(peer.publication(other, presenceBy(one, 1, new Uint8Array())), 'absent')).toEqual([])
    expect(effectsOf(peer.tell({ type: 'unlinked', peer: one, isLost: false }), 'absent')).toMatchObject([
      { peer: one },
    ])
  })

  it('is published when it changes, and when this peer leaves', () => {
    const peer = settled()
    expect(publishes(peer.tell({ type: 'changed' }))).toEqual([['presence', null]])
    expect(publishes(peer.tell({ type: 'leaving' }))).toEqual([['presence', new Uint8Array()]])
    const quiet = settled(5)
    expect(publishes(quiet.tell({ type: 'changed' }))).toEqual([])
    expect(publishes(quiet.tell({ type: 'leaving' }))).toEqual([])
  })
})

describe('W3: a suspicion', () => {
  const suspicionOf = (subject: PeerId, sequence = 0) =>
    publicationBy(one, sequence, { kind: 'suspect', topic: '', data: dataOf(subject) })

  it('is published within two seconds by who has lost a neighbour', () => {
    const peer = settled()
    peer.tell({ type: 'unlinked', peer: other, isLost: true })
    expect(publishes(peer.wait(2250))).toEqual([['suspect', dataOf(other)]])
  })

  it('but not if another was first, if the peer says that it is here, or after a goodbye', () => {
    const first = settled()
    first.tell({ type: 'unlinked', peer: other, isLost: true })
    first.publication(one, suspicionOf(other, 1))
    expect(publishes(first.wait(3000))).toEqual([])
    const here = settled()
    here.tell({ type: 'unlinked', peer: other, isLost: true })
    here.publication(one, presenceBy(other, 1))
    expect(publishes(here.wait(3000))).toEqual([])
    const left = settled()
    left.tell({ type: 'unlinked', peer: other, isLost: false })
    expect(publishes(left.wait(3000))).toEqual([])
  })

  it('is answered by who is suspected', () => {
    const peer = settled()
    expect(publishes(peer.publication(one, suspicionOf(OWN, 1)))).toEqual([['presence', null]])
  })

  it('again and again does not make it speak again and again', () => {
    const peer = settled()
    const effects = numbered(500).flatMap((_, index) => peer.publication(one, suspicionOf(OWN, index + 1)))
    expect(publishes(effects).length).toBeLessThanOrEqual(2)
  })

  it('that comes a moment after another was answered is answered too, before the others take the peer off', () => {
    const peer = settled()
    peer.publication(one, suspicionOf(OWN, 1))
    peer.wait(500)
    const effects = [...peer.publication(one, suspicionOf(OWN, 2)), ...peer.wait(3000)]
    expect(publishes(effects)).toEqual([['presence', null]])
  })

  it('takes the peer off after four seconds, unless it says that it is here', () => {
    const peer = settled()
    peer.populate(one, [third])
    peer.publication(one, suspicionOf(third, 1))
    expect(effectsOf(peer.wait(3500), 'absent')).toEqual([])
    expect(effectsOf(peer.wait(1000), 'absent')).toEqual([{ type: 'absent', peer: third }])
    const alive = settled()
    alive.populate(one, [third])
    alive.publication(one, suspicionOf(third, 1))
    alive.publication(one, presenceBy(third, 1))
    expect(effectsOf(alive.wait(10_000), 'absent')).toEqual([])
  })

  it('of a neighbour says nothing to who hears it', () => {
    const peer = settled()
    peer.publication(one, suspicionOf(other, 1))
    expect(effectsOf(peer.wait(10_000), 'absent')).toEqual([])
  })

  it('of nobody, or of an id that is none, changes nothing', () => {
    const peer = settled()
    peer.publication(one, publicationBy(one, 1, { kind: 'suspect', data: new Uint8Array(19) }))
    expect(peer.state.presence.suspected.size).toBe(0)
    peer.publication(one, suspicionOf(third, 2))
    expect(effectsOf(peer.wait(10_000), 'absent')).toEqual([])
  })
})

describe('W4: presence is said again', () => {
  const everyPeer = (size: number) => {
    const peer = settled()
    const others = numbered(size)
    peer.populate(one, others)
    return { peer, others }
  }

  it('once a minute in a small swarm', () => {
    const { peer } = everyPeer(2)
    const count = publishes(peer.wait(600_000)).length
    expect(count).toBeGreaterThanOrEqual(8)
    expect(count).toBeLessThanOrEqual(11)
  })

  it('and more rarely the more there are: all together once in ten seconds', () => {
    const { peer, others } = everyPeer(98)
    let count = 0
    for (let minute = 0; minute < 100; minute++) {
      peer.populate(one, others, minute + 1)
      count += publishes(peer.wait(60_000)).length
    }
    // 100 peers, each once in 1,000 s.
    expect(count).toBeGreaterThanOrEqual(4)
    expect(count).toBeLessThanOrEqual(8)
  })

  it('who has not for three times that long is taken off, but for a neighbour', () => {
    const { peer, others } = everyPeer(3)
    const [talker] = others
    if (talker === undefined) throw new Error('nobody')
    for (let minute = 1; minute < 3; minute++) {
      peer.wait(60_000)
      peer.populate(one, [talker], minute)
    }
    const gone = effectsOf(peer.wait(70_000), 'absent').map((effect) => effect.peer)
    expect(new Set(gone)).toEqual(new Set(others.slice(1)))
    expect(peer.state.presence.roster.has(one)).toBe(true)
  })
})

describe('W5: what the ids come to', () => {
  const digestsOf = (peer: TestPeer) => sentOf(peer.wait(60_000), 'digest').map(({ message }) => message.digest)

  it('is told to a neighbour now and then, the same by all who know of the same', () => {
    const [own, same] = [settled(), settled()]
    const digests = digestsOf(own)
    expect(digests.length).toBeGreaterThan(1)
    expect(digestsOf(same)).toContain(digests.at(-1))
    same.populate(one, [third])
    expect(
      same.tell({ type: 'received', from: one, message: { type: 'digest', digest: digests.at(-1) ?? 0 } }),
    ).not.toEqual([])
  })

  it('is answered with the roster and a question for the other one, if it is another', () => {
    const peer = settled()
    const effects = peer.tell({ type: 'received', from: one, message: { type: 'digest', digest: 1 } })
    expect(sentOf(effects, 'roster')).toHaveLength(1)
    expect(sentOf(effects, 'neighbour')).toMatchObject([{ to: one, message: { isNew: true } }])
  })

  it('is of no interest in a large swarm, nor from who is no neighbour', () => {
    const message = { type: 'digest', digest: 1 } as const
    expect(settled(3).tell({ type: 'received', from: one, message })).toEqual([])
    const peer = settled()
    peer.tell({ type: 'linked', peer: third, network: null })
    expect(peer.tell({ type: 'received', from: third, message })).toEqual([])
  })
})
