import type { PeerId } from '../../protocol/ids.ts'
import { type Broadcast, newBroadcast } from './broadcast/state.ts'
import { type Membership, newMembership } from './membership/state.ts'
import { newPresence, type Presence } from './presence.ts'
import { newRoutes, type Routes } from './routes.ts'

/** What one peer knows of a swarm. Only `handle` writes to it. */
export interface OverlayState {
  readonly own: PeerId
  readonly membership: Membership
  readonly broadcast: Broadcast
  readonly presence: Presence
  readonly routes: Routes
}

/** @param now milliseconds, on the clock of the events to come */
export const newOverlay = (own: PeerId, now: number, random: () => number): OverlayState => ({
  own,
  membership: newMembership(now, random),
  broadcast: newBroadcast(now),
  presence: newPresence(now, random),
  routes: newRoutes(),
})
