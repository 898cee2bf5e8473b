import type { PeerId } from '../../../protocol/ids.ts'
import { lose } from './views.ts'
import type { Turn } from '../turn.ts'

// A link that is lost without a word is noticed by its silence after many seconds. A peer whose neighbours are all
// gone can't wait so long: one of them is asked every second, and all at once as soon as one does not answer.

/** How often one neighbour is asked (ms). */
const PING_EVERY = 1000
/** An answer may take so long (ms): three times the way round the world and back. */
const ANSWER_WITHIN = 1000
/** Unanswered pings in a row, after which the neighbour is given up. */
const MOST_MISSES = 2
/** A peer that was asleep for so long (ms) has heard no answers, and says nothing of others. */
const SLEPT = 1000

/** Rule O5. */
export function tickPings(turn: Turn): void {
  const { membership } = turn.state
  const { now } = turn
  const hasSlept = now - membership.tickedAt > SLEPT
  membership.tickedAt = now
  let isMissed = false
  for (const [peer, ping] of [...membership.pings]) {
    if (now - ping.at < ANSWER_WITHIN) continue
    ping.misses += hasSlept ? 0 : 1
    if (ping.misses >= MOST_MISSES) lose(turn, peer)
    else if (ping.misses > 0) isMissed = true
    else ask(turn, peer, 0)
  }
  // Only once all are counted: who is asked again begins a new second.
  if (isMissed) pingAll(turn)
  if (now < membership.nextPingAt) return
  membership.nextPingAt = now + PING_EVERY
  const [next] = membership.active
  if (next === undefined) return
  // The one that was asked longest ago stands first.
  membership.active.delete(next)
  membership.active.add(next)
  if (!membership.pings.has(next)) ask(turn, next, 0)
}

function pingAll(turn: Turn): void {
  const { pings, active } = turn.state.membership
  for (const peer of active) {
    const ping = pings.get(peer)
    if (!ping || turn.now - ping.at >= ANSWER_WITHIN) ask(turn, peer, ping?.misses ?? 0)
  }
}

function ask(turn: Turn, peer: PeerId, misses: number): void {
  turn.state.membership.pings.set(peer, { at: turn.now, misses })
  turn.effects.push({ type: 'ping', peer })
}
