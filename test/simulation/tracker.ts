import type { PeerId } from '../../protocol/ids.ts'
import type { SimulatedPeer } from './peer.ts'
import { Pool } from './pool.ts'

/** One way to the tracker, in milliseconds. */
export const TRACKER_WAY = 25
/** What a hub of the tracker names at once. */
const NAMED = 50

/** Where the peers of a swarm meet. */
export class SimulatedTracker {
  #isUp = true
  /** Those that have asked while it was away: their connections try again until it is back. */
  readonly #waiting = new Set<SimulatedPeer>()
  /**
   * For so long it names peers that have vanished (ms). At once it knows of those whose machine lives on and closes the
   * sockets of a process that is no more.
   */
  remembers = 0
  /** Questions of peers that had come already. */
  asks = 0
  readonly peers = new Pool<PeerId>()

  get isUp(): boolean {
    return this.#isUp
  }

  goAway(): void {
    this.#isUp = false
  }

  comeBack(): void {
    this.#isUp = true
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const asker of waiting) this.ask(asker)
  }

  /** Its answer comes to the peer a while later. */
  ask(asker: SimulatedPeer): void {
    if (!this.#isUp) {
      this.#waiting.add(asker)
      return
    }
    asker.after(2 * TRACKER_WAY, () => {
      asker.tell({ type: 'listed', peers: this.name(asker), count: this.peers.size })
    })
  }

  /** Peers at random, others than the asker. */
  protected name({ id, swarm }: SimulatedPeer): PeerId[] {
    return this.peers.some(NAMED, id, swarm.random)
  }
}
