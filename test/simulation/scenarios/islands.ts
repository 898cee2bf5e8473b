import type { PeerId } from '../../../protocol/ids.ts'
import { estimates } from '../estimates.ts'
import type { Metrics } from '../metrics.ts'
import { partsOf } from '../paths.ts'
import type { SimulatedPeer } from '../peer.ts'
import { Reach, READ_WITHIN } from '../reach.ts'
import { SimulatedSwarm } from '../swarm.ts'
import { SimulatedTracker } from '../tracker.ts'
import { Watch } from '../watch.ts'

/** They have so long to find each other (ms). */
const WITHIN = 60_000
const LOOK_EVERY = 250
/** So many publish then. */
const AUTHORS = 10

/** Names each peer's partner first: they go to each other before they try anybody else. */
class MatchingTracker extends SimulatedTracker {
  protected override name(asker: SimulatedPeer): PeerId[] {
    const { items } = this.peers
    const partner = items[items.indexOf(asker.id) ^ 1]
    const others = super.name(asker).filter((id) => id !== partner)
    return partner === undefined ? others : [partner, ...others]
  }
}

/** All peers start at the same moment and are linked in pairs at first. */
export function run(size: number, seed: number): Metrics {
  const swarm = new SimulatedSwarm(seed, new MatchingTracker())
  const { peers } = swarm
  for (let count = 0; count < size; count++) swarm.join()
  let islands = 0
  let together = 0
  while (swarm.now < WITHIN) {
    swarm.run(LOOK_EVERY)
    const { parts } = partsOf(peers.items)
    if (parts > 1) together = swarm.now
    if (islands === 0 && peers.items.every(({ neighbours }) => neighbours.size > 0)) islands = parts
  }
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  for (const author of peers.items.slice(0, AUTHORS)) reach.publish(author)
  swarm.run(READ_WITHIN + 1)
  watch.stop()
  return {
    /** Parts of the swarm when everyone had a link, and when it was one at last (ms). */
    islands,
    together,
    ...reach.metrics,
    ...estimates(swarm),
    ...watch.mistakes,
  }
}
