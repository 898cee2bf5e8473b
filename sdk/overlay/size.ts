import type { PeerId } from '../../protocol/ids.ts'
import { FULL_MESH } from './membership/state.ts'
import type { OverlayState } from './state.ts'
import type { Turn } from './turn.ts'

/** Zero bits at the beginning of an id. */
export function zeroBits(peer: PeerId): number {
  for (let index = 0; index < peer.length; index++) {
    const byte = peer.charCodeAt(index)
    if (byte !== 0) return 8 * index + Math.clz32(byte) - 24
  }
  return 8 * peer.length
}

/** Whether the peer is one of those that tell all others that they are here. */
export const isNamed = ({ presence }: OverlayState, peer: PeerId): boolean => zeroBits(peer) >= presence.level

/** How many peers are in the swarm, this one among them: exactly at level 0, and else estimated. */
export function sizeOf({ state: { own, presence, membership }, now }: Pick<Turn, 'state' | 'now'>): number {
  const { roster, level, settledAt } = presence
  const named = roster.size + (zeroBits(own) >= level ? 1 : 0)
  const told = now < settledAt ? membership.toldSize : 0
  return Math.max(named * 2 ** level, membership.linked.size + 1, told)
}

/** Whether all peers are to be linked to each other. */
export const isSmall = (turn: Pick<Turn, 'state' | 'now'>): boolean => sizeOf(turn) <= FULL_MESH
