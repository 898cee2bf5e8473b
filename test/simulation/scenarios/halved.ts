import { grow } from '../grow.ts'
import { fewest, type Metrics, most, quantile, share } from '../metrics.ts'
import { partsOf } from '../paths.ts'
import type { SimulatedPeer } from '../peer.ts'
import type { Spread } from '../spread.ts'
import type { SimulatedSwarm } from '../swarm.ts'
import { Watch } from '../watch.ts'

/** So often somebody publishes afterwards (ms). */
const EVERY = 250
/** After so long it is looked whether everyone reaches everyone (ms). */
const RECOVERS = 30_000
/** By so many, and a while is left for what they publish to arrive (ms). */
const AUTHORS = 10
const ARRIVES = 10_000

export const run = (size: number, seed: number): Metrics => measure(grow(size, seed))

/** Half of the peers vanish at the same moment. */
export function measure(swarm: SimulatedSwarm): Metrics {
  const { agenda, peers } = swarm
  const vanishes = peers.size / 2
  for (let count = 0; count < vanishes; count++) swarm.crash(swarm.anyPeer())
  const vanishedAt = swarm.now
  const watch = new Watch(swarm)
  const news: Spread<SimulatedPeer>[] = []
  agenda.spread(RECOVERS / EVERY, RECOVERS, () => news.push(watch.publish(swarm.anyPeer())))
  swarm.run(RECOVERS)
  const waits = peers.items.map((peer) => firstRead(peer, news, swarm.now) - vanishedAt)
  const { parts } = partsOf(peers.items)
  const spreads = Array.from({ length: AUTHORS }, () => watch.publish(swarm.anyPeer()))
  swarm.run(ARRIVES)
  watch.stop()
  return {
    /** Until the last of those that are left has read something that was published since (ms). */
    again: most(waits),
    again99: quantile(waits, 0.99),
    parts,
    reach: fewest(spreads.map(({ readers }) => share(readers.size, peers.size - 1))),
    mostLinks: most(peers.items.map(({ links }) => links.size)),
    ...watch.mistakes,
  }
}

/** Whoever has read nothing until the end counts as if it had then. */
const firstRead = (peer: SimulatedPeer, news: readonly Spread<SimulatedPeer>[], end: number): number =>
  fewest(news.map(({ readers }) => readers.get(peer) ?? end))
