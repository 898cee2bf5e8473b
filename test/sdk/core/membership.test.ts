import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../../protocol/ids.ts'
import { handle, type MembershipEvent, newMembership } from '../../../sdk/core/membership.ts'
import { peerIdOf, seededRandom } from '../../support/core.ts'

const [own, one, other, third] = ['own', 'one', 'other', 'third'].map(peerIdOf) as [PeerId, PeerId, PeerId, PeerId]

function membership() {
  const state = newMembership(own)
  const random = seededRandom(1)
  let now = 0
  return {
    state,
    tell: (event: MembershipEvent) => handle(state, event, now, random),
    wait: (milliseconds: number) => {
      now += milliseconds
      return handle(state, { type: 'tick' }, now, random)
    },
  }
}

const listed = (...peers: PeerId[]): MembershipEvent => ({ type: 'listed', peers })
const told = (by: PeerId, ...peers: PeerId[]): MembershipEvent => ({ type: 'told', by, peers })
const failed = (peer: PeerId, isGone = false): MembershipEvent => ({ type: 'failed', peer, isGone })
const dial = (peer: PeerId, via: PeerId | 'tracker') => ({ type: 'dial', peer, via })

describe('whom to connect to', () => {
  it('the first link is asked of the tracker, and of one more each time that none has come', () => {
    const { tell, wait } = membership()
    expect(tell(listed(own, one, other, third))).toEqual([dial(one, 'tracker')])
    expect(wait(600)).toEqual([])
    expect(wait(100)).toEqual([dial(other, 'tracker')])
    expect(wait(700)).toEqual([dial(third, 'tracker')])
  })

  it('once there is a link the others are dialled through the mesh', () => {
    const { tell } = membership()
    tell(listed(one, other, third))
    tell({ type: 'linked', peer: one })
    expect(tell(told(one, other, third))).toEqual([dial(other, one), dial(third, one)])
  })

  it('whom nobody in the mesh knows is dialled through the tracker, a moment later', () => {
    const { tell, wait } = membership()
    tell(listed(one, other, third))
    expect(tell({ type: 'linked', peer: one })).toEqual([])
    expect(wait(400)).toEqual([dial(other, 'tracker'), dial(third, 'tracker')])
  })

  it('with the tracker gone a peer that is only told of is still dialled', () => {
    const { tell } = membership()
    tell({ type: 'linked', peer: one })
    expect(tell(told(one, other))).toEqual([dial(other, one)])
  })

  it('itself and who is linked are never dialled', () => {
    const { tell } = membership()
    tell({ type: 'linked', peer: one })
    expect(tell(told(one, own, one))).toEqual([])
  })
})

describe('what failed', () => {
  it('is tried again, through the tracker and the mesh in turn', () => {
    const { tell, wait } = membership()
    tell({ type: 'linked', peer: one })
    tell(listed(other))
    expect(tell(told(one, other))).toEqual([dial(other, one)])
    expect(wait(400)).toEqual([])
    // The first retry comes at once.
    expect(tell(failed(other))).toEqual([dial(other, 'tracker')])
    expect(tell(failed(other))).toEqual([])
    expect(wait(120)).toEqual([dial(other, one)])
  })

  it('is tried less and less often, and given up in the end', () => {
    const { state, tell, wait } = membership()
    tell(listed(one))
    for (let failures = 0; failures < 8; failures++) {
      expect(state.candidates.has(one)).toBe(true)
      expect(tell(failed(one))).toHaveLength(failures === 0 ? 1 : 0)
      if (failures > 0) wait(30_000)
    }
    expect(state.candidates.size).toBe(0)
  })

  it('is forgotten if the tracker says that the peer is gone, unless the mesh knows it', () => {
    const { state, tell } = membership()
    tell(listed(one))
    tell(failed(one, true))
    expect(state.candidates.size).toBe(0)
    tell({ type: 'linked', peer: other })
    tell(told(other, third))
    tell(failed(third, true))
    expect(state.candidates.has(third)).toBe(true)
  })

  it('has failed as well if nothing is ever heard of it', () => {
    const { state, tell, wait } = membership()
    tell(listed(one))
    wait(16_000)
    expect(state.candidates.get(one)?.failures).toBe(1)
  })
})

describe('a link that is lost', () => {
  it('is looked for through those who may still have one', () => {
    const { tell } = membership()
    for (const peer of [one, other]) tell({ type: 'linked', peer })
    expect(tell({ type: 'lost', peer: one })).toEqual([dial(one, other)])
  })

  it('is looked for through the tracker by who has no other', () => {
    const { tell } = membership()
    tell({ type: 'linked', peer: one })
    expect(tell({ type: 'lost', peer: one })).toEqual([dial(one, 'tracker')])
  })

  it('is asked of the tracker by about one of all who lost it', () => {
    let asked = 0
    for (let seed = 0; seed < 300; seed++) {
      const state = newMembership(own)
      const random = seededRandom(seed)
      for (let index = 0; index < 20; index++) {
        handle(state, { type: 'linked', peer: peerIdOf(`peer ${index}`) }, 0, random)
      }
      handle(state, { type: 'lost', peer: peerIdOf('peer 0') }, 0, random)
      if (state.candidates.get(peerIdOf('peer 0'))?.listedAt === 0) asked++
    }
    expect(asked).toBeGreaterThan(5)
    expect(asked).toBeLessThan(30)
  })

  it('is not looked for after a goodbye', () => {
    const { tell } = membership()
    for (const peer of [one, other]) tell({ type: 'linked', peer })
    expect(tell({ type: 'left', peer: one })).toEqual([])
  })
})

it('a swarm of any size fills no memory, and no peer is dialled twice at once', () => {
  const anyPeer = fc.nat(700).map((index) => peerIdOf(`peer ${index}`))
  const anyEvent: fc.Arbitrary<MembershipEvent> = fc.oneof(
    fc.array(anyPeer, { maxLength: 200 }).map((peers) => listed(...peers)),
    fc.tuple(anyPeer, fc.array(anyPeer, { maxLength: 200 })).map(([by, peers]) => told(by, ...peers)),
    anyPeer.map((peer) => ({ type: 'linked' as const, peer })),
    anyPeer.map((peer) => ({ type: 'left' as const, peer })),
    anyPeer.map((peer) => ({ type: 'lost' as const, peer })),
    fc.tuple(anyPeer, fc.boolean()).map(([peer, isGone]) => failed(peer, isGone)),
    fc.constant({ type: 'tick' as const }),
  )
  fc.assert(
    fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
      const { state, tell } = membership()
      const dialling = new Set<PeerId>()
      for (const event of events) {
        if (event.type === 'failed' || (event.type !== 'listed' && event.type !== 'told' && event.type !== 'tick'))
          dialling.delete(event.peer)
        for (const { peer } of tell(event)) {
          expect(dialling.has(peer)).toBe(false)
          expect(state.linked.has(peer)).toBe(false)
          dialling.add(peer)
        }
        expect(state.candidates.size).toBeLessThanOrEqual(512)
      }
    }),
  )
})
