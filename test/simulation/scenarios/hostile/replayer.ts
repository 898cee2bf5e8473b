import type { Publication } from '../../../../protocol/mesh/publication.ts'
import type { OverlayEvent } from '../../../../sdk/overlay/event.ts'
import { estimates } from '../../estimates.ts'
import { honestOf, infest } from '../../infest.ts'
import { type Metrics, prefixed } from '../../metrics.ts'
import { SimulatedPeer } from '../../peer.ts'
import { Reach } from '../../reach.ts'
import { Watch } from '../../watch.ts'

/** Every so many-th peer is one. */
const EVERY = 20
/** For so long honest peers publish (s), and of all so many leave in a second. */
const SECONDS = 80
const LEAVE = 0.002
/** So often all that was heard is said again (ms): some of it when it is a minute old, and kept nowhere. */
const REPLAYS_EVERY = 20_000
/** So many authors that nobody knows publish once: more than a peer remembers. */
const STRANGERS = 600
const SETTLES = 30_000

/** Says again whatever it has heard. */
class Replayer extends SimulatedPeer {
  readonly #heard = new Set<Publication>()

  override receive(event: OverlayEvent): void {
    if (event.type === 'received' && event.message.type === 'publication') this.#heard.add(event.message.publication)
    super.receive(event)
  }

  replay(): void {
    for (const publication of this.#heard) this.#push(publication)
  }

  /** Keys cost nothing: each of these signs one message. */
  inventAuthors(): void {
    for (let count = 0; count < STRANGERS; count++) {
      const publication = this.newPublication('topic', new Uint8Array(1), 'noise')
      this.#push({ ...publication, author: this.swarm.newId(), sequence: 0 })
    }
  }

  #push(publication: Publication): void {
    const message = { type: 'publication', publication } as const
    for (const to of this.neighbours) this.send(to, { type: 'received', from: this.id, message })
  }
}

/** A twentieth of the peers says everything again; in the end after it has made the others forget who said it. */
export function run(size: number, seed: number): Metrics {
  const infested = infest(size, seed, EVERY, (swarm) => new Replayer(swarm))
  const { swarm, attackers } = infested
  const { agenda } = swarm
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  const [first, second, ...others] = honestOf(infested)
  agenda.spread(SECONDS, 1000 * SECONDS, () => {
    const author = swarm.random() < 0.5 ? first : second
    if (author) reach.publish(author)
  })
  agenda.spread(LEAVE * size * SECONDS, 1000 * SECONDS, () => {
    const peer = others.pop()
    if (peer) swarm.leave(peer)
  })
  agenda.spread((1000 * SECONDS) / REPLAYS_EVERY, 1000 * SECONDS, () => {
    for (const attacker of attackers) attacker.replay()
  })
  swarm.run(1000 * SECONDS + SETTLES)
  const known = { ...reach.metrics, ...estimates(swarm), ...watch.mistakes }
  const [attacker] = attackers
  attacker?.inventAuthors()
  swarm.run(SETTLES)
  attacker?.replay()
  swarm.run(SETTLES)
  watch.stop()
  const { duplicates, disorder } = watch.mistakes
  const forgotten = { duplicates: duplicates - known.duplicates, disorder: disorder - known.disorder }
  return { ...known, ...prefixed('forgotten', { ...forgotten, ...estimates(swarm) }) }
}
