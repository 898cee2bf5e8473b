import type { OfferId, PeerId } from '../../protocol/ids.ts'
import type { RoutedBody } from '../../protocol/mesh/overlay.ts'
import type { SimulatedPeer } from './peer.ts'
import { TRACKER_WAY } from './tracker.ts'

/** An unanswered offer has failed after so long; `attempt.ts` says why. */
const REPLY_WITHIN = 6000
/** ICE and DTLS take so many ways from one end to the other; then come the hello, and the proof of the swarm. */
const WAYS_TO_OPEN = 7
/** What an offer, an answer and their candidates take, in bytes: as node-datachannel makes them. */
const SDP = 'x'.repeat(420)

/** The connections that a peer is about to make. */
export class Dials {
  readonly #peer: SimulatedPeer
  /** The offers that wait for an answer, by peer. */
  readonly #waiting = new Map<PeerId, OfferId>()

  constructor(peer: SimulatedPeer) {
    this.#peer = peer
  }

  dialThroughTracker(id: PeerId): void {
    const { swarm } = this.#peer
    this.#begin(id)
    if (!swarm.tracker.isUp) return
    if (!swarm.tracker.peers.has(id)) {
      this.#peer.after(2 * TRACKER_WAY, () => {
        this.fail(id, true)
      })
      return
    }
    this.#peer.after(4 * TRACKER_WAY, () => {
      this.#connect(id)
    })
  }

  dialThroughMesh(id: PeerId): void {
    const signal = { kind: 'offer', id: this.#begin(id), sdp: SDP } as const
    this.#peer.tell({ type: 'route', to: id, via: null, body: { kind: 'signal', signal } })
  }

  /** A part of a connection came over the mesh; the answer goes back where the offer came from. */
  receive(from: PeerId, via: PeerId, body: RoutedBody): void {
    if (body.kind !== 'signal') return
    const { signal } = body
    if (signal.kind === 'offer') {
      const answer = { ...signal, kind: 'answer' } as const
      this.#peer.tell({ type: 'route', to: from, via, body: { kind: 'signal', signal: answer } })
    } else if (signal.kind === 'answer' && this.#waiting.has(from)) {
      this.#connect(from)
    }
  }

  /** The offer does not arrive. */
  lose(offer: OfferId): void {
    for (const [id, waiting] of this.#waiting) if (waiting === offer) this.fail(id, false)
  }

  fail(id: PeerId, isGone: boolean): void {
    if (this.end(id)) this.#peer.tell({ type: 'failed', peer: id, isGone })
  }

  /** Whether there was a dial to the peer. */
  end(id: PeerId): boolean {
    return this.#waiting.delete(id)
  }

  #begin(id: PeerId): OfferId {
    const offer = this.#peer.swarm.newOfferId()
    this.#waiting.set(id, offer)
    this.#peer.after(REPLY_WITHIN, () => {
      if (this.#waiting.get(id) === offer) this.fail(id, false)
    })
    return offer
  }

  #connect(id: PeerId): void {
    const own = this.#peer
    const { network, byId } = own.swarm
    const other = byId.get(id)
    if (!other || !network.canConnect(own.host, other.host)) return
    own.after(WAYS_TO_OPEN * network.latency(own.host, other.host), () => {
      if (!other.isAlive || own.links.has(id) || network.areParted(own.host, other.host)) return
      own.link(other)
      other.link(own)
    })
  }
}
