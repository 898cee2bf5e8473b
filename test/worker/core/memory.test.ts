import { serialize } from 'node:v8'
import { expect, it } from 'vitest'
import { announceBy, offersOf, peerIdOf, SECOND, SWARM, TestHub } from '../../support/core.ts'

/** How many peers can be reached from those that are present, through the offers that are remembered. */
function reachablePeers(hub: TestHub): number {
  const swarm = hub.state.swarms.get(SWARM)
  const reached = new Set(Array.from(swarm?.websocket.entries() ?? [], ([, peer]) => peer))
  // A set's iteration visits what is added on the way.
  for (const peer of reached) for (const { to } of peer.offered) reached.add(to)
  return reached.size
}

it('peers that come and go are forgotten, though others offered to them', () => {
  const hub = new TestHub()
  let previous = hub.join('peer 0', { offers: offersOf('first') })
  for (let number = 1; number < 2000; number++) {
    const next = hub.open()
    hub.say(next, announceBy(`peer ${number}`, { offers: offersOf(`offer ${number}`) }))
    hub.close(previous)
    hub.wait(SECOND)
    previous = next
  }
  expect(reachablePeers(hub)).toBeLessThan(5)
  expect(hub.state.sockets.size).toBe(1)
})

it('a peer that announces for ever is remembered in bounded space', () => {
  const hub = new TestHub()
  hub.join('bob')
  const alice = hub.open()
  for (let number = 0; number < 2000; number++) {
    hub.say(alice, announceBy('alice', { offers: offersOf(`offer ${number}`) }))
    hub.wait(31 * SECOND)
  }
  const offered = hub.state.swarms.get(SWARM)?.websocket.get(peerIdOf('alice'))?.offered ?? []
  expect(offered.length).toBeLessThanOrEqual(64)
  expect(serialize(hub.memory.read().sockets).length).toBeLessThan(1000)
})
