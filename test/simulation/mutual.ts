import type { SimulatedPeer } from './peer.ts'

/** Whether all its neighbours have it as theirs. */
export const isMutual = (peer: SimulatedPeer): boolean =>
  [...peer.neighbours].every((id) => peer.links.get(id)?.peer.neighbours.has(peer.id) === true)
