import type { OfferId, PeerId } from '../../protocol/ids.ts'
import type { Signal } from '../../protocol/mesh/control.ts'
import { type Hello, SESSION_LENGTH } from '../../protocol/mesh/hello.ts'
import { relayKeyOf } from '../core/description.ts'
import { EdgeswarmError } from '../error.ts'
import { Attempt, type DialFailure, type Route } from './attempt.ts'
import { type Bytes, equalBytes, randomBytes, toBinary } from './bytes.ts'
import type { Connection, Opening } from './connection.ts'
import type { Identity } from './identity.ts'
import { Link, type LinkEvents, REPLACED } from './link.ts'
import type { Relays } from './relayed.ts'
import type { IceServer, RtcEvents } from './rtc.ts'
import { openRtc } from '#rtc'

/** What happens on the links of a peer. */
export interface LinksEvents extends Omit<LinkEvents, 'interrupted'> {
  linked(link: Link): void
  /** A way to the peer that needs no link to it, if there is one; `tried` counts the ways that were tried. */
  routeTo(peer: PeerId, tried: number): Route | null
}

/** Connections that may be in the making at once; more offers are not answered. */
const MAX_ATTEMPTS = 128
/** And of those so many that came through one member or tracker: it may have made the senders up. */
const MAX_SAME_WAY = 32
/** The peer with the higher id leaves a replacement to the other for so long, in milliseconds. */
const YIELD = 1500
/** A replacement is tried anew so often, in milliseconds. */
const REDIAL_EVERY = 3000
/** After one that failed, rather than being silent, the next is tried so soon. */
const REDIAL_FAILED = 200
/** A link that was heard of so lately has recovered by itself. */
const RECOVERED = 1000
/** An offer from a peer that was heard of so lately is one that a tracker gave to whoever is there. */
const FRESH = 3000

/** What is remembered of a peer for as long as there is a link to it or one in the making. */
interface Remote {
  /** Ours of the link: the same on every connection until it is closed. */
  readonly session: Bytes
  link: Link | null
  generation: number
  interruptedAt: number | null
  redials: number
  redialedAt: number
  /** Whether the last connection went over others. */
  isRelayed: boolean
}

const newRemote = (session: Bytes): Remote => ({
  session,
  link: null,
  generation: 0,
  interruptedAt: null,
  redials: 0,
  redialedAt: 0,
  isRelayed: false,
})

/** All links of one peer, one for each other peer whatever number of swarms they share. */
export class Links {
  readonly #identity: Identity
  readonly #own: PeerId
  readonly #iceServers: () => Promise<readonly IceServer[]>
  readonly #events: LinksEvents
  readonly #remotes = new Map<PeerId, Remote>()
  /** Offers of ours, and offers of others that are being answered. */
  readonly #attempts = new Set<Attempt>()
  /** Loaded with the first relayed connection. */
  #relays: Promise<Relays> | null = null
  #isClosed = false

  constructor(identity: Identity, own: PeerId, iceServers: () => Promise<readonly IceServer[]>, events: LinksEvents) {
    this.#identity = identity
    this.#own = own
    this.#iceServers = iceServers
    this.#events = events
  }

  get(peer: PeerId): Link | null {
    return this.#remotes.get(peer)?.link ?? null
  }

  *all(): Iterable<Link> {
    for (const { link } of this.#remotes.values()) if (link) yield link
  }

  /** Offers a connection to a peer, unless one is in the making. `failed` is told if no link comes of it. */
  dial(peer: PeerId, route: Route, failed: (failure: DialFailure) => void): void {
    const others = this.#attemptsOf(peer)
    const isPast = (other: Attempt) => route.trickles && other.way === route.way && other.isUnanswered
    if (this.#isClosed || !others.every(isPast)) return
    // An offer of the same swarm that went another way through the mesh, and is not answered, may never arrive.
    for (const other of others) this.#forget(other)
    const attempt = this.#begin(peer, route, newOfferId(), true, failed)
    this.#whenServersKnown(attempt, (servers) => attempt.offer(this.#opening(true, servers)))
  }

  /** Connects to a peer by way of others, where no direct connection can be made (rule O10). */
  dialRelayed(peer: PeerId, route: Route, failed: (failure: DialFailure) => void): void {
    if (this.#isClosed || this.#attemptsOf(peer).length > 0) return
    const attempt = this.#begin(peer, route, newOfferId(), true, failed)
    this.#openRelayed(attempt, true, (opening) => attempt.offer(opening))
  }

  /** A packet of a relayed connection came. */
  receivePacket(id: OfferId, bytes: Uint8Array): void {
    void this.#relays?.then((relays) => {
      relays.receive(id, bytes)
    })
  }

  #openRelayed(attempt: Attempt, offered: boolean, next: (opening: Opening) => Promise<void>): void {
    const { peer, id, carry } = attempt
    if (peer === null || carry === null) return
    this.#relays ??= import('./relayed.ts').then(({ Relays }) => new Relays())
    this.#relays
      .then((relays) => {
        const open = (events: RtcEvents) => relays.open(peer, id, offered, carry, events)
        return next({ ...this.#opening(offered, []), open, isRelayed: true })
      })
      .catch((cause: unknown) => {
        attempt.fail('no relayed connection could be made', cause)
      })
  }

  /** Makes an offer for whoever a tracker gives it to. `failed` is told if somebody took it, and no link came of it. */
  async offerBlindly(route: Route, failed: () => void): Promise<{ offerId: OfferId; sdp: string } | null> {
    if (this.#isClosed) return null
    const attempt: Attempt = this.#begin(null, route, newOfferId(), true, ({ isAnswered }) => {
      if (isAnswered) failed()
    })
    try {
      const sdp = await attempt.describe(this.#opening(true, await this.#iceServers()))
      return { offerId: attempt.id, sdp }
    } catch {
      this.#forget(attempt)
      return null
    }
  }

  /** Another peer's part of a connection in the making. */
  receive(from: PeerId, signal: Signal, route: Route): void {
    if (this.#isClosed || from === this.#own) return
    switch (signal.kind) {
      case 'offer':
        this.#receiveOffer(from, signal.id, signal.sdp, route)
        return
      case 'answer':
        this.#find(signal.id, true, from)?.accept(signal.sdp, from)
        return
      case 'candidate':
        this.#find(signal.id, null, from)?.addCandidate(signal.sdp)
        return
      case 'unreachable':
        this.#find(signal.id, true, null)?.fail('the peer can not be reached this way')
    }
  }

  /** The dial of this id came to nothing. */
  refused(id: OfferId, reason: string): void {
    this.#find(id, true, null)?.fail(reason)
  }

  #find(id: OfferId, offered: boolean | null, from: PeerId | null): Attempt | undefined {
    for (const attempt of this.#attempts) {
      const fits = attempt.id === id && (offered === null || attempt.offered === offered)
      if (fits && (from === null || attempt.peer === null || attempt.peer === from)) return attempt
    }
    return undefined
  }

  #attemptsOf(peer: PeerId): Attempt[] {
    return [...this.#attempts].filter((attempt) => attempt.peer === peer)
  }

  #receiveOffer(from: PeerId, id: OfferId, sdp: string, route: Route): void {
    const link = this.get(from)
    if (link?.connection && route.isBlind && link.silence < FRESH) return
    const others = this.#attemptsOf(from)
    const dialling = others.find(({ isUnanswered }) => isUnanswered)
    // Both offer at once: the offer of the lower id holds (rule L16), and the other side knows that too.
    if (dialling && this.#own < from) return
    if (this.#attempts.size >= MAX_ATTEMPTS || others.length > 4) return
    const sameWay = [...this.#attempts].filter((attempt) => !attempt.offered && attempt.way === route.way)
    if (sameWay.length >= MAX_SAME_WAY) return
    const attempt = this.#begin(from, route, id, false, dialling ? dialling.failed : () => undefined)
    if (dialling) this.#forget(dialling)
    if (relayKeyOf(sdp) !== null) {
      this.#openRelayed(attempt, false, (opening) => attempt.answer(opening, sdp))
      return
    }
    this.#whenServersKnown(attempt, (servers) => attempt.answer(this.#opening(false, servers), sdp))
  }

  #begin(
    peer: PeerId | null,
    route: Route,
    id: OfferId,
    offered: boolean,
    failed: (failure: DialFailure) => void,
  ): Attempt {
    const attempt: Attempt = new Attempt(peer, route, id, offered, {
      failed: (failure) => {
        this.#forget(attempt)
        failed(failure)
      },
      ready: (connection, hello) => {
        this.#attempts.delete(attempt)
        this.#adopt(connection, hello)
      },
    })
    this.#attempts.add(attempt)
    return attempt
  }

  #forget(attempt: Attempt): void {
    this.#attempts.delete(attempt)
    void attempt.abandon()
    if (attempt.peer !== null) this.#forgetRemote(attempt.peer)
  }

  #forgetRemote(peer: PeerId): void {
    if (!this.get(peer) && this.#attemptsOf(peer).length === 0) this.#remotes.delete(peer)
  }

  #whenServersKnown(attempt: Attempt, next: (servers: readonly IceServer[]) => Promise<void>): void {
    this.#iceServers()
      .then(next)
      .catch((cause: unknown) => {
        attempt.fail('no connection could be made', cause)
      })
  }

  #opening(offered: boolean, iceServers: readonly IceServer[]): Opening {
    const hello = (other: PeerId): Hello => {
      const { session, link, generation } = this.#remote(other)
      return { session, generation: offered && link ? generation + 1 : 0 }
    }
    const open = (events: RtcEvents) => openRtc(iceServers, events)
    return { identity: this.#identity, own: this.#own, open, isRelayed: false, offered, hello }
  }

  #remote(peer: PeerId): Remote {
    const remote = this.#remotes.get(peer) ?? newRemote(randomBytes(SESSION_LENGTH))
    this.#remotes.set(peer, remote)
    return remote
  }

  /** A connection is ready: it carries the link to its peer, or gives way to the one that does. */
  #adopt(connection: Connection, hello: Hello): void {
    const { other, sentHello } = connection
    if (other === null || sentHello === null) return
    // The other side remembers nothing of a link that has another session.
    const before = this.get(other)
    if (before && !equalBytes(before.otherSession, hello.session)) {
      before.end(new EdgeswarmError('ERR_CLOSED', 'the peer has started anew'))
      // Of the new link it knows this side by what this side has just called itself.
      this.#remotes.set(other, newRemote(sentHello.session))
    }
    const remote = this.#remote(other)
    const generation = connection.offered ? sentHello.generation : hello.generation
    if (!equalBytes(remote.session, sentHello.session) || this.#isOutdone(remote, connection, generation)) {
      void connection.close(REPLACED)
      return
    }
    remote.generation = generation
    remote.interruptedAt = null
    remote.isRelayed = connection.isRelayed
    const isFresh = !remote.link
    const sessions = { session: remote.session, otherSession: hello.session }
    const link = (remote.link ??= this.#makeLink(other, sessions))
    link.attach(connection, isFresh)
    if (isFresh) this.#events.linked(link)
  }

  /** Rule L15: of two connections of a link the later generation holds, and of one generation the lower id's offer. */
  #isOutdone({ link, generation: current }: Remote, connection: Connection, generation: number): boolean {
    const holder = link?.connection
    if (!holder || generation > current) return false
    if (generation < current) return true
    const lowerOffered = (one: Connection) => one.offered === this.#own < (one.other ?? this.#own)
    return lowerOffered(holder) || !lowerOffered(connection)
  }

  #makeLink(peer: PeerId, sessions: { session: Bytes; otherSession: Bytes }): Link {
    return new Link(this.#own, peer, sessions, {
      ...this.#events,
      interrupted: (link) => {
        const remote = this.#remotes.get(link.peer)
        if (remote?.interruptedAt !== null) return
        remote.interruptedAt = performance.now()
        remote.redials = 0
        remote.redialedAt = 0
      },
      closed: (link, error) => {
        const remote = this.#remotes.get(link.peer)
        if (remote?.link === link) this.#remotes.delete(link.peer)
        this.#events.closed(link, error)
      },
    })
  }

  tick(now: number): void {
    for (const attempt of [...this.#attempts]) attempt.tick(now)
    for (const [peer, remote] of [...this.#remotes]) {
      remote.link?.tick(now)
      if (remote.link?.connection && remote.link.silence < RECOVERED) remote.interruptedAt = null
      if (remote.link && remote.interruptedAt !== null) this.#redial(peer, remote, remote.interruptedAt, now)
    }
  }

  #redial(peer: PeerId, remote: Remote, interruptedAt: number, now: number): void {
    const patience = this.#own < peer ? 0 : YIELD
    if (now - interruptedAt < patience || now - remote.redialedAt < REDIAL_EVERY) return
    if (this.#attemptsOf(peer).length > 0) return
    const route = this.#events.routeTo(peer, remote.redials)
    if (!route) return
    remote.redials++
    remote.redialedAt = now
    const isRelayed = remote.isRelayed && route.carry !== null
    this[isRelayed ? 'dialRelayed' : 'dial'](peer, route, () => {
      remote.redialedAt -= REDIAL_EVERY - REDIAL_FAILED
    })
  }

  /** The network may have changed: every link is asked whether it lives. */
  doubt(): void {
    for (const link of this.all()) link.doubt()
  }

  async close(reason: string): Promise<void> {
    this.#isClosed = true
    const attempts = [...this.#attempts].map((attempt) => attempt.abandon())
    await Promise.all([...attempts, ...[...this.all()].map((link) => link.close(reason))])
    this.#attempts.clear()
    this.#remotes.clear()
  }
}

const newOfferId = (): OfferId => toBinary(randomBytes(20)) as OfferId
