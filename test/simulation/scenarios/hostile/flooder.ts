import type { Publication } from '../../../../protocol/mesh/publication.ts'
import { AUTHOR_MESSAGES } from '../../../../sdk/overlay/broadcast/state.ts'
import { grow } from '../../grow.ts'
import { type Metrics, most } from '../../metrics.ts'
import type { SimulatedPeer } from '../../peer.ts'
import { Reach, READ_WITHIN } from '../../reach.ts'
import type { Observer } from '../../swarm.ts'
import { Watch } from '../../watch.ts'

/** For how long it floods (s), and how many times faster than what is passed on. */
const SECONDS = 5
const TIMES = 5
/** An honest peer publishes meanwhile, so often (ms). */
const EVERY = 250

/** Counts what each peer reads of the flood. */
class Flood implements Observer {
  readonly #flooder: SimulatedPeer
  readonly #read = new Map<SimulatedPeer, number>()

  constructor(flooder: SimulatedPeer) {
    this.#flooder = flooder
  }

  onCopy(): void {
    // What comes twice is dropped, and costs little.
  }

  onDeliver(peer: SimulatedPeer, { author }: Publication): void {
    if (author === this.#flooder.id) this.#read.set(peer, (this.#read.get(peer) ?? 0) + 1)
  }

  get mostRead(): number {
    return most(this.#read.values())
  }
}

/** One peer publishes without end; the others want to hear each other. */
export function run(size: number, seed: number): Metrics {
  const swarm = grow(size, seed)
  const { agenda, observers, peers } = swarm
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  const flooder = peers.any(swarm.random)
  const author = peers.other(flooder, swarm.random)
  const flood = new Flood(flooder)
  observers.add(flood)
  agenda.spread(SECONDS * TIMES * AUTHOR_MESSAGES.perSecond, 1000 * SECONDS, () => {
    flooder.publish('topic', new Uint8Array(100), 'flood')
  })
  agenda.spread((1000 * SECONDS) / EVERY, 1000 * SECONDS, () => {
    reach.publish(author)
  })
  swarm.run(1000 * SECONDS + READ_WITHIN + 1)
  watch.stop()
  observers.delete(flood)
  return {
    ...reach.metrics,
    mostOfFlood: flood.mostRead,
    /** What is passed on at most of an author in the time: what it may say at once, and so much a second. */
    mayPass: AUTHOR_MESSAGES.burst + AUTHOR_MESSAGES.perSecond * (SECONDS + READ_WITHIN / 1000),
    ...watch.mistakes,
  }
}
