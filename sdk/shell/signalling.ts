import type { PeerId } from '../../protocol/ids.ts'
import type { Signal } from '../../protocol/mesh/control.ts'
import type { RoutedBody } from '../../protocol/mesh/overlay.ts'
import type { Route } from './attempt.ts'
import type { Links } from './links.ts'
import type { Secrets } from './secrets.ts'
import type { Tracker } from './tracker.ts'

/** How the parts of connections in the making travel in one swarm: through trackers and over the mesh, sealed. */
export class Signalling {
  readonly #secrets: Secrets
  readonly #links: Links
  readonly #route: (to: PeerId, via: PeerId | null, body: RoutedBody) => void
  /** Sealing is asynchronous, and what is sent must stay in order. */
  #sending: Promise<void> = Promise.resolve()

  constructor(secrets: Secrets, links: Links, route: (to: PeerId, via: PeerId | null, body: RoutedBody) => void) {
    this.#secrets = secrets
    this.#links = links
    this.#route = route
  }

  throughTracker(tracker: Tracker): Route {
    const { infoHash } = this.#secrets
    return {
      trickles: false,
      isBlind: !tracker.mayDial(infoHash),
      way: tracker,
      carry: null,
      send: (to, signal) => {
        this.#seal(signal, (sealed) => {
          tracker.send(infoHash, to, sealed)
        })
      },
    }
  }

  /**
   * @param via the member to go by; `null` for whoever is nearest
   * @param way what all that comes by that member has in common
   */
  throughMesh(via: PeerId | null, way: object): Route {
    return {
      trickles: true,
      isBlind: false,
      way,
      carry: (to, id, bytes) => {
        this.#route(to, via, { kind: 'packet', id, bytes })
      },
      send: (to, signal) => {
        this.#seal(signal, (sealed) => {
          this.#route(to, via, { kind: 'signal', signal: sealed })
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
}
