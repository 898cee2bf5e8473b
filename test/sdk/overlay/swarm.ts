import type { PeerId } from '../../../protocol/ids.ts'
import type { Publication } from '../../../protocol/mesh/publication.ts'
import type { Delivery, OverlayEffect, OverlayEvent } from '../../../sdk/overlay/event.ts'
import { handle, TICK, wakeAt } from '../../../sdk/overlay/overlay.ts'
import { sizeOf } from '../../../sdk/overlay/size.ts'
import { newOverlay, type OverlayState } from '../../../sdk/overlay/state.ts'
import { seededRandom } from '../../support/core.ts'
import { publicationBy } from './peer.ts'

/** How long a message is under way (ms). */
const WAY = 20
/** How long a dial takes (ms): offer, answer, and the opening of the connection. */
const DIAL = 100

/** A peer of a swarm in which every dial succeeds and every message arrives, in order and after the same time. */
class SwarmPeer {
  readonly id: PeerId
  readonly state: OverlayState
  readonly delivered: Delivery[] = []
  /** Who is here, as an app is told. */
  readonly present = new Set<PeerId>()
  readonly links = new Set<PeerId>()
  readonly unreachable: PeerId[] = []
  nextSequence = 0
  /** When it is to be told that it is time. */
  wakesAt = Infinity
  readonly epoch: number

  constructor(id: PeerId, now: number, random: () => number) {
    this.id = id
    this.epoch = now
    this.state = newOverlay(id, now, random)
  }

  /** The data that were handed on, by their first byte. */
  get heard(): number[] {
    return this.delivered.map(({ publication }) => publication.data[0] ?? 0)
  }
}

/** A small world for the overlays of a few dozen peers: a clock, a tracker that knows everyone, links that open. */
export class TestSwarm {
  readonly #random: () => number
  readonly #peers = new Map<PeerId, SwarmPeer>()
  /** What is to happen, in the order of its time. */
  readonly #agenda: { readonly at: number; readonly act: () => void }[] = []
  now = 0
  /** Publications that were sent over a link. */
  pushes = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  get peers(): SwarmPeer[] {
    return [...this.#peers.values()]
  }

  join(): SwarmPeer {
    const id = String.fromCharCode(...Array.from({ length: 20 }, () => Math.floor(this.#random() * 256))) as PeerId
    const peer = new SwarmPeer(id, this.now, this.#random)
    this.#peers.set(id, peer)
    this.#listed(peer)
    const tick = () => {
      if (!this.#peers.has(id)) return
      this.tell(peer, { type: 'tick' })
      this.#after(TICK, tick)
    }
    this.#after(this.#random() * TICK, tick)
    return peer
  }

  /** Joins so many, one after the other, and waits until they know each other. */
  grow(count: number): SwarmPeer[] {
    const joined = Array.from({ length: count }, () => {
      const peer = this.join()
      this.run(500)
      return peer
    })
    this.run(10_000)
    return joined
  }

  /** Says goodbye, and is gone once that has been passed on. */
  leave(peer: SwarmPeer): void {
    this.tell(peer, { type: 'leaving' })
    this.#after(2 * WAY, () => {
      this.vanish(peer, false)
    })
  }

  /** Is gone without a word; its links end, as far as the others can tell, after so long (ms). */
  vanish(peer: SwarmPeer, isLost = true, after = isLost ? 12_000 : WAY): void {
    this.#peers.delete(peer.id)
    for (const id of peer.links) {
      this.#after(after, () => {
        const other = this.#peers.get(id)
        if (other?.links.delete(peer.id)) this.tell(other, { type: 'unlinked', peer: peer.id, isLost })
      })
    }
  }

  publish(peer: SwarmPeer, fields: Partial<Publication>): void {
    const publication = publicationBy(peer.id, peer.nextSequence++, { epoch: peer.epoch, ...fields })
    this.tell(peer, { type: 'published', publication })
  }

  sizeAt({ state }: SwarmPeer): number {
    return sizeOf({ state, now: this.now })
  }

  run(milliseconds: number): void {
    const end = this.now + milliseconds
    for (;;) {
      const [next] = this.#agenda
      if (!next || next.at > end) break
      this.#agenda.shift()
      this.now = next.at
      next.act()
    }
    this.now = end
  }

  #after(milliseconds: number, act: () => void): void {
    const at = this.now + milliseconds
    const before = this.#agenda.findLastIndex((item) => item.at <= at)
    this.#agenda.splice(before + 1, 0, { at, act })
  }

  tell(peer: SwarmPeer, event: OverlayEvent): void {
    for (const effect of handle(peer.state, event, this.now, this.#random)) this.#carryOut(peer, effect)
    const at = wakeAt(peer.state)
    if (at >= peer.wakesAt) return
    peer.wakesAt = at
    this.#after(Math.max(0, at - this.now), () => {
      if (peer.wakesAt !== at) return
      peer.wakesAt = Infinity
      if (this.#peers.has(peer.id)) this.tell(peer, { type: 'wake' })
    })
  }

  #carryOut(peer: SwarmPeer, effect: OverlayEffect): void {
    switch (effect.type) {
      case 'send':
        if (effect.message.type === 'publication') this.pushes++
        this.#after(WAY, () => {
          const other = this.#peers.get(effect.to)
          const isLinked = other?.links.has(peer.id) === true
          if (isLinked) this.tell(other, { type: 'received', from: peer.id, message: effect.message })
        })
        return
      case 'publish':
        this.publish(peer, { kind: effect.kind, topic: '', data: effect.data ?? new Uint8Array([1]) })
        return
      case 'dial':
        this.#after(DIAL, () => {
          this.#connect(peer, effect.peer)
        })
        return
      case 'ask':
        this.#listed(peer)
        return
      case 'ping':
        this.#after(2 * WAY, () => {
          if (this.#peers.has(effect.peer)) this.tell(peer, { type: 'answered', peer: effect.peer })
        })
        return
      case 'deliver':
        peer.delivered.push(effect)
        return
      case 'present':
        peer.present.add(effect.peer)
        return
      case 'absent':
        peer.present.delete(effect.peer)
        return
      case 'unreachable':
        peer.unreachable.push(effect.peer)
        return
      case 'brought':
      case 'lost':
      case 'released':
    }
  }

  #connect(peer: SwarmPeer, to: PeerId): void {
    const other = this.#peers.get(to)
    if (!this.#peers.has(peer.id) || peer.links.has(to)) return
    if (!other) {
      this.tell(peer, { type: 'failed', peer: to, isGone: true })
      return
    }
    for (const [one, another] of [
      [peer, other],
      [other, peer],
    ] as const) {
      one.links.add(another.id)
      this.tell(one, { type: 'linked', peer: another.id, network: null })
    }
  }

  #listed(peer: SwarmPeer): void {
    this.#after(WAY, () => {
      const others = [...this.#peers.keys()].filter((id) => id !== peer.id)
      const most = 20
      while (others.length > most) others.splice(Math.floor(this.#random() * others.length), 1)
      this.tell(peer, { type: 'listed', peers: others, count: this.#peers.size })
    })
  }
}
