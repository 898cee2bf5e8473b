import { estimates } from '../estimates.ts'
import { grow } from '../grow.ts'
import { type Metrics, share, sum } from '../metrics.ts'
import { partsOf } from '../paths.ts'
import { Reach, READ_WITHIN } from '../reach.ts'
import type { SimulatedSwarm } from '../swarm.ts'
import { Watch } from '../watch.ts'

/** The network is parted for a while in which each half comes to rest, and for one in which it is published (ms). */
const FALLS_APART = 25_000
const PUBLISHES = 25_000
/** The halves have so long to find each other (ms), and it is looked for that so often. */
const HEALS_WITHIN = 600_000
const LOOK_EVERY = 250
/** Then it takes a while until everyone has heard who is there (ms). */
const SETTLES = 30_000
const EVERY = 1000

export const run = (size: number, seed: number): Metrics => measure(grow(size, seed))

/** For a minute nothing comes from one half of the network to the other. */
export function measure(swarm: SimulatedSwarm): Metrics {
  const { agenda, peers } = swarm
  const watch = new Watch(swarm)
  const apart = new Reach(watch)
  swarm.part()
  swarm.run(FALLS_APART)
  agenda.spread(PUBLISHES / EVERY, PUBLISHES, () => {
    const author = swarm.anyPeer()
    const { side } = author.host
    apart.publish(
      author,
      peers.items.filter(({ host }) => host.side === side),
    )
  })
  swarm.run(PUBLISHES + READ_WITHIN)
  swarm.heal()
  const healed = untilOne(swarm)
  const together = new Reach(watch)
  agenda.spread(SETTLES / EVERY, SETTLES, () => {
    together.publish(swarm.anyPeer())
  })
  swarm.run(SETTLES + READ_WITHIN)
  watch.stop()
  return {
    healed,
    missedApart: apart.metrics.missed,
    /** Of what was published while the network was parted, the share that in the end everyone has read. */
    caughtUp: share(sum(apart.spreads.map(({ readers }) => readers.size)), apart.spreads.length * (peers.size - 1)),
    ...together.metrics,
    parts: partsOf(peers.items).parts,
    ...estimates(swarm),
    asks: swarm.tracker.asks,
    ...watch.mistakes,
  }
}

/** How long it takes until there is a way from everyone to everyone (ms). */
function untilOne(swarm: SimulatedSwarm): number {
  const { now, peers } = swarm
  while (partsOf(peers.items).parts > 1 && swarm.now < now + HEALS_WITHIN) swarm.run(LOOK_EVERY)
  return swarm.now - now
}
