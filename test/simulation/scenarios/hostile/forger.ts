import type { HaveRange } from '../../../../protocol/mesh/overlay.ts'
import { MAX_RANGE } from '../../../../protocol/mesh/overlay.ts'
import { honestOf, infest, replaceHonest } from '../../infest.ts'
import { entriesOf } from '../../memory.ts'
import { type Metrics, most } from '../../metrics.ts'
import { SimulatedPeer } from '../../peer.ts'
import { Reach, READ_WITHIN } from '../../reach.ts'
import { Watch } from '../../watch.ts'

/** Every so many-th peer is one. */
const EVERY = 20
/** How long it goes on (s), while peers come and go, of all a share a second. */
const SECONDS = 30
const CRASH = 0.01
/** So often each of them lies to each neighbour (ms). */
const LIES_EVERY = 500
/** Ranges in a lie: with those of `MAX_RANGE` it names as many publications as a peer ever waits for. */
const RANGES = 4

/** Tells of publications that there are not: of authors that are here, in epochs to come, and of all sizes. */
class Forger extends SimulatedPeer {
  lie(): void {
    const ranges = Array.from({ length: RANGES }, () => this.#forge())
    for (const to of this.neighbours)
      this.send(to, { type: 'received', from: this.id, message: { type: 'have', ranges } })
  }

  #forge(): HaveRange {
    const { swarm } = this
    const victim = swarm.anyPeer()
    const first = Math.floor(swarm.random() * 1000)
    return {
      author: victim.id,
      epoch: Math.floor(victim.joinedAt) + (swarm.random() < 0.5 ? 0 : 1_000_000),
      first,
      last: first + MAX_RANGE - 1,
      age: Math.floor(swarm.random() * 10_000),
      size: swarm.random() < 0.5 ? 0 : 1_000_000,
    }
  }
}

/** A twentieth of the peers fills what the others remember with what there is not. */
export function run(size: number, seed: number): Metrics {
  const infested = infest(size, seed, EVERY, (swarm) => new Forger(swarm))
  const { swarm, attackers } = infested
  const { agenda, peers } = swarm
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  const [author] = honestOf(infested)
  if (!author) throw new Error('Nobody is honest.')
  agenda.spread((1000 * SECONDS) / LIES_EVERY, 1000 * SECONDS, () => {
    for (const attacker of attackers) attacker.lie()
  })
  agenda.spread(CRASH * size * SECONDS, 1000 * SECONDS, () => {
    replaceHonest(infested, [author])
  })
  agenda.spread(SECONDS, 1000 * SECONDS, () => {
    reach.publish(author, honestOf(infested))
  })
  let entries = 0
  agenda.spread(SECONDS, 1000 * SECONDS, () => {
    entries = Math.max(entries, most(peers.items.map(({ state }) => entriesOf(state))))
  })
  swarm.run(1000 * SECONDS + READ_WITHIN + 1)
  watch.stop()
  return { ...reach.metrics, entries, ...watch.mistakes }
}
