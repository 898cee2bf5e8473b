import type { PeerId } from '../../protocol/ids.ts'
import type { Publication } from '../../protocol/mesh/publication.ts'
import type { Agenda } from './agenda.ts'
import type { SimulatedPeer } from './peer.ts'
import type { Pool } from './pool.ts'
import { Spread } from './spread.ts'
import type { Stage } from './stage.ts'
import type { Observer, SimulatedSwarm } from './swarm.ts'

/** What the messages of a scenario hold, in bytes. */
const MESSAGE = 100

/** Watches how publications spread, and whether readers get each once and those of an author in their order. */
export class Watch implements Observer, Stage<SimulatedPeer> {
  readonly #swarm: SimulatedSwarm
  readonly #spreads = new Map<Publication, Spread<SimulatedPeer>>()
  /** By reader and author, the last that was read. */
  readonly #read = new WeakMap<SimulatedPeer, Map<PeerId, Publication>>()
  #duplicates = 0
  #disorder = 0
  #wronglyPast = 0

  constructor(swarm: SimulatedSwarm) {
    this.#swarm = swarm
    swarm.observers.add(this)
  }

  get agenda(): Agenda {
    return this.#swarm.agenda
  }

  get peers(): Pool<SimulatedPeer> {
    return this.#swarm.peers
  }

  get messages(): number {
    return this.#swarm.counters.messages
  }

  publish(author: SimulatedPeer): Spread<SimulatedPeer> {
    const spread = new Spread(author, this.#swarm.now)
    this.#spreads.set(author.publish('topic', new Uint8Array(MESSAGE), 'news'), spread)
    return spread
  }

  onCopy(peer: SimulatedPeer, publication: Publication, from: SimulatedPeer): void {
    this.#spreads.get(publication)?.onCopy(peer, from)
  }

  onDeliver(peer: SimulatedPeer, publication: Publication, isPast: boolean): void {
    this.#compare(peer, publication)
    const spread = this.#spreads.get(publication)
    if (!spread) return
    if (isPast && spread.at > peer.joinedAt) this.#wronglyPast++
    spread.onRead(peer, this.#swarm.now)
  }

  #compare(peer: SimulatedPeer, publication: Publication): void {
    let read = this.#read.get(peer)
    if (!read) this.#read.set(peer, (read = new Map<PeerId, Publication>()))
    const { author, epoch, sequence } = publication
    const last = read.get(author)
    read.set(author, publication)
    if (!last || epoch > last.epoch || (epoch === last.epoch && sequence > last.sequence)) return
    if (epoch === last.epoch && sequence === last.sequence) this.#duplicates++
    else this.#disorder++
  }

  /** What readers got twice, after what came later, or as past although it was not. */
  get mistakes(): { duplicates: number; disorder: number; wronglyPast: number } {
    return { duplicates: this.#duplicates, disorder: this.#disorder, wronglyPast: this.#wronglyPast }
  }

  /** Nothing is watched any longer. */
  stop(): void {
    this.#swarm.observers.delete(this)
  }
}
