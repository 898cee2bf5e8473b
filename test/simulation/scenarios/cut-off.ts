import { grow } from '../grow.ts'
import { type Metrics, most, share } from '../metrics.ts'
import { farthest } from '../paths.ts'
import type { SimulatedPeer } from '../peer.ts'
import type { SimulatedSwarm } from '../swarm.ts'

/** Pairs that are cut off, one after the other. */
const PAIRS = 8
/** A pair has so long to find back (ms), and it is looked for that so often. */
const WITHIN = 60_000
const LOOK_EVERY = 250

export const run = (size: number, seed: number): Metrics => measure(grow(size, seed))

/** All neighbours of two neighbours vanish: each has the other left, and nobody else. */
export function measure(swarm: SimulatedSwarm): Metrics {
  const times = Array.from({ length: PAIRS }, () => untilBack(swarm, cutOffOne(swarm)))
  return { back: share(times.filter((time) => time < WITHIN).length, PAIRS), slowest: most(times) }
}

function cutOffOne(swarm: SimulatedSwarm): SimulatedPeer {
  const one = swarm.anyPeer()
  const [other] = [...one.ways()].map(([peer]) => peer)
  if (!other) throw new Error('A peer has no neighbour.')
  const lost = new Set<SimulatedPeer>()
  for (const pair of [one, other]) for (const { peer } of pair.links.values()) lost.add(peer)
  for (const peer of lost) if (peer !== one && peer !== other && peer.isAlive) swarm.crash(peer)
  return one
}

/** How long it takes until it has a way to most of the others again (ms). */
function untilBack(swarm: SimulatedSwarm, peer: SimulatedPeer): number {
  const { now, peers } = swarm
  do swarm.run(LOOK_EVERY)
  while (farthest(peer).reached < peers.size / 2 && swarm.now < now + WITHIN)
  return swarm.now - now
}
