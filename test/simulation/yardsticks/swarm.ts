import { seededRandom } from '../../support/core.ts'
import type { Agenda } from '../agenda.ts'
import { Lane } from '../lane.ts'
import { type Host, Network } from '../network.ts'
import type { Linked } from '../paths.ts'
import { GONE_AFTER } from '../peer.ts'
import { Pool } from '../pool.ts'
import { Spread } from '../spread.ts'
import type { Stage } from '../stage.ts'

/** A message of a yardstick: `spread` is what it would carry, and how that spreads. */
export type Message =
  | { readonly type: 'publication'; readonly spread: Spread<YardstickPeer> }
  | { readonly type: 'ihave' | 'iwant'; readonly spreads: readonly Spread<YardstickPeer>[] }
  | { readonly type: 'graft' | 'prune' }

/** A peer that is given its links, and does not look for any. */
export abstract class YardstickPeer implements Linked<YardstickPeer> {
  readonly swarm: YardstickSwarm
  readonly host: Host
  readonly lanes = new Map<YardstickPeer, Lane>()
  readonly enteredAt: number
  isAlive = true

  constructor(swarm: YardstickSwarm) {
    this.swarm = swarm
    this.host = swarm.network.newHost()
    // It has its links from the first moment on.
    this.enteredAt = swarm.now
  }

  /** Sends what it publishes on its way. */
  abstract publish(spread: Spread<YardstickPeer>): void
  abstract receive(from: YardstickPeer, message: Message): void
  /** Links that it passes publications on over. */
  abstract ways(): Iterable<readonly [YardstickPeer, number]>

  /** Once it has its links. */
  start(): void {
    // Some have nothing to do then.
  }

  link(peer: YardstickPeer): void {
    this.lanes.set(peer, new Lane(this.swarm.network, this.host, peer.host))
  }

  unlink(peer: YardstickPeer): void {
    this.lanes.delete(peer)
  }

  send(to: YardstickPeer, message: Message): void {
    this.swarm.messages++
    this.lanes.get(to)?.carry(() => {
      if (!to.isAlive) return
      if (message.type === 'publication') message.spread.onCopy(to, this)
      to.receive(this, message)
    })
  }

  /** A publication came for the first time. */
  protected read(spread: Spread<YardstickPeer>): void {
    spread.onRead(this, this.swarm.now)
  }
}

/** Peers of a yardstick, and the links between them. */
export class YardstickSwarm implements Stage<YardstickPeer> {
  readonly random: () => number
  readonly network: Network
  readonly peers = new Pool<YardstickPeer>()
  /** Links of a peer that joins. */
  readonly degree: number
  readonly #make: (swarm: YardstickSwarm) => YardstickPeer
  messages = 0

  constructor(size: number, seed: number, degree: number, make: (swarm: YardstickSwarm) => YardstickPeer) {
    this.random = seededRandom(seed)
    this.network = new Network(this.random)
    this.degree = degree
    this.#make = make
    for (let count = 0; count < size; count++) this.peers.add(make(this))
    this.#linkAtRandom()
    for (const peer of this.peers.items) peer.start()
  }

  get agenda(): Agenda {
    return this.network.agenda
  }

  get now(): number {
    return this.agenda.now
  }

  publish(author: YardstickPeer): Spread<YardstickPeer> {
    const spread = new Spread(author, this.now)
    author.publish(spread)
    return spread
  }

  run(milliseconds: number): void {
    this.agenda.runUntil(this.now + milliseconds)
  }

  /** A random regular graph: everyone's ends of links are drawn in pairs, again where that would make a link twice. */
  #linkAtRandom(): void {
    let ends = this.peers.items.flatMap((peer) => Array.from({ length: this.degree }, () => peer))
    for (let round = 0; round < 100 && ends.length > 1; round++) {
      shuffle(ends, this.random)
      const left: YardstickPeer[] = []
      for (let index = 0; index + 1 < ends.length; index += 2) {
        const [one, other] = [ends[index], ends[index + 1]]
        if (one && other && !this.#link(one, other)) left.push(one, other)
      }
      ends = left
    }
  }

  #link(one: YardstickPeer, other: YardstickPeer): boolean {
    if (one === other || one.lanes.has(other)) return false
    one.link(other)
    other.link(one)
    return true
  }

  /** A peer joins and has its links at once. */
  join(): YardstickPeer {
    const peer = this.#make(this)
    for (const other of this.peers.some(this.degree, peer, this.random)) this.#link(peer, other)
    this.peers.add(peer)
    peer.start()
    return peer
  }

  /** A peer vanishes; its neighbours notice a while later, and one that has too few links then gets a new one. */
  crash(peer: YardstickPeer): void {
    peer.isAlive = false
    this.peers.delete(peer)
    this.agenda.after(GONE_AFTER, () => {
      for (const neighbour of peer.lanes.keys()) {
        neighbour.unlink(peer)
        if (neighbour.isAlive && neighbour.lanes.size < this.degree) this.#link(neighbour, this.peers.any(this.random))
      }
    })
  }
}

function shuffle(items: YardstickPeer[], random: () => number): void {
  for (let index = items.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1))
    const [one, two] = [items[index], items[other]]
    if (one === undefined || two === undefined) continue
    items[index] = two
    items[other] = one
  }
}
