import type { Neighbour } from '../../../protocol/mesh/overlay.ts'
import { sizeOf } from '../size.ts'
import { pick, send, type Turn } from '../turn.ts'
import { boundsOf } from './state.ts'

/** How a peer asks another into its active view (rule O2). */
export const introduction = (turn: Turn, isNew: boolean): Neighbour => {
  const { membership, presence } = turn.state
  const isNeedy = membership.active.size < boundsOf(membership).need
  return { type: 'neighbour', isNeedy, isNew, level: presence.level, size: sizeOf(turn), peers: [...membership.active] }
}

/** Asks a neighbour anew who is here. */
export function askRoster(turn: Turn): void {
  const to = pick([...turn.state.membership.active], turn.random)
  if (to !== undefined) send(turn, to, introduction(turn, true))
}
