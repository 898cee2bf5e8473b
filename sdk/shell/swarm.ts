import type { InfoHash, OfferId, PeerId } from '../../protocol/ids.ts'
import type { Refused, SwarmNumber } from '../../protocol/mesh/control.ts'
import type { Priority } from '../../protocol/mesh/frame.ts'
import type { StreamHeader } from '../../protocol/mesh/header.ts'
import type { RoutedBody } from '../../protocol/mesh/overlay.ts'
import type { Delivery } from '../overlay/event.ts'
import type { Route } from './attempt.ts'
import { Dialler } from './dialler.ts'
import { Entry } from './entry.ts'
import type { Identity } from './identity.ts'
import type { Link } from './link.ts'
import type { Links } from './links.ts'
import { Overlay } from './overlay.ts'
import { type RemotePeer, Remotes } from './remotes.ts'
import type { Secrets } from './secrets.ts'
import { Signalling } from './signalling.ts'
import type { LinkStream } from './stream.ts'
import type { Tracker, TrackerListener } from './tracker.ts'

/** A peer that is in the swarm and linked. */
export interface Member {
  readonly id: PeerId
  readonly link: Link
  /** What the other side calls the swarm. */
  readonly number: SwarmNumber
  /** Whether the link goes over others: then it is none of the overlay's. */
  readonly isRelayed: boolean
  /** Since when neither the overlay nor a stream needs the link, in milliseconds; `null` while one does. */
  idleSince: number | null
}

/** What happens in a swarm. */
export interface SwarmEvents {
  joined(peer: RemotePeer): void
  left(peer: RemotePeer): void
  /** A peer has published other metadata. */
  changed(peer: RemotePeer): void
  /** A member passes a media stream. */
  media(member: Member, stream: MediaStream): void
  /** A member opened a stream for a request. */
  opened(member: Member, stream: LinkStream, header: StreamHeader, priority: Priority): void
  /** A peer published a message. Settles once there is room for the next one. */
  published(delivery: Delivery): Promise<void>
  /** A peer did not let this one into the swarm. */
  refused(by: PeerId): void
  announced(tracker: Tracker): void
  trackerFailed(tracker: Tracker, reason: string): void
  /** Whether a peer may enter. */
  admit(id: PeerId): Promise<boolean>
}

/** Links that a swarm may have at most: those of the overlay, and others that requests go over. */
const MAX_LINKS = 64
/** Offers that a stock tracker is given at once, as stock clients do. */
const STOCK_OFFERS = 5
/** A link that nothing needs is given up after so long, in milliseconds: the next request may be about to come. */
const UNNEEDED = 20_000

/** One swarm of one peer: who is in it, and how they find each other. */
export class Swarm {
  readonly number: SwarmNumber
  readonly secrets: Secrets
  readonly entry: Entry
  readonly overlay: Overlay
  readonly remotes: Remotes
  readonly #links: Links
  readonly #events: SwarmEvents
  readonly #members = new Map<PeerId, Member>()
  readonly #trackers = new Set<Tracker>()
  readonly #signalling: Signalling
  readonly #dialler: Dialler
  #count = 0
  #metadata: unknown

  constructor(
    identity: Identity,
    own: PeerId,
    number: SwarmNumber,
    secrets: Secrets,
    metadata: unknown,
    links: Links,
    events: SwarmEvents,
  ) {
    this.number = number
    this.secrets = secrets
    this.#metadata = metadata
    this.#links = links
    this.#events = events
    this.remotes = new Remotes(events)
    this.overlay = new Overlay(identity, own, secrets.infoHash, this.#members, this.#overlayHost())
    this.entry = new Entry(own, number, secrets, this.#entryHost())
    this.#signalling = new Signalling(secrets, links, (to, via, body) => {
      this.overlay.route(to, via, body)
    })
    this.#dialler = new Dialler(links, this.#signalling, this)
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
    this.overlay.changed()
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
        this.overlay.listed(peers ?? [], count)
        this.#events.announced(tracker)
      },
      signal: (from, signal) => {
        void this.#signalling.receive(from, signal, this.#signalling.throughTracker(tracker))
      },
      refused: (offerId, to, reason) => {
        this.overlay.failed(to, true)
        this.#links.refused(offerId, reason)
      },
      failed: (reason) => {
        this.#events.trackerFailed(tracker, reason)
      },
      offers: () => this.#offersFor(tracker),
    }
  }

  /** Offers for whoever is there, at a tracker where nobody can be dialled by name. */
  async #offersFor(tracker: Tracker): ReturnType<TrackerListener['offers']> {
    // All who are there are linked already, or as many as are wanted: whoever comes will offer.
    const wanted = this.overlay.missing
    if (this.#members.size > 0 && (wanted <= 0 || this.#count <= this.#members.size + 1)) return []
    const route = this.#signalling.throughTracker(tracker)
    const again = () => {
      tracker.ask(this.infoHash)
    }
    const offers = await Promise.all(Array.from({ length: STOCK_OFFERS }, () => this.#links.offerBlindly(route, again)))
    const made = offers.filter((offer) => offer !== null)
    return Promise.all(made.map(async ({ offerId, sdp }) => ({ offerId, sdp: await this.secrets.seal(sdp) })))
  }

  /** Those that dial by name. */
  get openTrackers(): readonly Tracker[] {
    return [...this.#trackers].filter((tracker) => tracker.mayDial(this.infoHash))
  }

  // Links

  /** A way to a peer whose link is broken: through other members first, then in turn through the trackers. */
  routeTo(peer: PeerId, tried: number): Route | null {
    if (!this.#members.has(peer)) return null
    const others = [...this.#members.values()].filter(({ id, link }) => id !== peer && link.connection !== null)
    const ways = [
      ...others.slice(0, 3).map(({ id, link }) => this.#signalling.throughMesh(id, link)),
      ...this.openTrackers.map((tracker) => this.#signalling.throughTracker(tracker)),
    ]
    return ways[tried % ways.length] ?? null
  }

  /**
   * The peer as a member: linked already, or once it is.
   *
   * @throws {EdgeswarmError} `ERR_UNREACHABLE`
   */
  reach(peer: PeerId): Promise<Member> {
    return this.#dialler.reach(peer)
  }

  #entryHost() {
    const metadata = () => this.#metadata
    return {
      get metadata() {
        return metadata()
      },
      isMember: (link: Link) => this.#members.get(link.peer)?.link === link,
      refuse: async (peer: PeerId): Promise<Refused | null> => {
        if (!(await this.#events.admit(peer))) return 'denied'
        return this.#members.size >= MAX_LINKS ? 'full' : null
      },
      entered: (link: Link, number: SwarmNumber, published: unknown) => {
        const isRelayed = link.connection?.isRelayed === true
        const member: Member = { id: link.peer, link, number, isRelayed, idleSince: null }
        this.#members.set(member.id, member)
        this.remotes.linked(member, published)
        if (!isRelayed) this.overlay.linked(member, this.number)
        this.#dialler.entered(member)
      },
      refused: ({ peer }: Link, reason: Refused) => {
        this.overlay.failed(peer, true)
        if (reason === 'denied') this.#events.refused(peer)
      },
    }
  }

  #overlayHost() {
    const metadata = () => this.#metadata
    return {
      get metadata() {
        return metadata()
      },
      dial: (peer: PeerId, via: 'mesh' | 'tracker') => {
        this.#dialler.dial(peer, via)
      },
      ask: () => {
        for (const tracker of this.#trackers) tracker.ask(this.infoHash)
      },
      deliver: (delivery: Delivery) => this.#events.published(delivery),
      brought: (from: PeerId, via: PeerId, body: RoutedBody) => {
        const way = this.#members.get(via)?.link ?? this
        if (body.kind === 'packet') this.#links.receivePacket(body.id, body.bytes)
        if (body.kind !== 'signal') return
        void this.#signalling.receive(from, body.signal, this.#signalling.throughMesh(via, way))
      },
      present: (peer: PeerId, data: Uint8Array | null) => {
        this.remotes.present(peer, data)
      },
      absent: (peer: PeerId) => {
        this.remotes.absent(peer)
      },
      released: (peer: PeerId) => {
        const member = this.#members.get(peer)
        if (member) member.idleSince ??= performance.now()
      },
      lost: (id: OfferId) => {
        this.#links.refused(id, 'no way to the peer is known')
      },
      unreachable: (peer: PeerId) => {
        this.#dialler.unreachable(peer)
      },
    }
  }

  tick(): void {
    this.overlay.tick()
  }

  /** The members whose links nothing needs any more. */
  unneeded(now: number): Member[] {
    const unneeded: Member[] = []
    for (const member of this.#members.values()) {
      const { id, link, number } = member
      const isBusy = link.countStreams(this.number, number) > this.overlay.streamsOf(id)
      if (isBusy || this.overlay.neighbours.has(id)) member.idleSince = null
      else member.idleSince ??= now
      if (member.idleSince !== null && now - member.idleSince > UNNEEDED) unneeded.push(member)
    }
    return unneeded
  }

  // What members say

  receiveMetadata(link: Link, metadata: unknown): void {
    if (this.#members.has(link.peer)) this.remotes.change(link.peer, metadata)
  }

  /** The link's other end is not in the swarm any more; `isLost` if that is only because the link is gone. */
  forget(link: Link, isLost: boolean): void {
    this.entry.forget(link)
    const member = this.#members.get(link.peer)
    if (member?.link !== link) return
    this.#members.delete(link.peer)
    link.failStreams(this.number, member.number)
    this.remotes.unlinked(link.peer)
    if (!member.isRelayed) this.overlay.unlinked(link.peer, isLost)
  }

  /** Says goodbye to all members and trackers; settles once what was said before has arrived. */
  async leave(within: Promise<unknown>): Promise<void> {
    await Promise.race([within, this.overlay.leave()])
    for (const tracker of this.#trackers) tracker.leave(this.infoHash)
    const links = [...this.#members.values()].map(({ link }) => link)
    const settled = () => Promise.race([within, Promise.all(links.map((link) => link.settled()))])
    // The goodbye overtakes data, and ends the other side's streams: it comes when they have arrived.
    await settled()
    this.overlay.close()
    for (const link of links) link.control({ type: 'leave', swarm: this.number })
    await settled()
    for (const { link, number } of this.#members.values()) link.failStreams(this.number, number)
    this.#dialler.close()
  }

  receiveStream(link: Link, stream: LinkStream, header: StreamHeader, priority: Priority): boolean {
    const member = this.#members.get(link.peer)
    if (!member) return false
    if (header.type === 'overlay') this.overlay.receive(member.id, stream)
    else this.#events.opened(member, stream, header, priority)
    return true
  }

  receiveMedia(link: Link, stream: MediaStream): void {
    const member = this.#members.get(link.peer)
    if (member) this.#events.media(member, stream)
  }

  get trackers(): ReadonlySet<Tracker> {
    return this.#trackers
  }
}
