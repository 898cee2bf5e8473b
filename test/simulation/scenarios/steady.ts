import { estimates } from '../estimates.ts'
import { grow } from '../grow.ts'
import { entriesOf } from '../memory.ts'
import { fewest, type Metrics, most, prefixed } from '../metrics.ts'
import { isMutual } from '../mutual.ts'
import type { SimulatedPeer } from '../peer.ts'
import { publishInTurns } from '../stage.ts'
import type { SimulatedSwarm } from '../swarm.ts'
import { Watch } from '../watch.ts'

/** How long nobody says anything (ms). */
const IDLE = 20_000
/** Authors that publish in turns, and how often each does; the first half of it makes the trees. */
export const AUTHORS = 2
export const MESSAGES = 14
/** Authors that publish once. */
export const ONE_SHOTS = 6

export const run = (size: number, seed: number): Metrics => measure(grow(size, seed))

/** Nobody comes and nobody goes. */
export function measure(swarm: SimulatedSwarm): Metrics {
  const peers = swarm.peers.items
  const idleBytes = measureIdle(swarm)
  const watch = new Watch(swarm)
  const authors = Array.from({ length: AUTHORS }, () => swarm.anyPeer())
  const early = publishInTurns(watch, authors, MESSAGES / 2)
  const late = publishInTurns(watch, authors, MESSAGES / 2)
  const oneShots = publishInTurns(watch, peers.slice(0, ONE_SHOTS), 1)
  watch.stop()
  return {
    idleBytes,
    ...links(peers),
    ...estimates(swarm),
    entries: most(peers.map(({ state }) => entriesOf(state))),
    reach: fewest([early, late, oneShots].map(({ reach }) => reach)),
    ...late.metrics,
    ...prefixed('oneShot', oneShots.metrics),
    ...watch.mistakes,
  }
}

/** Bytes a second that a peer sends while there is no news. */
function measureIdle(swarm: SimulatedSwarm): number {
  const before = swarm.counters.bytes
  swarm.isCounting = true
  swarm.run(IDLE)
  swarm.isCounting = false
  return (swarm.counters.bytes - before) / (IDLE / 1000) / swarm.peers.size
}

const links = (peers: readonly SimulatedPeer[]): Metrics => ({
  fewestNeighbours: fewest(peers.map(({ neighbours }) => neighbours.size)),
  mostNeighbours: most(peers.map(({ neighbours }) => neighbours.size)),
  mostLinks: most(peers.map(({ links }) => links.size)),
  oneSided: peers.filter((peer) => !isMutual(peer)).length,
})
