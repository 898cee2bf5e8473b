import { grow } from '../grow.ts'
import type { Metrics } from '../metrics.ts'
import { Reach, READ_WITHIN } from '../reach.ts'
import type { SimulatedSwarm } from '../swarm.ts'
import { Watch } from '../watch.ts'

/** For how long peers leave (s). */
const SECONDS = 60
/** Of the peers so many leave in a second, and as many join. */
const LEAVE = 0.01
/** Authors that publish in turns, each of them every second. */
const AUTHORS = 2

export const run = (size: number, seed: number): Metrics => measure(grow(size, seed))

/** Peers say goodbye and others join: nobody who stays should notice. */
export function measure(swarm: SimulatedSwarm): Metrics {
  const { agenda, peers } = swarm
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  const authors = peers.items.slice(0, AUTHORS)
  const lastWords = new Reach(watch)
  let turn = 0
  agenda.spread(AUTHORS * SECONDS, 1000 * SECONDS, () => {
    const author = authors[turn++ % AUTHORS]
    if (author) reach.publish(author)
  })
  agenda.spread(LEAVE * peers.size * SECONDS, 1000 * SECONDS, () => {
    const peer = swarm.anyPeer()
    // One that has come a moment ago and found nobody yet has nobody to say it to.
    if (authors.includes(peer) || peer.neighbours.size === 0) return
    lastWords.publish(peer)
    swarm.leave(peer)
    swarm.join()
  })
  swarm.run(1000 * SECONDS + READ_WITHIN + 1)
  watch.stop()
  return { ...reach.metrics, missedLastWords: lastWords.metrics.missed, ...watch.mistakes }
}
