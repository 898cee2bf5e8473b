import type { PeerId } from '../../protocol/ids.ts'
import { EdgeswarmError } from '../error.ts'
import type { DialFailure } from './attempt.ts'
import type { Links } from './links.ts'
import type { Signalling } from './signalling.ts'
import type { Member, Swarm } from './swarm.ts'
import type { Tracker } from './tracker.ts'

/** What dialling needs of its swarm. */
export interface DiallerHost extends Pick<Swarm, 'members' | 'overlay' | 'remotes' | 'entry'> {
  /** Trackers that dial by name. */
  readonly openTrackers: readonly Tracker[]
}

/** A link to a peer that is asked for comes within so long, in milliseconds. */
const REACH_WITHIN = 25_000

/**
 * How the links of one swarm are opened. To a peer that somebody waits for one way is tried after the other: over the
 * mesh, through a tracker, and at last by a connection that others carry.
 */
export class Dialler {
  readonly #links: Links
  readonly #signalling: Signalling
  readonly #host: DiallerHost
  /** Who waits for a link to a peer. */
  readonly #reaching = new Map<PeerId, PromiseWithResolvers<Member>>()

  constructor(links: Links, signalling: Signalling, host: DiallerHost) {
    this.#links = links
    this.#signalling = signalling
    this.#host = host
  }

  /**
   * The peer as a member: linked already, or once it is.
   *
   * @throws {EdgeswarmError} `ERR_UNREACHABLE`
   */
  reach(peer: PeerId): Promise<Member> {
    const member = this.#host.members.get(peer)
    if (member) return Promise.resolve(member)
    const waiting = this.#reaching.get(peer)
    if (waiting) return waiting.promise
    const reaching = Promise.withResolvers<Member>()
    this.#reaching.set(peer, reaching)
    const late = setTimeout(() => {
      this.#giveUp(peer)
    }, REACH_WITHIN)
    const settled = () => {
      clearTimeout(late)
    }
    reaching.promise.then(settled, settled)
    this.#host.overlay.reach(peer)
    return reaching.promise
  }

  /** There is a link to this member. */
  entered(member: Member): void {
    this.#reaching.get(member.id)?.resolve(member)
    this.#reaching.delete(member.id)
  }

  dial(peer: PeerId, via: 'mesh' | 'tracker'): void {
    const link = this.#links.get(peer)
    // Another swarm has it, or this one gave it up a moment ago.
    if (link && !this.#host.members.has(peer)) void this.#host.entry.greet(link)
    else if (
      link ||
      !this.#dialBy(via, peer, (failure) => {
        this.#failed(peer, via, failure)
      })
    ) {
      queueMicrotask(() => {
        this.#host.overlay.failed(peer, false)
      })
    }
  }

  #dialBy(via: 'mesh' | 'tracker', peer: PeerId, failed: (failure: DialFailure) => void): boolean {
    const [tracker] = this.#host.openTrackers
    if (via === 'mesh') this.#links.dial(peer, this.#signalling.throughMesh(null, this), failed)
    else if (tracker) this.#links.dial(peer, this.#signalling.throughTracker(tracker), failed)
    else return false
    return true
  }

  #failed(peer: PeerId, via: 'mesh' | 'tracker', failure: DialFailure): void {
    this.#host.overlay.failed(peer, false)
    if (!this.#reaching.has(peer)) return
    // To one who has not answered another way may lead; with one who has, no direct connection can be made.
    if (failure.isAnswered) this.#relay(peer)
    else if (via === 'tracker') this.#host.overlay.reach(peer)
    else if (!this.#reachThroughTracker(peer)) this.#giveUp(peer, failure)
  }

  /** The mesh knows no way to the peer. */
  unreachable(peer: PeerId): void {
    if (this.#reaching.has(peer) && !this.#reachThroughTracker(peer)) this.#giveUp(peer)
  }

  /** The mesh knows no way to a peer that is asked for; a tracker may. */
  #reachThroughTracker(peer: PeerId): boolean {
    if (this.#links.get(peer)) return false
    return this.#dialBy('tracker', peer, (failure) => {
      this.#giveUp(peer, failure)
    })
  }

  #relay(peer: PeerId): void {
    this.#links.dialRelayed(peer, this.#signalling.throughMesh(null, this), (failure) => {
      this.#giveUp(peer, failure)
    })
  }

  #giveUp(peer: PeerId, failure?: DialFailure): void {
    const text = this.#host.remotes.get(peer)
      ? 'No connection to this peer can be made.'
      : 'No such peer is in the swarm.'
    const error = new EdgeswarmError('ERR_UNREACHABLE', text, { cause: failure?.error })
    this.#reaching.get(peer)?.reject(error)
    this.#reaching.delete(peer)
  }

  /** Nobody is waited for any more. */
  close(): void {
    for (const { reject } of this.#reaching.values()) reject(new EdgeswarmError('ERR_CLOSED', 'The mesh is left.'))
  }
}
