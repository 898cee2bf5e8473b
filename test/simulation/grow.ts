import type { SimulatedPeer } from './peer.ts'
import { SimulatedSwarm } from './swarm.ts'

/** Makes a peer that is about to join. */
export type Make = (swarm: SimulatedSwarm) => SimulatedPeer

/** A swarm grows to its size within so long (ms), or slower if it is small. */
const GROWS_WITHIN = 60_000
const FEWEST_A_SECOND = 10
/** Then everyone finds links, and hears who is there (ms). */
const SETTLES = 20_000

/** Lets so many peers join, one after the other. */
export function join(swarm: SimulatedSwarm, size: number, make?: Make): void {
  const during = Math.min(GROWS_WITHIN, (size * 1000) / FEWEST_A_SECOND)
  swarm.agenda.spread(size, during, () => swarm.join(make))
  swarm.run(during)
}

/** A swarm of so many peers that has come to rest. */
export function grow(size: number, seed: number, make?: Make): SimulatedSwarm {
  const swarm = new SimulatedSwarm(seed)
  join(swarm, size, make)
  swarm.run(SETTLES)
  return swarm
}
