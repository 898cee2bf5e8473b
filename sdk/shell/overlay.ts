import type { InfoHash, OfferId, PeerId } from '../../protocol/ids.ts'
import type { OverlayMessage, ReceivedOverlay, RoutedBody } from '../../protocol/mesh/overlay.ts'
import type { SwarmNumber } from '../../protocol/mesh/control.ts'
import type { Publication } from '../../protocol/mesh/publication.ts'
import { encodeValue } from '../../protocol/mesh/value.ts'
import type { Delivery, OverlayEffect, OverlayEvent } from '../overlay/event.ts'
import { handle, isKnown, wakeAt } from '../overlay/overlay.ts'
import { pastOf } from '../overlay/broadcast/history.ts'
import { missing } from '../overlay/membership/views.ts'
import { newOverlay, type OverlayState } from '../overlay/state.ts'
import type { Bytes } from './bytes.ts'
import { OverlayChannel } from './channel.ts'
import type { Identity } from './identity.ts'
import { Publisher, Verifier } from './publications.ts'
import type { LinkStream } from './stream.ts'
import type { Member } from './swarm.ts'
import { sizeOf } from '../overlay/size.ts'

/** What the overlay of a swarm asks of the swarm. */
export interface OverlayHost {
  dial(peer: PeerId, via: 'mesh' | 'tracker'): void
  /** Asks the trackers who is there. */
  ask(): void
  /** Settles once there is room for the next one. */
  deliver(delivery: Delivery): Promise<void>
  /** Something came for this peer, by the member `via`. */
  brought(from: PeerId, via: PeerId, body: RoutedBody): void
  /** `data` is what the peer published of itself, if it did. */
  present(peer: PeerId, data: Uint8Array | null): void
  absent(peer: PeerId): void
  /** The overlay does not need the link to the peer. */
  released(peer: PeerId): void
  /** What belongs to this offer does not arrive. */
  lost(id: OfferId): void
  /** No way to a peer that was to be reached is found. */
  unreachable(peer: PeerId): void
  /** What this peer publishes of itself. */
  readonly metadata: unknown
}

/** A neighbour asks at once for what is large; if none has by now, none will (ms). */
const ASKED_WITHIN = 10_000

/** What a member said before it left may take so long to be verified (ms). */
const LAST_WORDS = 1000

/** Nobody looks at the page, or it runs on something that is carried around: both should hold fewer links. */
function isWeak(): boolean {
  const { document, navigator } = globalThis as {
    document?: { readonly hidden: boolean }
    navigator?: { readonly userAgentData?: { readonly mobile: boolean } }
  }
  return document?.hidden === true || navigator?.userAgentData?.mobile === true
}

/** Lets the overlay's cores run: over the links of one swarm, with its keys and its clock. */
export class Overlay {
  readonly #host: OverlayHost
  readonly #state: OverlayState
  readonly #members: ReadonlyMap<PeerId, Member>
  readonly #channels = new Map<PeerId, OverlayChannel>()
  readonly #publisher: Publisher
  readonly #verifier: Verifier
  #timer: ReturnType<typeof setTimeout> | null = null
  #timerAt = Infinity
  #isWeak = false
  #isClosed = false
  /** Who waits for something to change. */
  readonly #waiters: (() => void)[] = []
  /** What has been delivered and has still to be taken. */
  #delivered: Promise<void> = Promise.resolve()

  constructor(
    identity: Identity,
    own: PeerId,
    infoHash: InfoHash,
    members: ReadonlyMap<PeerId, Member>,
    host: OverlayHost,
  ) {
    this.#host = host
    this.#members = members
    this.#state = newOverlay(own, performance.now(), Math.random)
    this.#publisher = new Publisher(identity, own, infoHash)
    this.#verifier = new Verifier(infoHash)
  }

  /** How many peers are in the swarm, and whether that is known or estimated. */
  get presence(): { readonly count: number; readonly isExact: boolean } {
    return { count: sizeOf({ state: this.#state, now: performance.now() }), isExact: this.#state.presence.level === 0 }
  }

  /** The peers that are neighbours in the overlay. */
  get neighbours(): ReadonlySet<PeerId> {
    return this.#state.membership.active
  }

  /** How many links more the overlay wants. */
  get missing(): number {
    return missing({ state: this.#state, now: performance.now() })
  }

  listed(peers: readonly PeerId[], count: number): void {
    this.#tell({ type: 'listed', peers, count })
  }

  /** @param number of the swarm, by which the other side knows it */
  linked(member: Member, number: SwarmNumber): void {
    const channel = new OverlayChannel(
      member,
      { type: 'overlay', swarm: number },
      {
        received: (message) => this.#receive(member, message),
        drained: () => {
          this.#tell({ type: 'drained', peer: member.id })
        },
      },
    )
    this.#channels.set(member.id, channel)
    this.#tell({ type: 'linked', peer: member.id, network: member.link.connection?.network ?? null })
  }

  /** Settles once all that the member has sent is read: it is about to go. */
  async settled(peer: PeerId): Promise<void> {
    await this.#channels.get(peer)?.read(LAST_WORDS)
  }

  unlinked(peer: PeerId, isLost: boolean): void {
    this.#channels.get(peer)?.close()
    this.#channels.delete(peer)
    this.#tell({ type: 'unlinked', peer, isLost })
  }

  failed(peer: PeerId, isGone: boolean): void {
    this.#tell({ type: 'failed', peer, isGone })
  }

  /** A member opened a stream for the overlay. */
  receive(peer: PeerId, stream: LinkStream): void {
    this.#channels.get(peer)?.receive(stream)
  }

  /** Streams of the link to a member that are the overlay's. */
  streamsOf(peer: PeerId): number {
    return this.#channels.get(peer)?.streams ?? 0
  }

  reach(peer: PeerId): void {
    this.#tell({ type: 'reach', peer })
  }

  /** @param via the member to send it by; `null` for the one that is nearest */
  route(to: PeerId, via: PeerId | null, body: RoutedBody): void {
    this.#tell({ type: 'route', to, via, body })
  }

  /** What this peer publishes of itself has changed. */
  changed(): void {
    this.#tell({ type: 'changed' })
  }

  /** Settles once it is signed and sent to the neighbours, and there is room for the next one. */
  async publish(topic: string, data: Bytes): Promise<void> {
    await this.#publish('topic', topic, data)
    await Promise.all([...this.#channels.values()].map((channel) => channel.ready()))
    await this.#asked()
  }

  /** Settles once somebody has asked for each large publication; or nobody does, for some seconds. */
  async #asked(): Promise<void> {
    const { unasked } = this.#state.broadcast
    const deadline = performance.now() + ASKED_WITHIN
    while (unasked.size > 0 && !this.#isClosed && performance.now() < deadline) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
    if (performance.now() >= deadline) unasked.clear()
  }

  #publish(kind: string, topic: string, data: Bytes): Promise<void> {
    return this.#publisher.publish(kind, topic, data, (publication) => {
      this.#tell({ type: 'published', publication })
    })
  }

  /** What others published to a topic lately, and was handed on here. */
  past(topic: string): Publication[] {
    return pastOf(this.#state, topic)
  }

  tick(): void {
    const now = performance.now()
    for (const [peer, { at }] of [...this.#state.membership.pings]) {
      const link = this.#members.get(peer)?.link
      if (link && now - link.silence > at) this.#tell({ type: 'answered', peer })
    }
    const weak = isWeak()
    if (weak !== this.#isWeak) this.#tell({ type: 'device', isWeak: weak })
    this.#isWeak = weak
    this.#tell({ type: 'tick' })
  }

  /** Says goodbye; settles once that is signed and sent. */
  async leave(): Promise<void> {
    this.#tell({ type: 'leaving' })
    await this.#publisher.settled
    await this.#asked()
  }

  close(): void {
    this.#isClosed = true
    for (const wake of this.#waiters.splice(0)) wake()
    if (this.#timer !== null) clearTimeout(this.#timer)
    for (const channel of this.#channels.values()) channel.close()
    this.#channels.clear()
  }

  async #receive(member: Member, received: ReceivedOverlay): Promise<void> {
    const message = received.type === 'publication' ? await this.#verified(member, received.publication) : received
    if (message) this.#tell({ type: 'received', from: member.id, message })
    // A reader that is slow stops only those who write to it.
    if (received.type === 'publication') await this.#delivered
  }

  /** `null` for what nobody signed, which costs the sender its link. */
  async #verified(member: Member, unsigned: Omit<Publication, 'author'>): Promise<OverlayMessage | null> {
    const publication = { ...unsigned, author: await this.#verifier.authorOf(unsigned.publicKey) }
    if (isKnown(this.#state, publication) || (await this.#verifier.isGenuine(publication))) {
      return { type: 'publication', publication }
    }
    member.link.fail('a publication with a wrong signature')
    return null
  }

  #tell(event: OverlayEvent): void {
    if (this.#isClosed) return
    const effects = handle(this.#state, event, performance.now(), Math.random)
    for (const effect of effects) this.#carryOut(effect)
    for (const wake of this.#waiters.splice(0)) wake()
    this.#wakeAt(wakeAt(this.#state))
  }

  #wakeAt(at: number): void {
    if (at >= this.#timerAt || this.#isClosed) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(
      () => {
        this.#timerAt = Infinity
        this.#tell({ type: 'wake' })
      },
      Math.max(0, Math.ceil(at - performance.now())),
    )
  }

  #carryOut(effect: OverlayEffect): void {
    const host = this.#host
    switch (effect.type) {
      case 'send':
        this.#channels.get(effect.to)?.send(effect.message)
        return
      case 'publish':
        void this.#publish(effect.kind, '', effect.data ?? encodeValue(host.metadata)).catch(() => undefined)
        return
      case 'deliver':
        this.#delivered = Promise.all([this.#delivered, host.deliver(effect)]).then(() => undefined)
        return
      case 'dial':
        host.dial(effect.peer, effect.via)
        return
      case 'ask':
        host.ask()
        return
      case 'brought':
        host.brought(effect.from, effect.via, effect.body)
        return
      case 'lost':
        host.lost(effect.id)
        return
      case 'unreachable':
        host.unreachable(effect.peer)
        return
      case 'ping':
        this.#members.get(effect.peer)?.link.doubt()
        return
      case 'released':
        host.released(effect.peer)
        return
      case 'present':
        host.present(effect.peer, effect.data)
        return
      case 'absent':
        host.absent(effect.peer)
    }
  }
}
