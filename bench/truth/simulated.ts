import { toHex } from '../../protocol/ids.ts'
import { sizeOf } from '../../sdk/overlay/size.ts'
import type { SimulatedPeer } from '../../test/simulation/peer.ts'
import { SimulatedSwarm } from '../../test/simulation/swarm.ts'
import { type Figures, figuresOf } from './figures.ts'
import type { Plan } from './plan.ts'
import type { Account, Heard } from './talk.ts'

/** One way between two processes of this machine, in milliseconds: what the engines take, about (measured). */
const LOOPBACK = 1

/** The plan, carried out by simulated peers. */
export function runSimulated(plan: Plan, seed: number): Figures {
  const swarm = new SimulatedSwarm(seed)
  swarm.network.latency = () => LOOPBACK
  swarm.network.conditions.loss = 0
  const peers: SimulatedPeer[] = []
  for (let count = 0; count < plan.peers; count++) {
    peers.push(swarm.join())
    swarm.run(plan.joinEvery)
  }
  swarm.run(plan.settles)
  const numbers = new Map<unknown, number>()
  const heard = new Map<SimulatedPeer, Heard[]>(peers.map((peer) => [peer, []]))
  const cameFrom = new Map<string, string>()
  swarm.observers.add({
    onCopy(peer, publication, from) {
      const key = `${numbers.get(publication)} ${toHex(peer.id)}`
      if (!cameFrom.has(key)) cameFrom.set(key, toHex(from.id))
    },
    onDeliver(peer, publication) {
      const number = numbers.get(publication)
      if (number === undefined) return
      const via = cameFrom.get(`${number} ${toHex(peer.id)}`) ?? null
      heard.get(peer)?.push({ number, via, at: swarm.now })
    },
  })
  const authors = peers.slice(0, plan.processes + plan.tabs)
  const publishedAt: number[] = []
  for (let number = 0; number < plan.messages; number++) {
    publishedAt.push(swarm.now)
    const publication = authors[number % authors.length]?.publish('topic', new Uint8Array([number]), 'truth')
    numbers.set(publication, number)
    swarm.run(plan.publishEvery)
  }
  swarm.run(plan.arrives)
  const accounts = peers.map((peer): Account => {
    const { now } = swarm
    return {
      id: toHex(peer.id),
      linked: [...peer.links.keys()].map(toHex),
      count: sizeOf({ state: peer.state, now }),
      heard: heard.get(peer) ?? [],
    }
  })
  return figuresOf(plan, accounts, publishedAt)
}
