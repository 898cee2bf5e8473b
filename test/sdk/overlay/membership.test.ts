import { TICK } from '../../../sdk/overlay/overlay.ts'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../protocol/ids.ts'
import type { Seek, Shuffle } from '../../../protocol/mesh/overlay.ts'
import { effectsOf, LARGE, numbered, OWN, peersOf, sentOf, TestPeer } from './peer.ts'

const [one, other, third] = peersOf('one', 'other', 'third') as [PeerId, PeerId, PeerId]

const dial = (peer: PeerId, via: 'mesh' | 'tracker') => ({ type: 'dial', peer, via })

describe('the first link', () => {
  it('is asked of the tracker, and of one peer more each time that none has come', () => {
    const peer = new TestPeer()
    expect(peer.listed([OWN, one, other, third])).toEqual([dial(one, 'tracker')])
    expect(effectsOf(peer.wait(600), 'dial')).toEqual([])
    expect(effectsOf(peer.wait(200), 'dial')).toEqual([dial(other, 'tracker')])
    expect(effectsOf(peer.wait(700), 'dial')).toEqual([dial(third, 'tracker')])
  })

  it('that failed is tried again at once, and then less and less often, until the peer is forgotten', () => {
    const peer = new TestPeer()
    peer.listed([one])
    expect(peer.tell({ type: 'failed', peer: one, isGone: false })).toEqual([dial(one, 'tracker')])
    const waits: number[] = []
    for (;;) {
      expect(effectsOf(peer.tell({ type: 'failed', peer: one, isGone: false }), 'dial')).toEqual([])
      if (!peer.state.membership.passive.has(one)) break
      const before = peer.now
      while (effectsOf(peer.wait(50), 'dial').length === 0);
      waits.push(peer.now - before)
    }
    expect(waits).toHaveLength(6)
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(60 * 2 ** index)
    expect(waits.at(-1)).toBeGreaterThan(1500)
  })

  it('is not tried with whom the tracker does not know', () => {
    const peer = new TestPeer()
    peer.listed([one])
    expect(effectsOf(peer.tell({ type: 'failed', peer: one, isGone: true }), 'dial')).toEqual([])
    expect(peer.state.membership.passive.size).toBe(0)
  })

  it('has failed as well if nothing is ever heard of it', () => {
    const peer = new TestPeer()
    peer.listed([one])
    peer.wait(15_500)
    expect(peer.state.membership.passive.get(one)?.failures).toBe(1)
  })

  it('is asked for anew, ever less often, by who has none and knows that it is not alone', () => {
    const alone = new TestPeer()
    alone.listed([], 1)
    expect(effectsOf(alone.wait(9000), 'ask')).toEqual([])
    const peer = new TestPeer()
    peer.listed([], 5)
    const asks = [1, 2, 3].map((minute) => effectsOf(peer.wait(minute * 60_000), 'ask').length)
    expect(asks[0]).toBeGreaterThan(1)
    expect(asks[2]).toBeLessThan(asks[0] ?? 0)
  })
})

describe('O2: neighbours', () => {
  it('are two who have both asked for it', () => {
    const peer = new TestPeer()
    peer.listed([one], 2)
    const asked = sentOf(peer.link(one), 'neighbour')
    expect(asked).toMatchObject([{ to: one, message: { isNeedy: true, isNew: true, size: 2, peers: [] } }])
    expect(peer.neighbours).toEqual([])
    expect(sentOf(peer.ask(one), 'neighbour')).toEqual([])
    expect(peer.neighbours).toEqual([one])
  })

  it('are those who are agreed with when they ask first', () => {
    const peer = new TestPeer()
    peer.befriend(numbered(7), { size: LARGE })
    // It has as many as it wants, and room for three more.
    expect(sentOf(peer.link(one), 'neighbour')).toEqual([])
    expect(sentOf(peer.ask(one, { size: LARGE }), 'neighbour')).toMatchObject([
      { to: one, message: { isNeedy: false } },
    ])
    expect(peer.neighbours).toContain(one)
  })

  it('are ten at most: the next one is declined', () => {
    const peer = new TestPeer()
    peer.befriend(numbered(10), { size: LARGE })
    peer.link(one)
    const effects = peer.ask(one, { size: LARGE })
    expect(sentOf(effects, 'decline')).toMatchObject([{ to: one }])
    expect(effectsOf(effects, 'released')).toEqual([{ type: 'released', peer: one }])
    expect(peer.neighbours).toHaveLength(10)
  })

  it('one who is needy takes the place of one from the most crowded network', () => {
    const peer = new TestPeer()
    const [crowd, others] = [numbered(3, 'crowd'), numbered(7)]
    for (const friend of crowd) peer.link(friend, '192.0.2')
    others.forEach((friend, index) => peer.link(friend, `198.51.${index}`))
    for (const friend of [...crowd, ...others]) peer.ask(friend, { size: LARGE })
    peer.link(one, '203.0.113')
    const effects = peer.ask(one, { isNeedy: true, size: LARGE })
    const [declined, ...more] = sentOf(effects, 'decline')
    expect(more).toEqual([])
    expect(crowd).toContain(declined?.to)
    expect(peer.neighbours).toHaveLength(10)
    expect(peer.neighbours).toEqual(expect.arrayContaining([one, ...others]))
  })

  it('however many needy ones come from one network, they do not push the others out', () => {
    const peer = new TestPeer()
    const honest = numbered(9, 'honest')
    honest.forEach((friend, index) => peer.link(friend, `198.51.${index}`))
    for (const friend of honest) peer.ask(friend, { size: LARGE })
    for (const attacker of numbered(200, 'attacker')) {
      peer.link(attacker, '192.0.2')
      peer.ask(attacker, { isNeedy: true, size: LARGE })
    }
    expect(peer.neighbours.filter((friend) => honest.includes(friend)).length).toBeGreaterThanOrEqual(8)
    expect(peer.neighbours).toHaveLength(10)
  })

  it('two of one network are neighbours at most, unless all are to be', () => {
    const ids = numbered(5, 'neighbourhood')
    const welcomed = (size: number) => {
      const peer = new TestPeer()
      peer.befriend(numbered(3), { size })
      for (const id of ids) {
        peer.link(id, '192.0.2')
        peer.ask(id, { isNeedy: true, size })
      }
      return peer.neighbours.filter((neighbour) => ids.includes(neighbour)).length
    }
    expect(welcomed(LARGE)).toBe(2)
    expect(welcomed(9)).toBe(5)
  })

  it('a decline ends it, and another is looked for', () => {
    const peer = new TestPeer()
    peer.befriend(numbered(7), { size: LARGE })
    const [gone] = peer.neighbours
    if (gone === undefined) throw new Error('nobody')
    const effects = peer.receive(gone, { type: 'decline' })
    expect(effectsOf(effects, 'released')).toEqual([{ type: 'released', peer: gone }])
    expect(sentOf(effects, 'seek')).toHaveLength(1)
    expect(peer.neighbours).not.toContain(gone)
  })

  it('a weak device wants three and has four at most', () => {
    const peer = new TestPeer()
    peer.befriend(numbered(7), { size: LARGE })
    expect(sentOf(peer.tell({ type: 'device', isWeak: true }), 'decline')).toHaveLength(3)
    expect(peer.neighbours).toHaveLength(4)
    peer.tell({ type: 'device', isWeak: false })
    expect(sentOf(peer.wait(250), 'seek')).toHaveLength(3)
  })
})

describe('O2: a small swarm is a full mesh', () => {
  it('all whom a neighbour names are dialled, through the mesh', () => {
    const peer = new TestPeer()
    peer.listed([one])
    peer.link(one)
    expect(effectsOf(peer.ask(one, { size: 4, peers: [other, third] }), 'dial')).toEqual([
      dial(other, 'mesh'),
      dial(third, 'mesh'),
    ])
  })

  it('whom the tracker named and no neighbour knows is dialled through the tracker', () => {
    const peer = new TestPeer()
    peer.listed([one, other])
    peer.link(one)
    expect(effectsOf(peer.ask(one), 'dial')).toEqual([dial(other, 'tracker')])
  })

  it('and what failed one way is tried the other', () => {
    const peer = new TestPeer()
    peer.listed([one, other])
    peer.link(one)
    expect(effectsOf(peer.ask(one, { peers: [other] }), 'dial')).toEqual([dial(other, 'mesh')])
    const failed = peer.tell({ type: 'failed', peer: other, isGone: false })
    expect(effectsOf(failed, 'dial')).toEqual([dial(other, 'tracker')])
  })

  it('itself and who is linked are never dialled', () => {
    const peer = new TestPeer()
    peer.listed([OWN, one])
    peer.link(one)
    expect(effectsOf(peer.ask(one, { peers: [OWN, one] }), 'dial')).toEqual([])
  })

  it('of many who are named few are dialled at once', () => {
    const peer = new TestPeer()
    peer.link(one)
    const dials = effectsOf(peer.ask(one, { size: 2, peers: numbered(32) }), 'dial')
    expect(dials.length).toBeGreaterThan(0)
    expect(dials.length).toBeLessThanOrEqual(8)
  })

  it('one that is said to be large is not: nobody is dialled, and a walk looks for links', () => {
    const peer = new TestPeer()
    peer.link(one)
    const effects = peer.ask(one, { size: LARGE, peers: numbered(10) })
    expect(effectsOf(effects, 'dial')).toEqual([])
    expect(sentOf(effects, 'seek').length).toBeGreaterThan(0)
  })
})

describe('a link that is lost', () => {
  it('is looked for again through those who may still have one', () => {
    const peer = new TestPeer()
    peer.befriend([one, other])
    peer.ask(other, { peers: [one] })
    const effects = peer.tell({ type: 'unlinked', peer: one, isLost: true })
    expect(effectsOf(effects, 'dial')).toEqual([dial(one, 'mesh')])
  })

  it('is looked for through the tracker by who has no other', () => {
    const peer = new TestPeer()
    peer.listed([one])
    peer.link(one)
    peer.ask(one)
    peer.tell({ type: 'unlinked', peer: one, isLost: true })
    expect(effectsOf(peer.wait(30_000), 'ask').length).toBeGreaterThan(0)
  })

  it('is asked of the tracker by about one of all who lost it', () => {
    const friends = numbered(7)
    let asked = 0
    for (let seed = 0; seed < 400; seed++) {
      const peer = new TestPeer(seed)
      peer.befriend(friends, { size: 40 })
      const [lost] = friends
      if (lost) peer.tell({ type: 'unlinked', peer: lost, isLost: true })
      if (lost && peer.state.membership.passive.get(lost)?.isListed) asked++
    }
    expect(asked).toBeGreaterThan(3)
    expect(asked).toBeLessThan(25)
  })

  it('is not looked for after a goodbye', () => {
    const peer = new TestPeer()
    peer.befriend([one, other])
    peer.tell({ type: 'unlinked', peer: one, isLost: false })
    expect(effectsOf(peer.wait(20_000), 'dial')).toEqual([])
  })

  /** How often a peer that had seven neighbours, and has lost all but so many, asks the tracker in so long (ms). */
  function asks(left: number, milliseconds: number): number[] {
    return Array.from({ length: 40 }, (_, seed) => {
      const peer = new TestPeer(seed)
      const friends = numbered(7)
      peer.befriend(friends, { size: 20 })
      peer.wait(1000)
      const lost = friends.slice(left).flatMap((friend) => peer.tell({ type: 'unlinked', peer: friend, isLost: true }))
      return effectsOf([...lost, ...peer.wait(milliseconds)], 'ask').length
    })
  }

  it('O9: makes who has but one left ask the tracker at once, and who has more left a while later', () => {
    for (const count of asks(1, TICK)) expect(count).toBeGreaterThanOrEqual(1)
    // Beside that it looks, at a time of its own, whether it is on the wrong side of a gap.
    const early = (counts: number[]) => counts.filter((count) => count > 0).length
    expect(early(asks(2, 400))).toBeLessThan(10)
    expect(early(asks(2, 1000 + TICK))).toBe(40)
    expect(early(asks(4, 1400))).toBeLessThan(10)
    expect(early(asks(4, 3000 + TICK))).toBe(40)
  })

  it('O9: is told to the tracker less and less often while nobody is found', () => {
    for (const count of asks(2, 60_000)) expect(count).toBeLessThan(10)
  })
})

describe('O3: a walk for a link', () => {
  const seekOf = (fields: Partial<Seek> = {}): Seek => {
    return { type: 'seek', peer: third, hops: 0, isNeedy: false, ...fields }
  }
  /** A peer with so many neighbours, the first of which is `one`. */
  const settled = (neighbours: number): TestPeer => {
    const peer = new TestPeer()
    peer.befriend([one, ...numbered(neighbours - 1)], { size: LARGE })
    return peer
  }

  it('is sent by who has fewer than seven, one for each that it lacks, and anew if it brings none', () => {
    const peer = new TestPeer()
    peer.link(one)
    const seeks = sentOf(peer.ask(one, { size: LARGE }), 'seek')
    expect(seeks).toHaveLength(4)
    expect(seeks).toMatchObject(seeks.map(() => ({ to: one, message: { peer: OWN, hops: 0, isNeedy: true } })))
    expect(sentOf(peer.wait(3500), 'seek')).toHaveLength(2)
    // They have brought nothing: others are sent.
    expect(sentOf(peer.wait(1500), 'seek')).toHaveLength(6)
  })

  it('ends with who wants a link too, and dials', () => {
    const effects = settled(5).receive(one, seekOf())
    expect(effects).toContainEqual(dial(third, 'mesh'))
    expect(sentOf(effects, 'seek').filter(({ message }) => message.peer === third)).toEqual([])
  })

  it('goes on, one hop further, from who has enough, and never back', () => {
    for (let hops = 0; hops < 6; hops++) {
      const effects = settled(7).receive(one, seekOf({ hops }))
      const [passed, ...more] = sentOf(effects, 'seek')
      expect(more).toEqual([])
      expect(passed?.message).toEqual(seekOf({ hops: hops + 1 }))
      expect(passed?.to).not.toBe(one)
      expect(effectsOf(effects, 'dial')).toEqual([])
    }
  })

  it('ends from hop 6 on with who has room, and with anybody for who is needy', () => {
    expect(settled(7).receive(one, seekOf({ hops: 6 }))).toEqual([dial(third, 'mesh')])
    expect(sentOf(settled(10).receive(one, seekOf({ hops: 6 })), 'seek')).toHaveLength(1)
    expect(settled(10).receive(one, seekOf({ hops: 6, isNeedy: true }))).toEqual([dial(third, 'mesh')])
  })

  it('ends at hop 14 in any case', () => {
    expect(settled(10).receive(one, seekOf({ hops: 14 }))).toEqual([])
  })

  it('for this peer itself, or one that is linked, ends nowhere here', () => {
    const peer = settled(5)
    expect(peer.receive(one, seekOf({ peer: OWN }))).toEqual([])
    peer.link(third)
    expect(effectsOf(peer.receive(one, seekOf()), 'dial')).toEqual([])
  })

  it('for the needy by the thousand makes few dials at once', () => {
    const peer = settled(7)
    for (const needy of numbered(1000, 'needy')) peer.receive(one, seekOf({ peer: needy, hops: 6, isNeedy: true }))
    expect(peer.state.membership.dialling.size).toBeLessThanOrEqual(8)
  })
})

describe('O4: a shuffle', () => {
  const shuffleOf = (hops: number, peers: readonly PeerId[] = []): Shuffle => {
    return { type: 'shuffle', peer: third, hops, peers }
  }

  it('is sent once a minute, with three neighbours and four others', () => {
    const peer = new TestPeer()
    peer.befriend(numbered(7), { size: LARGE })
    peer.listed(numbered(20, 'listed'))
    const shuffles = sentOf(peer.wait(600_000), 'shuffle')
    expect(shuffles.length).toBeGreaterThanOrEqual(8)
    expect(shuffles.length).toBeLessThanOrEqual(13)
    for (const { to, message } of shuffles) {
      expect(message).toMatchObject({ peer: OWN, hops: 0 })
      expect(new Set(message.peers).size).toBe(7)
      expect(message.peers).not.toContain(to)
    }
  })

  it('goes four steps, and is answered with as many', () => {
    const peer = new TestPeer()
    peer.befriend([one, ...numbered(6)], { size: LARGE })
    for (const hops of [0, 1, 2]) {
      const [passed] = sentOf(peer.receive(one, shuffleOf(hops, [other])), 'shuffle')
      expect(passed?.message).toEqual(shuffleOf(hops + 1, [other]))
    }
    const effects = peer.receive(one, shuffleOf(3, [other]))
    expect(sentOf(effects, 'shuffle')).toEqual([])
    const [answer] = sentOf(effects, 'routed')
    // It goes back the way that the shuffle came.
    expect(answer).toMatchObject({ to: one, message: { to: third, from: OWN, body: { kind: 'peers' } } })
    const { passive } = peer.state.membership
    expect([...passive.keys()]).toEqual([third, other])
  })

  it('however much is stuffed into one, eight are remembered, and none of them as named by the tracker', () => {
    const peer = new TestPeer()
    peer.befriend([one, ...numbered(6)], { size: LARGE })
    peer.receive(one, shuffleOf(3, numbered(32, 'stuffed')))
    expect(peer.state.membership.passive.size).toBe(8)
    const body = { kind: 'peers', peers: numbered(32, 'more') } as const
    peer.receive(one, { type: 'routed', to: OWN, from: other, hops: 0, body })
    const { passive } = peer.state.membership
    expect(passive.size).toBe(16)
    expect([...passive.values()].some(({ isListed }) => isListed)).toBe(false)
  })

  it('the passive view holds thirty', () => {
    const peer = new TestPeer()
    peer.befriend([one, ...numbered(6)], { size: LARGE })
    for (let round = 0; round < 20; round++) peer.receive(one, shuffleOf(3, numbered(7, `round ${round}`)))
    expect(peer.state.membership.passive.size).toBe(30)
  })
})

describe('O5: pings', () => {
  it('go to one neighbour a second, to each in turn', () => {
    const peer = new TestPeer()
    const friends = numbered(5)
    peer.befriend(friends, { size: 6 })
    const asked = effectsOf(peer.wait(10_000), 'ping').map((ping) => ping.peer)
    expect(asked.length).toBeGreaterThanOrEqual(9)
    expect(new Set(asked.slice(0, 5)).size).toBe(5)
    expect(asked.slice(5, 9)).toEqual(asked.slice(0, 4))
  })

  it('go to all at once when one is not answered; after two the neighbour is given up', () => {
    const peer = new TestPeer()
    const friends = numbered(5)
    const [dead] = friends
    peer.befriend(friends, { size: 6 })
    const effects = peer.wait(8000, (asked) => asked !== dead)
    expect(sentOf(effects, 'decline').map(({ to }) => to)).toEqual([dead])
    expect(new Set(peer.neighbours)).toEqual(new Set(friends.slice(1)))
  })

  it('find out within four seconds that all are gone at once', () => {
    const peer = new TestPeer()
    peer.befriend(numbered(7), { size: LARGE })
    peer.wait(5000)
    peer.wait(4000, () => false)
    expect(peer.neighbours).toEqual([])
  })

  it('say nothing of others after a sleep', () => {
    const peer = new TestPeer()
    peer.befriend(numbered(3), { size: 4 })
    // Pings are under way, and then nothing runs for an hour.
    peer.wait(2000, () => false)
    peer.sleep(3_600_000)
    expect(sentOf(peer.wait(5000), 'decline')).toEqual([])
  })
})

describe('O9: what has come apart', () => {
  it('is bridged by who is told of a swarm three times smaller than the tracker’s', () => {
    const peer = new TestPeer()
    peer.listed([one, ...numbered(20, 'listed')], 90)
    peer.link(one)
    const dials = effectsOf(peer.ask(one, { size: 29 }), 'dial')
    expect(dials).toHaveLength(2)
    for (const { via } of dials) expect(via).toBe('tracker')
  })

  it('and one that has found its first neighbour goes to a second one that the tracker named', () => {
    const peer = new TestPeer()
    peer.listed([one, other, third], 90)
    peer.link(one)
    expect(effectsOf(peer.ask(one, { size: 80 }), 'dial').map(({ via }) => via)).toEqual(['tracker'])
    peer.link(other)
    expect(effectsOf(peer.ask(other, { size: 80 }), 'dial')).toEqual([])
  })

  it('but not where all are linked to each other anyway', () => {
    const peer = new TestPeer()
    const others = numbered(9, 'listed')
    peer.listed([one, ...others], 11)
    peer.link(one)
    const dials = effectsOf(peer.ask(one, { size: 2, peers: others }), 'dial')
    expect(dials.filter(({ via }) => via === 'tracker')).toEqual([])
  })

  it('is found by asking the tracker again soon after coming to few', () => {
    const few = new TestPeer()
    few.listed([one], 2)
    few.link(one)
    few.ask(one)
    expect(effectsOf(few.wait(21_000), 'ask')).toHaveLength(1)
    // One whom the tracker names then, and who is not known here, is dialled through it.
    expect(effectsOf(few.listed([one, other], 3), 'dial')).toEqual([dial(other, 'tracker')])
    const many = new TestPeer()
    many.befriend(numbered(7), { size: LARGE })
    expect(effectsOf(many.wait(21_000), 'ask')).toEqual([])
  })
})
