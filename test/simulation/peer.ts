import type { PeerId } from '../../protocol/ids.ts'
import type { Publication, PublicationKind } from '../../protocol/mesh/publication.ts'
import type { OverlayEffect, OverlayEvent } from '../../sdk/overlay/event.ts'
import { handle, TICK, wakeAt } from '../../sdk/overlay/overlay.ts'
import { newOverlay, type OverlayState } from '../../sdk/overlay/state.ts'
import { seededRandom } from '../support/core.ts'
import { Dials } from './dials.ts'
import { Lane } from './lane.ts'
import type { Host } from './network.ts'
import type { SimulatedSwarm } from './swarm.ts'

/** An open link, as one of its ends sees it. */
interface SimulatedLink {
  readonly peer: SimulatedPeer
  readonly lane: Lane
}

/** A link whose other end is gone is closed after so long; `liveness.ts` says why. */
export const GONE_AFTER = 12_000
/** A link that neither end needs is closed after so long. */
const UNUSED = 10_000
/** What a peer that leaves still says goes out within so long. */
const GOODBYE = 500
/** A ping or a pong of a link, in bytes. */
const PING = 5

const METADATA = new Uint8Array([0xa0])

/** A peer of the simulation: the real cores, and a shell of simulated links. */
export class SimulatedPeer {
  readonly id: PeerId
  readonly host: Host
  readonly swarm: SimulatedSwarm
  readonly links = new Map<PeerId, SimulatedLink>()
  /** What its address has in common with its neighbours'. */
  readonly networkName: string | null = null
  readonly joinedAt: number
  /** When it had a neighbour for the first time. */
  enteredAt = Infinity
  isAlive = true
  readonly state: OverlayState
  protected readonly seed: number
  readonly #random: () => number
  readonly #dials: Dials
  #sequence = 0
  #wakesAt = Infinity

  constructor(swarm: SimulatedSwarm) {
    this.swarm = swarm
    this.id = swarm.newId()
    this.host = swarm.network.newHost()
    this.joinedAt = swarm.now
    // Its randomness is its own, so that what it does can be done again without the others.
    this.seed = Math.floor(swarm.random() * 2 ** 32)
    this.#random = seededRandom(this.seed)
    this.state = newOverlay(this.id, swarm.now, this.#random)
    this.#dials = new Dials(this)
  }

  start(): void {
    this.swarm.tracker.ask(this)
    const tick = () => {
      this.tell({ type: 'tick' })
      this.after(TICK, tick)
    }
    this.after(this.swarm.random() * TICK, tick)
  }

  get neighbours(): ReadonlySet<PeerId> {
    return this.state.membership.active
  }

  /** Neighbours that it can reach now, and how far they are (ms). */
  *ways(): Generator<readonly [SimulatedPeer, number]> {
    for (const id of this.neighbours) {
      const link = this.links.get(id)
      if (link?.peer.isAlive && !link.lane.isCut) yield [link.peer, link.lane.latency]
    }
  }

  /** Something happened to it. */
  tell(event: OverlayEvent): void {
    if (!this.isAlive) return
    const { swarm } = this
    swarm.counters.events++
    this.carryOut(handle(this.state, event, swarm.now, this.#random))
    if (this.enteredAt === Infinity && this.neighbours.size > 0) this.enteredAt = swarm.now
    const at = wakeAt(this.state)
    if (at >= this.#wakesAt) return
    this.#wakesAt = at
    swarm.network.agenda.at(at, () => {
      if (this.#wakesAt !== at) return
      this.#wakesAt = Infinity
      this.tell({ type: 'wake' })
    })
  }

  carryOut(effects: readonly OverlayEffect[]): void {
    for (const effect of effects) this.carryOutOne(effect)
  }

  carryOutOne(effect: OverlayEffect): void {
    switch (effect.type) {
      case 'send':
        this.swarm.count(effect.message)
        this.send(effect.to, { type: 'received', from: this.id, message: effect.message })
        return
      case 'publish':
        this.publish(effect.kind, effect.data ?? METADATA)
        return
      case 'deliver':
        for (const observer of this.swarm.observers) observer.onDeliver(this, effect.publication, effect.isPast)
        return
      case 'dial':
        if (effect.via === 'tracker') this.#dials.dialThroughTracker(effect.peer)
        else this.#dials.dialThroughMesh(effect.peer)
        return
      case 'ask':
        this.swarm.tracker.asks++
        this.swarm.tracker.ask(this)
        return
      case 'brought':
        this.#dials.receive(effect.from, effect.via, effect.body)
        return
      case 'lost':
        this.#dials.lose(effect.id)
        return
      case 'ping':
        this.#ping(effect.peer)
        return
      case 'released':
        this.#release(effect.peer)
        return
      case 'present':
      case 'absent':
      case 'unreachable':
    }
  }

  publish(kind: PublicationKind, data: Uint8Array<ArrayBuffer>, topic = ''): Publication {
    const publication = this.newPublication(kind, data, topic)
    this.tell({ type: 'published', publication })
    return publication
  }

  protected newPublication(kind: PublicationKind, data: Uint8Array<ArrayBuffer>, topic: string): Publication {
    return {
      author: this.id,
      epoch: Math.floor(this.joinedAt),
      sequence: this.#sequence++,
      kind,
      topic,
      data,
      publicKey: new Uint8Array(32),
      signature: new Uint8Array(64),
    }
  }

  /** Its links go silent at once, and are closed a while later. */
  crash(): void {
    this.isAlive = false
    for (const [id, { peer }] of this.links) {
      peer.after(GONE_AFTER, () => {
        if (peer.links.get(this.id)?.peer === this) peer.unlink(this.id, true)
      })
      this.links.delete(id)
    }
  }

  leave(left: () => void): void {
    this.tell({ type: 'leaving' })
    this.after(GOODBYE, () => {
      left()
      this.isAlive = false
      for (const id of [...this.links.keys()]) this.#close(id)
    })
  }

  // Links

  send(to: PeerId, event: OverlayEvent): void {
    const link = this.links.get(to)
    if (!link) return
    const { peer } = link
    link.lane.carry(() => {
      if (!peer.isAlive || !peer.links.has(this.id)) return
      if (event.type === 'received' && event.message.type === 'publication') {
        for (const observer of this.swarm.observers) observer.onCopy(peer, event.message.publication, this)
      }
      peer.receive(event)
    })
  }

  /** What arrives; a hostile peer does as it likes with it. */
  receive(event: OverlayEvent): void {
    this.tell(event)
  }

  /** A link has been made: both ends have it from now on. */
  link(peer: SimulatedPeer): void {
    this.#dials.end(peer.id)
    this.links.set(peer.id, { peer, lane: new Lane(this.swarm.network, this.host, peer.host) })
    this.enter(peer)
  }

  protected enter(peer: SimulatedPeer): void {
    this.tell({ type: 'linked', peer: peer.id, network: peer.networkName })
  }

  unlink(id: PeerId, isLost: boolean): void {
    if (this.links.delete(id)) this.tell({ type: 'unlinked', peer: id, isLost })
  }

  /** Says so to the other end, after all that was said before. */
  #close(id: PeerId): void {
    const link = this.links.get(id)
    if (!link) return
    link.lane.carry(() => {
      if (link.peer.links.get(this.id)?.peer === this) link.peer.unlink(this.id, false)
    })
    this.unlink(id, false)
  }

  /** The links that the parted network has cut have been silent for too long. */
  loseCut(): void {
    for (const [id, { lane }] of [...this.links]) if (lane.isCut) this.unlink(id, true)
  }

  /** The network is whole again. */
  resume(): void {
    for (const { lane } of this.links.values()) lane.resume()
  }

  #release(id: PeerId): void {
    const link = this.links.get(id)
    this.after(UNUSED, () => {
      if (!link || this.links.get(id) !== link) return
      if (!this.neighbours.has(id) && !link.peer.neighbours.has(this.id)) this.#close(id)
    })
  }

  #ping(to: PeerId): void {
    const link = this.links.get(to)
    if (!link?.peer.isAlive || link.lane.isCut) return
    if (this.swarm.isCounting) this.swarm.counters.bytes += 2 * PING
    this.after(this.swarm.network.delay(2 * link.lane.latency), () => {
      if (link.peer.isAlive && !link.lane.isCut) this.tell({ type: 'answered', peer: to })
    })
  }

  /** Something that it does later, if it still lives then. */
  after(delay: number, action: () => void): void {
    this.swarm.network.agenda.after(delay, () => {
      if (this.isAlive) action()
    })
  }
}
