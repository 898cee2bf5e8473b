import { describe, expect, it } from 'vitest'
import { TestSwarm } from './swarm.ts'

/** Small enough for a full mesh, just too large for one, and much too large. */
const SIZES = [5, 11, 14, 40]

describe.each(SIZES)('a swarm of %i', (size) => {
  it('W1: knows exactly who is in it', () => {
    const swarm = new TestSwarm(size)
    swarm.grow(size)
    for (const peer of swarm.peers) {
      expect(swarm.sizeAt(peer)).toBe(size)
      expect(peer.present).toEqual(new Set(swarm.peers.flatMap(({ id }) => (id === peer.id ? [] : [id]))))
    }
  })

  it('D2, D7: every peer hears everything once, in the order of its author', () => {
    const swarm = new TestSwarm(size)
    const peers = swarm.grow(size)
    const authors = peers.slice(0, 10)
    for (let round = 0; round < 5; round++) {
      for (const author of authors) swarm.publish(author, { data: new Uint8Array([round]) })
      swarm.run(round * 30)
    }
    swarm.run(10_000)
    for (const peer of peers) {
      for (const { id } of authors) {
        const heard = peer.delivered.filter(({ publication }) => publication.author === id)
        const expected = id === peer.id ? [] : [0, 1, 2, 3, 4]
        expect(heard.map(({ publication }) => publication.data[0])).toEqual(expected)
      }
    }
  })

  it('D9: a large publication comes to everyone too', () => {
    const swarm = new TestSwarm(size)
    const [author, ...others] = swarm.grow(size)
    if (author) swarm.publish(author, { data: new Uint8Array(100_000).fill(7) })
    swarm.run(5000)
    for (const other of others) expect(other.heard).toEqual([7])
  })

  it('W2, W3: who leaves or vanishes is taken off by all the others', () => {
    const swarm = new TestSwarm(size)
    const [leaver, victim, ...others] = swarm.grow(size)
    if (!leaver || !victim) throw new Error('nobody')
    swarm.leave(leaver)
    swarm.run(3000)
    for (const { present } of [victim, ...others]) expect(present.has(leaver.id)).toBe(false)
    swarm.vanish(victim)
    swarm.run(25_000)
    for (const other of others) {
      expect(other.present.has(victim.id)).toBe(false)
      expect(other.present.size).toBe(size - 3)
    }
  })

  it('O6, O8: any peer finds a way to any other', () => {
    const swarm = new TestSwarm(size)
    const peers = swarm.grow(size)
    swarm.run(70_000)
    for (const peer of peers)
      for (const { id } of peers) if (id !== peer.id) swarm.tell(peer, { type: 'reach', peer: id })
    swarm.run(5000)
    for (const peer of peers) expect(peer.links.size).toBe(size - 1)
  })
})

describe('a swarm that is no full mesh', () => {
  const grown = () => {
    const swarm = new TestSwarm(40)
    swarm.grow(40)
    swarm.run(20_000)
    return swarm
  }

  it('O2, O3: each has enough neighbours and none has too many, and both sides agree', () => {
    const swarm = grown()
    for (const { id, state } of swarm.peers) {
      expect(state.membership.active.size).toBeGreaterThanOrEqual(5)
      expect(state.membership.active.size).toBeLessThanOrEqual(10)
      for (const other of swarm.peers) {
        expect(other.state.membership.active.has(id)).toBe(state.membership.active.has(other.id))
      }
    }
  })

  it('D6: a newcomer hears the last minute, in order, as past', () => {
    const swarm = grown()
    const [author] = swarm.peers
    if (!author) throw new Error('nobody')
    for (const data of [1, 2, 3]) {
      swarm.publish(author, { data: new Uint8Array([data]) })
      swarm.run(5000)
    }
    const newcomer = swarm.join()
    swarm.run(3000)
    expect(newcomer.heard).toEqual([1, 2, 3])
    expect(newcomer.delivered.every(({ isPast }) => isPast)).toBe(true)
    swarm.publish(author, { data: new Uint8Array([4]) })
    swarm.run(3000)
    expect(newcomer.delivered.at(-1)).toMatchObject({ isPast: false })
    expect(newcomer.heard).toEqual([1, 2, 3, 4])
  })

  it('O5, D4: when half of it vanishes the others still hear all that is said meanwhile', () => {
    const swarm = grown()
    const half = swarm.peers.filter((_, index) => index % 2 === 0)
    const [author] = half
    if (!author) throw new Error('nobody')
    for (const peer of swarm.peers) if (!half.includes(peer)) swarm.vanish(peer)
    for (let count = 0; count < 20; count++) {
      swarm.publish(author, { data: new Uint8Array([count]) })
      swarm.run(500)
    }
    swarm.run(20_000)
    const expected = Array.from({ length: 20 }, (_, index) => index)
    for (const peer of half) if (peer !== author) expect(peer.heard).toEqual(expected)
  })

  it('D5: once the tree has settled hardly anything comes twice', () => {
    const swarm = grown()
    const [author] = swarm.peers
    if (!author) throw new Error('nobody')
    for (let count = 0; count < 20; count++) {
      swarm.publish(author, { data: new Uint8Array([count]) })
      swarm.run(1000)
    }
    swarm.pushes = 0
    for (let count = 0; count < 20; count++) {
      swarm.publish(author, { data: new Uint8Array([count]) })
      swarm.run(1000)
    }
    // 39 others get each of 20.
    expect(swarm.pushes).toBeGreaterThanOrEqual(20 * 39)
    expect(swarm.pushes).toBeLessThan(1.1 * 20 * 39)
  })
})
