import type { OfferId, PeerId } from '../../protocol/ids.ts'
import type { RoutedBody } from '../../protocol/mesh/overlay.ts'
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

/** What is said of one connection in the making, or over it, has the id of its offer. */
function offerIdOf(body: RoutedBody): OfferId | null {
  switch (body.kind) {
    case 'signal':
      return body.signal.id
    case 'packet':
    case 'lost':
      return body.id
    default:
      return null
  }
}

/** An offer goes from one neighbour to another; the first way that it takes counts. */
export function leaveTrail({ state: { routes } }: Turn, body: RoutedBody, trail: Trail): void {
  if (body.kind !== 'signal' || body.signal.kind !== 'offer') return
  const { trails } = routes
  const { id } = body.signal
  if (trails.has(id)) return
  trails.set(id, trail)
  if (trails.size <= MAX_TRAILS) return
  for (const oldest of trails.keys()) {
    trails.delete(oldest)
    return
  }
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
