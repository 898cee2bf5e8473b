import { type InfoHash, type PeerId, peerIdFromHex } from '../../protocol/ids.ts'
import type { Control } from '../../protocol/mesh/control.ts'
import { type Priority, RESET } from '../../protocol/mesh/frame.ts'
import type { StreamHeader } from '../../protocol/mesh/header.ts'
import { EdgeswarmError } from '../error.ts'
import { randomBytes, toBase64 } from './bytes.ts'
import type { Route } from './attempt.ts'
import type { Identity } from './identity.ts'
import type { Link } from './link.ts'
import { Links } from './links.ts'
import type { IceServer } from './rtc.ts'
import type { LinkStream } from './stream.ts'
import type { Media } from './media.ts'
import type { Swarm } from './swarm.ts'
import { Tracker } from './tracker.ts'

/** How often the cores are told that time has passed, in milliseconds. */
const TICK = 250
/** A link that no swarm needs is closed after so long: one of the two may be about to enter. */
const UNSHARED = 10_000
/** Messages of a link that wait for those before them; a peer that is asked to wait sends no more. */
const MAX_WAITING = 1024
/** Entries on a link that belong to no swarm of ours yet; more are forgotten. */
const MAX_UNKNOWN = 64

interface LinkRecord {
  /** Control messages and streams in the order in which they came: to enter takes cryptography, and so time. */
  inbox: Promise<void>
  waiting: number
  /** The other side's numbers of swarms: ours, or its proof if it is none of ours yet. */
  readonly swarms: Map<number, Swarm>
  readonly unknown: Map<number, Extract<Control, { type: 'enter' }>>
  unsharedSince: number | null
}

/** One identity at work: its links, shared by all the swarms that it has joined. */
export class LocalPeer {
  readonly identity: Identity
  readonly id: PeerId
  readonly links: Links
  readonly #onIdle: () => void
  readonly #joined = new Set<Swarm>()
  readonly #records = new Map<Link, LinkRecord>()
  /** Stock trackers by address: one socket carries all swarms there. */
  readonly #shared = new Map<string, Tracker>()
  readonly #trackers = new Set<Tracker>()
  readonly #key = toBase64(randomBytes(18))
  readonly #iceServers = new Map<Swarm, () => Promise<readonly IceServer[]>>()
  #ticker: ReturnType<typeof setInterval> | null = null
  #lastNumber = 0
  /** Loaded with the first media stream. */
  #media: Promise<Media> | null = null
  #loadedMedia: Media | null = null
  readonly #online = () => {
    for (const tracker of this.#trackers) tracker.online()
    this.links.doubt()
  }

  /** @param onIdle is told when the last swarm is left: from then on it takes no further ones */
  constructor(identity: Identity, onIdle: () => void) {
    const id = peerIdFromHex(identity.id)
    if (!id) throw new EdgeswarmError('ERR_ARGUMENT', 'An identity comes from createIdentity.')
    this.identity = identity
    this.#onIdle = onIdle
    this.id = id
    this.links = new Links(identity, id, () => this.#askIceServers(), {
      linked: (link) => {
        this.#linked(link)
      },
      control: (link, control) => {
        this.#enqueue(link, () => this.#control(link, control))
      },
      opened: (link, stream, header, priority) => {
        this.#enqueue(link, () => {
          this.#opened(link, stream, header, priority)
        })
      },
      closed: (link, error) => {
        this.#records.delete(link)
        for (const swarm of this.#joined) swarm.forget(link, error.code !== 'ERR_PROTOCOL')
      },
      routeTo: (peer, tried) => this.#routeTo(peer, tried),
    })
  }

  hasJoined(infoHash: InfoHash): boolean {
    return [...this.#joined].some((swarm) => swarm.infoHash === infoHash)
  }

  /** Those of all swarms serve each link, as that belongs to none of them. */
  async #askIceServers(): Promise<readonly IceServer[]> {
    return (await Promise.all([...this.#iceServers.values()].map((ask) => ask()))).flat()
  }

  nextNumber(): number {
    return ++this.#lastNumber
  }

  /** Lets a swarm take part. */
  join(swarm: Swarm, iceServers: () => Promise<readonly IceServer[]>): void {
    this.#iceServers.set(swarm, iceServers)
    this.#joined.add(swarm)
    this.#start()
    for (const [link, { unknown }] of this.#records) {
      this.#enqueue(link, async () => {
        await swarm.entry.greet(link)
        for (const enter of [...unknown.values()]) await this.#enter(link, enter)
      })
    }
  }

  /** A tracker for one swarm alone, or the one that all swarms share. */
  tracker(url: string, isShared: boolean): Tracker {
    const known = isShared ? this.#shared.get(url) : undefined
    if (known) return known
    const tracker = new Tracker(url, this.id, this.#key)
    if (isShared) this.#shared.set(url, tracker)
    this.#trackers.add(tracker)
    return tracker
  }

  /** Ends a swarm's part in it, and everything with the last one. */
  async leave(swarm: Swarm, within: Promise<unknown>): Promise<void> {
    if (!this.#joined.delete(swarm)) return
    this.#iceServers.delete(swarm)
    for (const { swarms } of this.#records.values()) {
      for (const [number, entered] of swarms) if (entered === swarm) swarms.delete(number)
    }
    const isLast = this.#joined.size === 0
    if (isLast) this.#onIdle()
    await swarm.leave(within)
    for (const tracker of swarm.trackers) {
      if (!tracker.isEmpty) continue
      this.#trackers.delete(tracker)
      if (this.#shared.get(tracker.url) === tracker) this.#shared.delete(tracker.url)
    }
    if (!isLast) return
    this.#stop()
    await this.links.close('left')
    this.#records.clear()
  }

  #start(): void {
    if (this.#ticker !== null) return
    this.#ticker = setInterval(() => {
      this.#tick()
    }, TICK)
    if (typeof addEventListener === 'function') addEventListener('online', this.#online)
    network()?.addEventListener('change', this.#online)
  }

  #stop(): void {
    if (this.#ticker !== null) clearInterval(this.#ticker)
    this.#ticker = null
    if (typeof removeEventListener === 'function') removeEventListener('online', this.#online)
    network()?.removeEventListener('change', this.#online)
  }

  #tick(): void {
    const now = performance.now()
    this.links.tick(now)
    for (const tracker of this.#trackers) tracker.tick()
    for (const swarm of this.#joined) {
      swarm.tick()
      for (const { link, number } of swarm.unneeded(now)) this.#part(link, swarm, number)
    }
    this.#loadedMedia?.refresh()
    for (const [link, record] of this.#records) this.#closeUnshared(link, record, now)
  }

  /** Ends a swarm's part in a link that it does not need. */
  #part(link: Link, swarm: Swarm, number: number): void {
    this.#records.get(link)?.swarms.delete(number)
    link.control({ type: 'leave', swarm: swarm.number })
    swarm.forget(link, false)
  }

  #closeUnshared(link: Link, record: LinkRecord, now: number): void {
    if (this.#isShared(link)) record.unsharedSince = null
    else record.unsharedSince ??= now
    if (record.unsharedSince === null || now - record.unsharedSince < UNSHARED) return
    link.end(new EdgeswarmError('ERR_CLOSED', 'no swarm is shared with this peer'))
  }

  /** Whether its other end is a member of some swarm of ours. */
  #isShared(link: Link): boolean {
    return [...this.#joined].some(({ members }) => members.get(link.peer)?.link === link)
  }

  #routeTo(peer: PeerId, tried: number): Route | null {
    for (const swarm of this.#joined) {
      const route = swarm.routeTo(peer, tried)
      if (route) return route
    }
    return null
  }

  #linked(link: Link): void {
    this.#records.set(link, {
      inbox: Promise.resolve(),
      waiting: 0,
      swarms: new Map(),
      unknown: new Map(),
      unsharedSince: null,
    })
    this.#enqueue(link, async () => {
      for (const swarm of this.#joined) await swarm.entry.greet(link)
    })
  }

  #enqueue(link: Link, task: () => Promise<void> | void): void {
    const record = this.#records.get(link)
    if (!record) return
    if (++record.waiting > MAX_WAITING) {
      link.fail('too much at once')
      return
    }
    record.inbox = record.inbox.then(async () => {
      record.waiting--
      if (link.isClosed) return
      try {
        await task()
      } catch (cause) {
        link.end(new EdgeswarmError('ERR_PROTOCOL', 'a message could not be served', { cause }))
      }
    })
  }

  async #control(link: Link, control: Control): Promise<void> {
    const record = this.#records.get(link)
    if (!record) return
    if (control.type === 'media') {
      // Media is for who has been let into a swarm.
      if (!this.#isShared(link)) return
      const media = await this.media()
      media.receive(link, control)
      return
    }
    if (control.type === 'enter') {
      await this.#enter(link, control)
      return
    }
    if (control.type === 'refuse') {
      for (const swarm of this.#joined)
        if (swarm.number === control.swarm) swarm.entry.receiveRefuse(link, control.reason)
      return
    }
    const swarm = record.swarms.get(control.swarm)
    if (control.type === 'leave') {
      record.swarms.delete(control.swarm)
      record.unknown.delete(control.swarm)
      await swarm?.overlay.settled(link.peer)
      swarm?.forget(link, false)
    }
    if (control.type === 'welcome') swarm?.entry.receiveWelcome(link, control)
    if (control.type === 'metadata') swarm?.receiveMetadata(link, control.metadata)
  }

  async #enter(link: Link, enter: Extract<Control, { type: 'enter' }>): Promise<void> {
    const record = this.#records.get(link)
    if (!record || record.swarms.has(enter.swarm)) return
    const entered = [...record.swarms.values()]
    for (const swarm of this.#joined) {
      if (entered.includes(swarm)) continue
      if (!(await swarm.entry.isProvedBy(link, enter.proof))) continue
      record.unknown.delete(enter.swarm)
      record.swarms.set(enter.swarm, swarm)
      await swarm.entry.receiveEnter(link, enter.swarm)
      return
    }
    if (record.unknown.size < MAX_UNKNOWN) record.unknown.set(enter.swarm, enter)
  }

  #opened(link: Link, stream: LinkStream, header: StreamHeader, priority: Priority): void {
    const swarm = this.#records.get(link)?.swarms.get(header.swarm)
    if (swarm?.receiveStream(link, stream, header, priority) === true) return
    stream.reset(RESET.refused, new EdgeswarmError('ERR_REFUSED', 'the stream belongs to no swarm that is shared'))
  }

  /** Loads what passes media. */
  media(): Promise<Media> {
    this.#media ??= import('./media.ts').then(({ Media }) => {
      this.#loadedMedia = new Media(this.id, (link, number, stream) => {
        this.#records.get(link)?.swarms.get(number)?.receiveMedia(link, stream)
      })
      return this.#loadedMedia
    })
    return this.#media
  }
}

/** What tells of a change of the network, where a browser has it. */
const network = (): EventTarget | undefined =>
  (globalThis as { navigator?: { connection?: EventTarget } }).navigator?.connection
