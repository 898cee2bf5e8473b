import type { OfferId, PeerId } from '../../protocol/ids.ts'
import type { RoutedBody } from '../../protocol/mesh/overlay.ts'
import { forgetOldest } from '../core/oldest.ts'
import { answers } from './membership/state.ts'
import type { Turn } from './turn.ts'

/** The way that an offer has taken through this peer: all that belongs to it takes the same one, there and back. */
export interface Trail {
  readonly offerer: PeerId
  /** The neighbours that it came from and went to; `null` at its ends. */
  readonly back: PeerId | null
  readonly on: PeerId | null
}

/** By the id of the offer; what was used longest ago is first. */
export type Trails = Map<OfferId, Trail>

/** Trails that are kept; those used longest ago are forgotten. A guess: as many as there are ways (`MAX_ROUTES`). */
const MAX_TRAILS = 1024

/** The id of the offer that it belongs to; `null` for what is no part of a connection. */
export const offerIdOf = (body: RoutedBody): OfferId | null =>
  body.kind === 'signal' ? body.signal.id : 'id' in body ? body.id : null

export const isOffer = (body: RoutedBody): boolean => body.kind === 'signal' && body.signal.kind === 'offer'

export const isAnswer = (body: RoutedBody): boolean => body.kind === 'signal' && body.signal.kind === 'answer'

/** An offer goes from one neighbour to another; the first way that it takes counts. */
export function leaveTrail({ state: { routes } }: Turn, body: RoutedBody, trail: Trail): void {
  const { trails } = routes
  const id = offerIdOf(body)
  if (id === null || !isOffer(body) || trails.has(id)) return
  trails.set(id, trail)
  forgetOldest(trails, MAX_TRAILS)
}

/** Whether it belongs to an offer of this peer, or to one that has come to it. */
export function isOwnTrail({ state: { routes } }: Turn, body: RoutedBody): boolean {
  const id = offerIdOf(body)
  const trail = id === null ? undefined : routes.trails.get(id)
  return trail?.back === null || trail?.on === null
}

/** The neighbour by which the offer went that this belongs to; `null` if there is none, or none that answers. */
export function hopOnTrail({ state: { routes, membership } }: Turn, to: PeerId, body: RoutedBody): PeerId | null {
  const id = offerIdOf(body)
  const trail = id === null ? undefined : routes.trails.get(id)
  if (id === null || !trail) return null
  routes.trails.delete(id)
  routes.trails.set(id, trail)
  const hop = to === trail.offerer ? trail.back : trail.on
  return hop !== null && answers(membership, hop) ? hop : null
}
