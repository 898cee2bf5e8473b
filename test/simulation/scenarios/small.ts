import { FULL_MESH } from '../../../sdk/overlay/membership/state.ts'
import { estimates } from '../estimates.ts'
import type { Metrics } from '../metrics.ts'
import { Reach, READ_WITHIN } from '../reach.ts'
import { SimulatedSwarm } from '../swarm.ts'
import { Watch } from '../watch.ts'

/** It begins with so few, and shrinks to so few. */
const BEGINS = 2
const ENDS = 8
/** Somebody comes or goes so often (ms), and then it is looked at who is linked. */
const EVERY = 4000
const PUBLISH_EVERY = 500
const SETTLES = 20_000

/** A swarm of friends grows to `size` and shrinks again. */
export function run(size: number, seed: number): Metrics {
  const swarm = new SimulatedSwarm(seed)
  const { agenda, peers } = swarm
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  const changes = 2 * size - BEGINS - ENDS
  const during = changes * EVERY
  for (let count = 0; count < BEGINS; count++) swarm.join()
  swarm.run(EVERY)
  agenda.spread(during / PUBLISH_EVERY, during, () => {
    reach.publish(swarm.anyPeer())
  })
  let unlinked = 0
  for (let change = 0; change < changes; change++) {
    if (change < size - BEGINS) swarm.join()
    else swarm.leave(swarm.anyPeer())
    swarm.run(EVERY)
    if (peers.size <= FULL_MESH) unlinked += unlinkedPairs(swarm)
  }
  swarm.run(SETTLES + READ_WITHIN)
  watch.stop()
  return {
    ...reach.metrics,
    /** Pairs that were not linked, of all times that it was looked for that, and in the end. */
    unlinked,
    unlinkedInTheEnd: unlinkedPairs(swarm),
    ...estimates(swarm),
    ...watch.mistakes,
  }
}

const unlinkedPairs = ({ peers: { items } }: SimulatedSwarm): number =>
  items.flatMap((one) => items.filter((other) => one !== other && !one.neighbours.has(other.id))).length / 2
