import type { PeerId } from '../../../protocol/ids.ts'
import type { HaveRange, Range, RosterEntry } from '../../../protocol/mesh/overlay.ts'
import type { Publication } from '../../../protocol/mesh/publication.ts'
import { question, receivePresence, rosterPublication } from '../presence.ts'
import { deliver } from './deliver.ts'
import { find, keep, sizeOfData } from './history.ts'
import { askedOf, askForMissing, forgetMissing, miss, OLDEST, TELL_EVERY } from './missing.ts'
import { type Author, authorOf, hasCome, type Waiting } from './state.ts'
import { learn } from '../routes.ts'
import { giveTree, graft, isEager, prune } from './tree.ts'
import { isSmall, isNamed } from '../size.ts'
import { send, type Turn } from '../turn.ts'
import { keyOf } from './history.ts'

/** A neighbour that had it so much earlier (ms) than it came is the better parent. */
const FASTER = 8
/** What was published longer ago most have already, and are only told of (ms). */
const NEWS = 3000
/** An author that publishes again within so long gets a tree of its own (ms). */
const BUSY = 30_000
/** What counts as much as a message more (bytes). */
const MESSAGE_BYTES = 512

/** What this peer publishes itself. */
export function publish(turn: Turn, publication: Publication): void {
  const author = authorOf(turn.state.broadcast, publication.author, publication.epoch)
  if (!author) return
  giveTreeIfBusy(turn, author)
  author.latestAt = turn.now
  author.next = publication.sequence + 1
  spread(turn, publication, author, null, turn.now)
  if (sizeOfData(publication) === 0 || turn.state.membership.active.size === 0) return
  turn.state.broadcast.unasked.add(keyOf(publication.author, publication.epoch, publication.sequence))
}

/** Rules D2, D5 and D8. */
export function receivePublication(turn: Turn, from: PeerId, publication: Publication): void {
  const { own, broadcast } = turn.state
  const { author: peer, epoch, sequence, data } = publication
  const author = peer === own ? broadcast.authors.get(peer) : authorOf(broadcast, peer, epoch)
  if (!author) return
  const missing = forgetMissing(broadcast, keyOf(peer, epoch, sequence))
  // Whatever others say of its age: what comes unasked is new.
  const wasAsked = missing !== undefined && askedOf(missing) === from
  const at = wasAsked ? missing.since : turn.now
  const isRoster = wasAsked && missing.isRoster
  if (publication.kind === 'presence' && peer !== own) {
    receivePresence(turn, author, publication, !isRoster && at > turn.now - NEWS)
  }
  if (isRoster && author.next === null) {
    // Nothing else of its author is known, so that it stands in no order. What is news to a newcomer only, everyone else knows; else two parts of a swarm have met.
    if (isNamed(turn.state, peer) && turn.now > turn.state.presence.settledAt) tellOthers(turn, publication, from)
    return
  }
  if (peer === own || hasCome(author, sequence)) {
    if (author.parent !== from && !missing) prune(turn, peer, author, from)
    return
  }
  const cost = data.length + MESSAGE_BYTES
  if (!author.messages.take(turn.now) || !author.bytes.take(turn.now, cost)) return
  giveTreeIfBusy(turn, author)
  if (sequence > author.latest && sizeOfData(publication) === 0) {
    author.parent = from
    author.latest = sequence
    author.latestAt = turn.now
    if (missing?.asked === 0) prefer(turn, peer, author, missing.earliest, missing.since)
  }
  if (publication.kind === 'find') learn(turn, peer, from)
  if (isWorthSpreading(turn, publication)) spread(turn, publication, author, from, at)
  deliver(turn, author, { publication, via: from, isPast: at < broadcast.enteredAt, isNews: at > turn.now - NEWS })
}

function giveTreeIfBusy({ state: { broadcast }, now }: Turn, author: Author): void {
  if (author.latestAt > now - BUSY) giveTree(broadcast, author)
}

/** Of who is here some are not to be known. */
const isWorthSpreading = ({ state }: Turn, { kind, author, data }: Publication): boolean =>
  kind !== 'presence' || data.length === 0 || isNamed(state, author)

/** Passes it on: itself to some neighbours, and word of it to the others. */
function spread(turn: Turn, publication: Publication, author: Author, from: PeerId | null, at: number): void {
  const { broadcast, membership } = turn.state
  keep(broadcast.history, publication, at, turn.now)
  const size = sizeOfData(publication)
  const message = { type: 'publication', publication } as const
  const isNews = turn.now - at < NEWS
  // In a small swarm everyone is a neighbour of the author's. And the author's last words must go to somebody.
  const isUnwanted = ![...membership.active].some((neighbour) => isEager(broadcast, author, neighbour))
  const isDirect = from === null && (isSmall(turn) || isUnwanted)
  for (const neighbour of membership.active) {
    if (neighbour === from) continue
    if (size === 0 && isNews && (isDirect || isEager(broadcast, author, neighbour))) send(turn, neighbour, message)
    else tellLater(turn, neighbour, publication, size)
  }
}

/** Tells all other neighbours of it, whoever they are pushed to by. */
function tellOthers(turn: Turn, publication: Publication, from: PeerId): void {
  keep(turn.state.broadcast.history, publication, turn.now, turn.now)
  for (const neighbour of turn.state.membership.active) {
    if (neighbour !== from) tellLater(turn, neighbour, publication, 0)
  }
}

function tellLater({ state: { broadcast }, now }: Turn, to: PeerId, publication: Publication, size: number): void {
  const { author, epoch, sequence } = publication
  let waiting = broadcast.waiting.get(to)
  if (!waiting) broadcast.waiting.set(to, (waiting = []))
  const last = waiting.at(-1)
  if (last?.author === author && last.epoch === epoch && last.last === sequence - 1 && last.size + size === 0) {
    last.last = sequence
    last.at = now
  } else {
    waiting.push({ author, epoch, first: sequence, last: sequence, at: now, size })
  }
  broadcast.flushAt = Math.min(broadcast.flushAt, size > 0 ? now : now + TELL_EVERY)
}

/** Tells neighbours what they may lack. */
function flush(turn: Turn): void {
  const { broadcast } = turn.state
  broadcast.flushAt = Infinity
  const told = ({ author, epoch, first, last, at, size }: Waiting): HaveRange => {
    return { author, epoch, first, last, age: Math.round(turn.now - at), size }
  }
  for (const [to, waiting] of broadcast.waiting) send(turn, to, { type: 'have', ranges: waiting.map(told) })
  broadcast.waiting.clear()
}

/** Rule D3. */
export function receiveHave(turn: Turn, from: PeerId, ranges: readonly HaveRange[]): void {
  for (const range of ranges) {
    const { author: peer, epoch, first, last } = range
    const author = turn.state.broadcast.authors.get(peer)
    // What is not signed says nothing of an author; it is only asked for.
    if (peer === turn.state.own || (author && author.epoch > epoch)) continue
    const known = author?.epoch === epoch ? author : undefined
    for (let sequence = first; sequence <= last; sequence++) {
      if (!known || !hasCome(known, sequence)) miss(turn, from, range, sequence, false)
    }
    if (last === known?.latest && range.size === 0) prefer(turn, peer, known, from, turn.now - range.age)
  }
}

/** Rule W1: asks for what peers said of themselves, where that is news. */
export function receiveRoster(turn: Turn, from: PeerId, entries: readonly RosterEntry[]): void {
  const { own, broadcast } = turn.state
  for (const { author: peer, epoch, sequence } of entries) {
    const author = broadcast.authors.get(peer)
    const isOld = author && (author.epoch > epoch || (author.epoch === epoch && author.presence >= sequence))
    if (peer !== own && isOld) question(turn, peer)
    if (peer === own || isOld) continue
    miss(turn, from, { author: peer, epoch, first: sequence, last: sequence, age: OLDEST, size: 0 }, sequence, true)
  }
}

/** Whoever had the last publication before it came here would have brought it sooner, and takes the parent's place. */
function prefer(turn: Turn, peer: PeerId, author: Author, neighbour: PeerId, at: number): void {
  const { parent, lazy, latestAt } = author
  if (!lazy || parent === neighbour || at + FASTER >= latestAt) return
  author.parent = neighbour
  author.latestAt = at
  graft(turn, peer, author, neighbour)
  if (parent !== null) prune(turn, peer, author, parent)
}

/** Rule D4: gives what is asked for, as far as it is still here. */
export function receiveWant(turn: Turn, from: PeerId, ranges: readonly Range[]): void {
  const { history, unasked } = turn.state.broadcast
  for (const { author, epoch, first, last } of ranges) {
    for (let sequence = first; sequence <= last; sequence++) {
      const publication =
        find(history, author, epoch, sequence) ?? rosterPublication(turn.state, author, epoch, sequence)
      if (!publication) continue
      unasked.delete(keyOf(author, epoch, sequence))
      send(turn, from, { type: 'publication', publication })
    }
  }
}

/** Does what is due by now. */
export function tickBroadcast(turn: Turn): void {
  const { broadcast } = turn.state
  if (turn.now >= broadcast.flushAt) flush(turn)
  if (turn.now >= broadcast.askAt) askForMissing(turn)
}
