import type { PeerId } from '../../../protocol/ids.ts'
import { MAX_RANGES, type Neighbour } from '../../../protocol/mesh/overlay.ts'
import { beInformed, rosterEntries, digestOf } from '../presence.ts'
import { askedOf } from './missing.ts'
import { rangesOf } from './history.ts'
import { isSmall } from '../size.ts'
import { send, type Turn } from '../turn.ts'
import { introduction } from '../membership/introduce.ts'

/** A neighbour is new: it is pushed to until it says otherwise, and told what there is (rule D6). */
export function neighbourUp(turn: Turn, peer: PeerId, { isNew, level }: Neighbour): void {
  // One that has just come itself knows only that it found a small swarm.
  if (!isNew || isSmall(turn)) beInformed(turn, level)
  tellAll(turn, peer, isNew)
}

/** Tells a neighbour of everything that it may have missed. */
export function tellAll(turn: Turn, peer: PeerId, isNew: boolean): void {
  const ranges = rangesOf(turn.state.broadcast.history, turn.now)
  for (let from = 0; from < ranges.length; from += MAX_RANGES) {
    send(turn, peer, { type: 'have', ranges: ranges.slice(from, from + MAX_RANGES) })
  }
  const entries = rosterEntries(turn.state, isNew)
  if (entries.length > 0) send(turn, peer, { type: 'roster', entries })
}

/** Rule W5: a neighbour that knows of others than this peer does is told of all of them, and asked for all of its own. */
export function receiveDigest(turn: Turn, from: PeerId, digest: number): void {
  if (turn.state.presence.level > 0 || !turn.state.membership.active.has(from) || digest === digestOf(turn.state))
    return
  send(turn, from, { type: 'roster', entries: rosterEntries(turn.state, true) })
  send(turn, from, introduction(turn, true))
}

/** A neighbour is gone. What it was asked for is asked of the next one at once. */
export function neighbourDown({ state: { broadcast }, now }: Turn, peer: PeerId): void {
  broadcast.lazy.delete(peer)
  broadcast.waiting.delete(peer)
  for (const author of broadcast.authors.values()) {
    author.lazy?.delete(peer)
    if (author.parent === peer) author.parent = null
  }
  for (const missing of broadcast.missing.values()) {
    if (askedOf(missing) !== peer) continue
    missing.askAt = now
    broadcast.askAt = now
  }
}
