import type { Delivery } from '../event.ts'
import { receiveSuspicion } from '../presence.ts'
import type { PeerId } from '../../../protocol/ids.ts'
import { subjectOf } from '../publishing.ts'
import { route } from '../routes.ts'
import type { Author } from './state.ts'
import type { Turn } from '../turn.ts'

/** What comes before what is held is waited for so long (ms): lazy repair takes a second or two. */
const GAP = 8000
/** And of an author of whom nothing was known so long (ms). */
const FIRST_GAP = 500
/** Publications of an author that wait for one before them, and their bytes; with more of them it is given up. */
const MAX_HELD = 1024
const MAX_HELD_BYTES = 8_388_608

/** Hands on what is next of the author, in its order (rule D7). */
export function deliver(turn: Turn, author: Author, delivery: Delivery): void {
  const { sequence } = delivery.publication
  if (sequence === 0) author.next ??= 0
  if (author.next === sequence) {
    author.next++
    hand(turn, author, delivery)
    if (author.held.size > 0) handHeld(turn, author)
    return
  }
  author.held.set(sequence, delivery)
  author.heldBytes += delivery.publication.data.length
  if (author.held.size > MAX_HELD || author.heldBytes > MAX_HELD_BYTES) {
    giveUp(turn, author)
    return
  }
  if (author.gapUntil !== Infinity) return
  author.heldSince = turn.now
  author.gapUntil = turn.now + (author.next === null ? FIRST_GAP : GAP)
  turn.state.broadcast.gapAt = Math.min(turn.state.broadcast.gapAt, author.gapUntil)
}

function handHeld(turn: Turn, author: Author): void {
  for (;;) {
    const next = author.held.get(author.next ?? 0)
    if (!next) break
    author.next = next.publication.sequence + 1
    author.held.delete(author.next - 1)
    author.heldBytes -= next.publication.data.length
    hand(turn, author, next)
  }
  author.heldSince = turn.now
  author.gapUntil = author.held.size > 0 ? turn.now + GAP : Infinity
}

/** Gives up what has not come in time. */
export function tickGaps(turn: Turn): void {
  const { broadcast } = turn.state
  if (turn.now < broadcast.gapAt) return
  broadcast.gapAt = Infinity
  for (const [peer, author] of broadcast.authors) {
    if (author.gapUntil <= turn.now) {
      const first = Math.min(...author.held.keys())
      if (author.next === null && isAwaited(turn, peer, author, first)) author.gapUntil = turn.now + FIRST_GAP
      else giveUp(turn, author)
    }
    broadcast.gapAt = Math.min(broadcast.gapAt, author.gapUntil)
  }
}

/** What is missing before the first that is held does not come any more. */
function giveUp(turn: Turn, author: Author): void {
  author.next = Math.min(...author.held.keys())
  handHeld(turn, author)
}

/** Whether a neighbour has told of something before the first that has come of an author. */
function isAwaited({ state: { broadcast }, now }: Turn, peer: PeerId, author: Author, first: number): boolean {
  if (now - author.heldSince > GAP) return false
  for (const missing of broadcast.missing.values()) {
    if (missing.author === peer && missing.epoch === author.epoch && missing.sequence < first) return true
  }
  return false
}

function hand(turn: Turn, author: Author, { publication, via, isPast, isNews }: Delivery): void {
  const { own } = turn.state
  switch (publication.kind) {
    case 'topic':
      // What follows something new is new, whatever others say of its age: so a reader gets a row without holes.
      author.isLive ||= !isPast
      turn.effects.push({ type: 'deliver', publication, via, isPast: !author.isLive, isNews })
      return
    case 'suspect':
      // Of what was suspected some time ago the rest is known too.
      if (isNews) receiveSuspicion(turn, subjectOf(publication))
      return
    case 'find':
      if (isNews && subjectOf(publication) === own) route(turn, publication.author, { kind: 'here' })
      return
    default:
    // Of a later version; or who is here, which is known as soon as it comes.
  }
}
