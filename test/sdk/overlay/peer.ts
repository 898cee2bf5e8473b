import type { PeerId } from '../../../protocol/ids.ts'
import type { Neighbour, OverlayMessage } from '../../../protocol/mesh/overlay.ts'
import type { Publication } from '../../../protocol/mesh/publication.ts'
import type { OverlayEffect, OverlayEvent } from '../../../sdk/overlay/event.ts'
import { handle, TICK, wakeAt } from '../../../sdk/overlay/overlay.ts'
import { newOverlay, type OverlayState } from '../../../sdk/overlay/state.ts'
import { peerIdOf, seededRandom } from '../../support/core.ts'

export const OWN = peerIdOf('own')

/** A swarm of so many is no full mesh, and small enough for everyone to be known. */
export const LARGE = 100

/** An id as readable as a hash is random: its first byte has no zero bits at its beginning. */
export const peersOf = (...names: readonly string[]): PeerId[] => names.map((name) => peerIdOf(name))

export const numbered = (count: number, name = 'peer'): PeerId[] =>
  Array.from({ length: count }, (_, index) => peerIdOf(`~${name} ${index}`))

/** A peer's id as the data of a publication about it. */
export const dataOf = (peer: PeerId) => Uint8Array.from(peer, (character) => character.charCodeAt(0))

/** A publication as others pass it on. Nothing here verifies it: that is the shell's. */
export const publicationBy = (author: PeerId, sequence: number, fields: Partial<Publication> = {}): Publication => ({
  author,
  epoch: 1,
  sequence,
  kind: 'topic',
  topic: 'chat',
  data: new Uint8Array([sequence % 256]),
  publicKey: new Uint8Array(32),
  signature: new Uint8Array(64),
  ...fields,
})

export const effectsOf = <Type extends OverlayEffect['type']>(effects: readonly OverlayEffect[], type: Type) =>
  effects.filter((effect): effect is Extract<OverlayEffect, { type: Type }> => effect.type === type)

/** The messages of this type among the effects, each with its receiver. */
export const sentOf = <Type extends OverlayMessage['type']>(effects: readonly OverlayEffect[], type: Type) =>
  effectsOf(effects, 'send').flatMap(({ to, message }) =>
    message.type === type ? [{ to, message: message as Extract<OverlayMessage, { type: Type }> }] : [],
  )

/** The sequences of what is handed on. */
export const deliveredIn = (effects: readonly OverlayEffect[]): number[] =>
  effectsOf(effects, 'deliver').map(({ publication }) => publication.sequence)

/** The overlay of one peer. Its clock stands still until a test moves it, and its links are what the test says. */
export class TestPeer {
  readonly id: PeerId
  readonly state: OverlayState
  readonly #random: () => number
  #now = 0
  #nextTick = TICK

  constructor(seed = 1, id = OWN) {
    this.id = id
    this.#random = seededRandom(seed)
    this.state = newOverlay(id, 0, this.#random)
  }

  get now(): number {
    return this.#now
  }

  /** Its neighbours, in the order in which they are asked whether they are there. */
  get neighbours(): PeerId[] {
    return [...this.state.membership.active]
  }

  tell(event: OverlayEvent): readonly OverlayEffect[] {
    return handle(this.state, event, this.#now, this.#random)
  }

  /** Lets time pass as a shell does: with ticks, and whenever there is something to do. Pings are answered at once. */
  wait(milliseconds: number, answer: (peer: PeerId) => boolean = () => true): OverlayEffect[] {
    const end = this.#now + milliseconds
    const effects: OverlayEffect[] = []
    for (;;) {
      const isTick = this.#nextTick <= Math.max(this.#now, wakeAt(this.state))
      const at = Math.max(this.#now, isTick ? this.#nextTick : wakeAt(this.state))
      if (at > end) break
      this.#now = at
      if (isTick) this.#nextTick += TICK
      const due = this.tell({ type: isTick ? 'tick' : 'wake' })
      effects.push(...due)
      for (const { peer } of effectsOf(due, 'ping')) if (answer(peer)) this.tell({ type: 'answered', peer })
    }
    this.#now = end
    return effects
  }

  /** Time passes in which nothing runs. */
  sleep(milliseconds: number): void {
    this.#now += milliseconds
    this.#nextTick = this.#now + TICK
  }

  listed(peers: readonly PeerId[], count = peers.length): readonly OverlayEffect[] {
    return this.tell({ type: 'listed', peers, count })
  }

  link(peer: PeerId, network: string | null = null): readonly OverlayEffect[] {
    return this.tell({ type: 'linked', peer, network })
  }

  receive(from: PeerId, message: OverlayMessage): readonly OverlayEffect[] {
    return this.tell({ type: 'received', from, message })
  }

  /** The peer asks to be a neighbour, or agrees. */
  ask(from: PeerId, fields: Partial<Neighbour> = {}): readonly OverlayEffect[] {
    const message = { type: 'neighbour', isNeedy: false, isNew: false, level: 0, size: 2, peers: [] } as const
    return this.receive(from, { ...message, ...fields })
  }

  /** The peers are linked and become neighbours. */
  befriend(peers: readonly PeerId[], fields: Partial<Neighbour> = {}): void {
    for (const peer of peers) {
      this.link(peer)
      this.ask(peer, fields)
    }
  }

  publication(from: PeerId, publication: Publication): readonly OverlayEffect[] {
    return this.receive(from, { type: 'publication', publication })
  }

  /** This peer publishes something. */
  publish(sequence: number, fields: Partial<Publication> = {}): readonly OverlayEffect[] {
    return this.tell({ type: 'published', publication: publicationBy(this.id, sequence, fields) })
  }

  /** The peers say that they are here, and a neighbour passes it on. */
  populate(from: PeerId, peers: readonly PeerId[], sequence = 0): readonly OverlayEffect[] {
    return peers.flatMap((peer) =>
      this.publication(from, publicationBy(peer, sequence, { kind: 'presence', topic: '' })),
    )
  }
}
