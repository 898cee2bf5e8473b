import type { InfoHash, PeerId } from '../../protocol/ids.ts'
import type { Control, Refused, SwarmNumber } from '../../protocol/mesh/control.ts'
import { MAX_MEMBERS } from '../../protocol/mesh/control.ts'
import type { Priority } from '../../protocol/mesh/frame.ts'
import type { StreamHeader } from '../../protocol/mesh/header.ts'
import { handle, type MembershipEvent, newMembership } from '../core/membership.ts'
import type { Route } from './attempt.ts'
import { type Bytes, equalBytes } from './bytes.ts'
import type { Link } from './link.ts'
import type { Links } from './links.ts'
import type { LinkStream } from './stream.ts'
import type { Secrets } from './secrets.ts'
import { Signalling } from './signalling.ts'
import type { Tracker, TrackerListener } from './tracker.ts'

/** A peer that is in the swarm and linked. */
export interface Member {
  readonly id: PeerId
  readonly link: Link
  /** What the other side calls the swarm. */
  readonly number: SwarmNumber
  metadata: unknown
}

/** What happens in a swarm. */
export interface SwarmEvents {
  joined(member: Member): void
  left(member: Member): void
  /** A member has published other metadata. */
  changed(member: Member): void
  /** A member passes a media stream. */
  media(member: Member, stream: MediaStream): void
  /** A member opened a stream. */
  opened(member: Member, stream: LinkStream, header: StreamHeader, priority: Priority): void
  /** A peer did not let this one into the swarm. */
  refused(by: PeerId, reason: Refused): void
  /** A tracker answered; `count` peers are in the swarm as far as it knows, this one among them. */
  announced(tracker: Tracker, count: number): void
  trackerFailed(tracker: Tracker, reason: string): void
  /** Whether a peer may enter. */
  admit(id: PeerId): Promise<boolean>
}

/** Peers of a swarm that are all linked to each other, at most; this one among them. */
export const MAX_PEERS = 32
/** Offers that a stock tracker is given at once, as stock clients do. */
const STOCK_OFFERS = 5

/** What is known of a link's other end, as long as it is not in the swarm yet. */
interface Arrival {
  /** Its number of the swarm, once it has proved that it is in it. */
  number: SwarmNumber | null
  /** What it published, once it has let this peer in. */
  welcome: Extract<Control, { type: 'welcome' }> | null
}

/** One swarm of one peer: who is in it, and how they find each other. */
export class Swarm {
  readonly number: SwarmNumber
  readonly secrets: Secrets
  readonly #own: PeerId
  readonly #links: Links
  readonly #events: SwarmEvents
  readonly #members = new Map<PeerId, Member>()
  readonly #arrivals = new Map<Link, Arrival>()
  readonly #membership
  readonly #trackers = new Set<Tracker>()
  readonly #signalling: Signalling
  #count = 0
  #metadata: unknown

  constructor(
    own: PeerId,
    number: SwarmNumber,
    secrets: Secrets,
    metadata: unknown,
    links: Links,
    events: SwarmEvents,
  ) {
    this.#own = own
    this.number = number
    this.secrets = secrets
    this.#metadata = metadata
    this.#links = links
    this.#events = events
    this.#membership = newMembership(own)
    this.#signalling = new Signalling(own, number, secrets, links)
  }

  get infoHash(): InfoHash {
    return this.secrets.infoHash
  }

  get members(): ReadonlyMap<PeerId, Member> {
    return this.#members
  }

  get metadata(): unknown {
    return this.#metadata
  }

  publish(metadata: unknown): void {
    this.#metadata = metadata
    for (const { link } of this.#members.values()) link.control({ type: 'metadata', swarm: this.number, metadata })
  }

  // Trackers

  enter(tracker: Tracker): void {
    this.#trackers.add(tracker)
    tracker.enter(this.infoHash, this.#listenTo(tracker))
  }

  #listenTo(tracker: Tracker): TrackerListener {
    return {
      announced: (peers, count) => {
        this.#count = count
        this.#run({ type: 'listed', peers: peers ?? [] })
        this.#events.announced(tracker, count)
      },
      signal: (from, signal) => {
        void this.#signalling.receive(from, signal, this.#signalling.throughTracker(tracker))
      },
      refused: (offerId, to, reason) => {
        this.#run({ type: 'failed', peer: to, isGone: true })
        this.#links.refused(offerId, reason)
      },
      failed: (reason) => {
        this.#events.trackerFailed(tracker, reason)
      },
      offers: async () => {
        // All who are there are linked already: whoever comes will offer.
        if (this.#count <= this.#members.size + 1 && this.#members.size > 0) return []
        const route = this.#signalling.throughTracker(tracker)
        const again = () => {
          tracker.ask(this.infoHash)
        }
        const offers = await Promise.all(
          Array.from({ length: STOCK_OFFERS }, () => this.#links.offerBlindly(route, again)),
        )
        const made = offers.filter((offer) => offer !== null)
        return Promise.all(made.map(async ({ offerId, sdp }) => ({ offerId, sdp: await this.secrets.seal(sdp) })))
      },
    }
  }

  /** A way to a peer of this swarm: through another member first, then in turn through a tracker. */
  routeTo(peer: PeerId, tried: number): Route | null {
    if (!this.#members.has(peer)) return null
    const middle = [...this.#members.values()].filter(({ id, link }) => id !== peer && link.connection !== null)
    const trackers = [...this.#trackers].filter((tracker) => tracker.mayDial(this.infoHash))
    const ways = [
      ...middle.slice(0, 3).map(({ link }) => this.#signalling.throughMember(link)),
      ...trackers.map((tracker) => this.#signalling.throughTracker(tracker)),
    ]
    return ways[tried % ways.length] ?? null
  }

  // Membership

  tick(): void {
    this.#run({ type: 'tick' })
  }

  #run(event: MembershipEvent): void {
    for (const { peer, via } of handle(this.#membership, event, performance.now(), Math.random)) this.#dial(peer, via)
  }

  #dial(peer: PeerId, via: PeerId | 'tracker'): void {
    const failed = () => {
      this.#run({ type: 'failed', peer, isGone: false })
    }
    const route = this.#links.get(peer) ? null : this.#routeVia(via)
    if (route) this.#links.dial(peer, route, failed)
    else queueMicrotask(failed)
  }

  #routeVia(via: PeerId | 'tracker'): Route | null {
    if (via === 'tracker') {
      const tracker = [...this.#trackers].find((one) => one.mayDial(this.infoHash))
      return tracker ? this.#signalling.throughTracker(tracker) : null
    }
    const link = this.#members.get(via)?.link
    return link ? this.#signalling.throughMember(link) : null
  }

  // Entering, on a link that belongs to no swarm of itself (rules E1–E6)

  /** Tells the other end of a link, in a way that only members understand, that this peer is in the swarm. */
  async greet(link: Link): Promise<void> {
    const proof = await this.secrets.prove(transcriptOf(link), this.#own)
    if (link.isClosed || this.#arrivals.has(link) || this.#members.get(link.peer)?.link === link) return
    this.#arrivals.set(link, { number: null, welcome: null })
    link.control({ type: 'enter', swarm: this.number, proof })
  }

  /** Whether it is this swarm that the other end of the link has proved to be in. */
  async isProvedBy(link: Link, proof: Bytes): Promise<boolean> {
    return equalBytes(proof, await this.secrets.prove(transcriptOf(link), link.peer))
  }

  /** The other end has proved that it is in this swarm, which it calls `number`. */
  async receiveEnter(link: Link, number: SwarmNumber): Promise<void> {
    // It was here before, and has come back on the same link.
    await this.greet(link)
    const reason = await this.#refuse(link)
    const arrival = this.#arrivals.get(link)
    if (link.isClosed || !arrival) return
    if (reason) {
      link.control({ type: 'refuse', swarm: number, reason })
      return
    }
    arrival.number = number
    const members = [...this.#members.keys()].slice(0, MAX_MEMBERS)
    link.control({ type: 'welcome', swarm: this.number, metadata: this.#metadata, members })
    this.#joinIfBoth(link, arrival)
  }

  async #refuse(link: Link): Promise<Refused | null> {
    if (!(await this.#events.admit(link.peer))) return 'denied'
    return this.#members.size >= MAX_PEERS - 1 ? 'full' : null
  }

  #joinIfBoth(link: Link, { number, welcome }: Arrival): void {
    if (number === null || welcome === null) return
    this.#arrivals.delete(link)
    const member: Member = { id: link.peer, link, number, metadata: welcome.metadata }
    this.#members.set(link.peer, member)
    this.#run({ type: 'linked', peer: link.peer })
    this.#run({ type: 'told', by: link.peer, peers: welcome.members })
    this.#events.joined(member)
  }

  receiveWelcome(link: Link, welcome: Extract<Control, { type: 'welcome' }>): void {
    const arrival = this.#arrivals.get(link)
    if (!arrival) return
    arrival.welcome = welcome
    this.#joinIfBoth(link, arrival)
  }

  receiveRefuse(link: Link, reason: Refused): void {
    // Only who has proved to be in the swarm has a say in who comes in.
    if ((this.#arrivals.get(link)?.number ?? null) === null) return
    this.#arrivals.delete(link)
    this.#run({ type: 'left', peer: link.peer })
    this.#events.refused(link.peer, reason)
  }

  receiveMetadata(link: Link, metadata: unknown): void {
    const member = this.#members.get(link.peer)
    if (!member) return
    member.metadata = metadata
    this.#events.changed(member)
  }

  /** A member sends a part of a connection in the making: to this peer, or through it to another. */
  receiveSignal(link: Link, control: Extract<Control, { type: 'signal' }>): void {
    if (!this.#members.has(link.peer)) return
    const { to, from, signal } = control
    if (to === this.#own) void this.#signalling.receive(from, signal, this.#signalling.throughMember(link))
    else this.#signalling.relay(link, control, this.#members.get(to)?.link)
  }

  /** The link's other end is not in the swarm any more; `isLost` if that is only because the link is gone. */
  forget(link: Link, isLost: boolean): void {
    this.#arrivals.delete(link)
    this.#signalling.forget(link.peer)
    const member = this.#members.get(link.peer)
    if (member?.link !== link) return
    this.#members.delete(link.peer)
    link.failStreams(this.number, member.number)
    this.#run({ type: isLost ? 'lost' : 'left', peer: link.peer })
    this.#events.left(member)
  }

  /** Says goodbye to all members and trackers; settles once what was said before has arrived. */
  async leave(within: Promise<unknown>): Promise<void> {
    for (const tracker of this.#trackers) tracker.leave(this.infoHash)
    const links = [...this.#members.values()].map(({ link }) => link)
    const settled = () => Promise.race([within, Promise.all(links.map((link) => link.settled()))])
    // The goodbye overtakes data, and ends the other side's streams: it comes when they have arrived.
    await settled()
    for (const link of links) link.control({ type: 'leave', swarm: this.number })
    await settled()
    for (const { link, number } of this.#members.values()) link.failStreams(this.number, number)
  }

  receiveStream(link: Link, stream: LinkStream, header: StreamHeader, priority: Priority): boolean {
    const member = this.#members.get(link.peer)
    if (member) this.#events.opened(member, stream, header, priority)
    return member !== undefined
  }

  receiveMedia(link: Link, stream: MediaStream): void {
    const member = this.#members.get(link.peer)
    if (member) this.#events.media(member, stream)
  }

  get trackers(): ReadonlySet<Tracker> {
    return this.#trackers
  }
}

/** What binds a proof to one link: what both sides call it, the lower one first. */
const transcriptOf = ({ session, otherSession }: Link): Bytes => {
  const [low, high] = compare(session, otherSession) < 0 ? [session, otherSession] : [otherSession, session]
  return new Uint8Array([...low, ...high])
}

function compare(one: Bytes, other: Bytes): number {
  const index = one.findIndex((byte, at) => byte !== other[at])
  return index === -1 ? 0 : (one[index] ?? 0) - (other[index] ?? 0)
}
