import type { PeerId } from '../../protocol/ids.ts'
import type { Control, Signal, SwarmNumber } from '../../protocol/mesh/control.ts'
import { Bucket } from '../core/bucket.ts'
import type { Route } from './attempt.ts'
import type { Link } from './link.ts'
import type { Links } from './links.ts'
import type { Secrets } from './secrets.ts'
import type { Tracker } from './tracker.ts'

type SignalControl = Extract<Control, { type: 'signal' }>

/** Signals a second that are passed on for one member, and at once: each new member needs a few of every other. */
const RELAY_RATE = { perSecond: 20, burst: 400 }

/** How the parts of connections in the making travel in one swarm: through trackers and other members, sealed. */
export class Signalling {
  readonly #own: PeerId
  readonly #number: SwarmNumber
  readonly #secrets: Secrets
  readonly #links: Links
  readonly #relayed = new Map<PeerId, Bucket>()
  /** Sealing is asynchronous, and what is sent must stay in order. */
  #sending: Promise<void> = Promise.resolve()

  constructor(own: PeerId, number: SwarmNumber, secrets: Secrets, links: Links) {
    this.#own = own
    this.#number = number
    this.#secrets = secrets
    this.#links = links
  }

  throughTracker(tracker: Tracker): Route {
    const { infoHash } = this.#secrets
    return {
      trickles: false,
      isBlind: !tracker.mayDial(infoHash),
      way: tracker,
      send: (to, signal) => {
        this.#seal(signal, (sealed) => {
          tracker.send(infoHash, to, sealed)
        })
      },
    }
  }

  throughMember(via: Link): Route {
    return {
      trickles: true,
      isBlind: false,
      way: via,
      send: (to, signal) => {
        this.#seal(signal, (sealed) => {
          via.control({ type: 'signal', swarm: this.#number, to, from: this.#own, signal: sealed })
        })
      },
    }
  }

  #seal(signal: Signal, send: (sealed: Signal) => void): void {
    const sealing = signal.kind === 'unreachable' ? Promise.resolve('') : this.#secrets.seal(signal.sdp)
    this.#sending = this.#sending.then(async () => {
      send({ ...signal, sdp: await sealing } as Signal)
    })
  }

  /** Takes a signal for this peer; one that can't be opened is not for it. */
  async receive(from: PeerId, signal: Signal, route: Route): Promise<void> {
    const sdp = await this.#secrets.open(signal.sdp)
    if (signal.kind === 'unreachable') this.#links.receive(from, signal, route)
    else if (sdp !== null) this.#links.receive(from, { ...signal, sdp }, route)
  }

  /** Passes a member's signal on to another member, if there is a link to it (rules N1–N3). */
  relay(from: Link, { to, signal }: SignalControl, target: Link | undefined): void {
    if (target && this.#mayRelay(from.peer)) {
      target.control({ type: 'signal', swarm: this.#number, to, from: from.peer, signal })
      return
    }
    if (signal.kind !== 'offer') return
    const unreachable = { kind: 'unreachable', id: signal.id, sdp: '' } as const
    from.control({ type: 'signal', swarm: this.#number, to: from.peer, from: to, signal: unreachable })
  }

  #mayRelay(peer: PeerId): boolean {
    let bucket = this.#relayed.get(peer)
    if (!bucket) this.#relayed.set(peer, (bucket = new Bucket(RELAY_RATE)))
    return bucket.take(performance.now())
  }

  forget(peer: PeerId): void {
    this.#relayed.delete(peer)
  }
}
