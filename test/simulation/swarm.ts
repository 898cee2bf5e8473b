import type { OfferId, PeerId } from '../../protocol/ids.ts'
import { encodeOverlay, type OverlayMessage } from '../../protocol/mesh/overlay.ts'
import type { Publication } from '../../protocol/mesh/publication.ts'
import { seededRandom } from '../support/core.ts'

import type { Agenda } from './agenda.ts'
import { Network } from './network.ts'
import { GONE_AFTER, SimulatedPeer } from './peer.ts'
import { Pool } from './pool.ts'
import { SimulatedTracker } from './tracker.ts'

/** What is counted while a scenario runs. */
export interface Counters {
  events: number
  messages: number
  /** Of overlay messages and pings, by those who send them. */
  bytes: number
}

/** Is told of every copy of a publication that arrives, and of everything that is handed to a reader. */
export interface Observer {
  onCopy(peer: SimulatedPeer, publication: Publication, from: SimulatedPeer): void
  onDeliver(peer: SimulatedPeer, publication: Publication, isPast: boolean): void
}

/** A swarm of simulated peers and the tracker that they meet at. */
export class SimulatedSwarm {
  readonly random: () => number
  readonly network: Network
  readonly tracker: SimulatedTracker
  /** Alive peers, and the same by their ids. */
  readonly peers = new Pool<SimulatedPeer>()
  readonly byId = new Map<PeerId, SimulatedPeer>()
  readonly observers = new Set<Observer>()
  readonly counters: Counters = { events: 0, messages: 0, bytes: 0 }
  /** Bytes are counted only while somebody looks: to encode takes longer than all else. */
  isCounting = false
  #lastId = 0
  readonly #sizes = new WeakMap<OverlayMessage | Publication, number>()

  constructor(seed: number, tracker = new SimulatedTracker()) {
    this.random = seededRandom(seed)
    this.network = new Network(this.random)
    this.tracker = tracker
  }

  get agenda(): Agenda {
    return this.network.agenda
  }

  get now(): number {
    return this.agenda.now
  }

  run(milliseconds: number): void {
    this.agenda.runUntil(this.now + milliseconds)
  }

  newId(): PeerId {
    this.#lastId++
    // Uniform from the first bit on, as hashes are, and at the end a number, so that no two are the same.
    const bytes = Array.from({ length: 16 }, () => Math.floor(this.random() * 256))
    for (const shift of [24, 16, 8, 0]) bytes.push((this.#lastId >>> shift) & 255)
    return String.fromCharCode(...bytes) as PeerId
  }

  newOfferId(): OfferId {
    return this.newId() as string as OfferId
  }

  /** A peer joins through the tracker. */
  join(make: (swarm: SimulatedSwarm) => SimulatedPeer = (swarm) => new SimulatedPeer(swarm)): SimulatedPeer {
    const peer = make(this)
    this.peers.add(peer)
    this.byId.set(peer.id, peer)
    this.tracker.peers.add(peer.id)
    peer.start()
    return peer
  }

  /** It vanishes without a word. */
  crash(peer: SimulatedPeer): void {
    this.#remove(peer)
    peer.crash()
    this.agenda.after(this.tracker.remembers, () => {
      this.tracker.peers.delete(peer.id)
    })
  }

  /** It says goodbye. */
  leave(peer: SimulatedPeer): void {
    peer.leave(() => {
      this.#remove(peer)
      this.tracker.peers.delete(peer.id)
    })
  }

  #remove(peer: SimulatedPeer): void {
    this.peers.delete(peer)
    this.byId.delete(peer.id)
  }

  anyPeer(): SimulatedPeer {
    return this.peers.any(this.random)
  }

  /** From now on nothing comes from one half of the network to the other; the tracker is reached from both. */
  part(): void {
    const { agenda, network } = this
    network.isParted = true
    agenda.after(GONE_AFTER, () => {
      if (network.isParted) for (const peer of this.peers.items) peer.loseCut()
    })
  }

  heal(): void {
    this.network.isParted = false
    for (const peer of this.peers.items) peer.resume()
  }

  count(message: OverlayMessage): void {
    this.counters.messages++
    if (!this.isCounting) return
    const key = message.type === 'publication' ? message.publication : message
    let size = this.#sizes.get(key)
    if (size === undefined) this.#sizes.set(key, (size = encodeOverlay(message).length))
    this.counters.bytes += size
  }
}
