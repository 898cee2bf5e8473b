import { grow } from '../grow.ts'
import { entriesOf } from '../memory.ts'
import { mean, type Metrics, most } from '../metrics.ts'
import { partsOf } from '../paths.ts'
import type { SimulatedPeer } from '../peer.ts'
import { Reach, READ_WITHIN } from '../reach.ts'
import type { SimulatedSwarm } from '../swarm.ts'
import { Watch } from '../watch.ts'

/** For how long peers come and go (s). */
export const SECONDS = 60
/** Of the peers so many crash in a second, and as many join. */
export const CRASH = 0.01

export const run = (size: number, seed: number): Metrics => measure(grow(size, seed))

/** Peers crash and others join, while one publishes every second. */
export function measure(swarm: SimulatedSwarm, seconds = SECONDS): Metrics {
  const { agenda, peers, tracker } = swarm
  const author = swarm.anyPeer()
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  const newcomers: SimulatedPeer[] = []
  const asksBefore = tracker.asks
  agenda.spread(CRASH * peers.size * seconds, 1000 * seconds, () => {
    swarm.crash(peers.other(author, swarm.random))
    newcomers.push(swarm.join())
  })
  let mostLinks = 0
  agenda.spread(seconds, 1000 * seconds, () => {
    reach.publish(author)
    mostLinks = Math.max(mostLinks, most(peers.items.map(({ links }) => links.size)))
  })
  swarm.run(1000 * seconds + READ_WITHIN + 1)
  watch.stop()
  return {
    ...reach.metrics,
    redundancy: reach.redundancy,
    mostLinks,
    entries: most(peers.items.map(({ state }) => entriesOf(state))),
    asks: (tracker.asks - asksBefore) / newcomers.length,
    ...entrance(newcomers),
    parts: partsOf(peers.items).parts,
    ...watch.mistakes,
  }
}

/** How long it took newcomers to find the first neighbour (ms). */
function entrance(newcomers: readonly SimulatedPeer[]): Metrics {
  const times = newcomers.filter(({ isAlive }) => isAlive).map(({ enteredAt, joinedAt }) => enteredAt - joinedAt)
  return { entrance: mean(times), worstEntrance: most(times) }
}
