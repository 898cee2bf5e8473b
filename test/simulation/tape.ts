import type { OverlayEvent } from '../../sdk/overlay/event.ts'
import { handle, wakeAt } from '../../sdk/overlay/overlay.ts'
import { newOverlay, type OverlayState } from '../../sdk/overlay/state.ts'
import { seededRandom } from '../support/core.ts'
import { SimulatedPeer } from './peer.ts'

/** All that happened to one peer, so that it can happen again without the others. */
export interface Tape {
  readonly own: SimulatedPeer['id']
  readonly seed: number
  readonly joinedAt: number
  readonly events: { readonly event: OverlayEvent; readonly now: number }[]
}

/** A peer whose life is recorded. */
export class TapedPeer extends SimulatedPeer {
  readonly tape: Tape = { own: this.id, seed: this.seed, joinedAt: this.joinedAt, events: [] }

  override tell(event: OverlayEvent): void {
    this.tape.events.push({ event, now: this.swarm.now })
    super.tell(event)
  }
}

/** The state that the peer had in the end. */
export function replay({ own, seed, joinedAt, events }: Tape): OverlayState {
  const random = seededRandom(seed)
  const state = newOverlay(own, joinedAt, random)
  for (const { event, now } of events) {
    handle(state, event, now, random)
    wakeAt(state)
  }
  return state
}
