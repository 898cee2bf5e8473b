import type { PeerId } from '../../../protocol/ids.ts'
import type { Turn } from '../turn.ts'

/** Each dial is a connection of the engine in the making. */
export const MOST_DIALS = 8

/** Dials a peer that is to come into the active view. */
export function dialForView(turn: Turn, peer: PeerId, via: 'mesh' | 'tracker'): void {
  turn.state.membership.dialling.set(peer, turn.now)
  turn.effects.push({ type: 'dial', peer, via })
}
