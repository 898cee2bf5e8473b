import { estimates } from '../estimates.ts'
import { grow } from '../grow.ts'
import { fewest, type Metrics } from '../metrics.ts'
import { partsOf } from '../paths.ts'
import { Reach, READ_WITHIN } from '../reach.ts'
import type { SimulatedSwarm } from '../swarm.ts'
import { Watch } from '../watch.ts'

/** How long the tracker is away (s). */
const SECONDS = 120
/** Of the peers so many leave in a second. */
const LEAVE = 0.005
const SETTLES = 20_000

export const run = (size: number, seed: number): Metrics => measure(grow(size, seed))

/** The tracker is away, peers leave, and nobody can come. */
export function measure(swarm: SimulatedSwarm): Metrics {
  const { agenda, peers, tracker } = swarm
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  tracker.goAway()
  agenda.spread(LEAVE * peers.size * SECONDS, 1000 * SECONDS, () => {
    swarm.leave(swarm.anyPeer())
  })
  let mostParts = 1
  agenda.spread(SECONDS, 1000 * SECONDS, () => {
    mostParts = Math.max(mostParts, partsOf(peers.items).parts)
    reach.publish(swarm.anyPeer())
  })
  swarm.run(1000 * SECONDS + READ_WITHIN + SETTLES)
  watch.stop()
  return {
    left: peers.size,
    ...reach.metrics,
    mostParts,
    fewestNeighbours: fewest(peers.items.map(({ neighbours }) => neighbours.size)),
    asks: tracker.asks,
    ...estimates(swarm),
    ...watch.mistakes,
  }
}
