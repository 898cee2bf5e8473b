import type { PeerId } from '../../../protocol/ids.ts'
import { type HaveRange, MAX_RANGE, type Range } from '../../../protocol/mesh/overlay.ts'
import { send, type Turn } from '../turn.ts'
import { keyOf } from './history.ts'
import type { Broadcast, Missing } from './state.ts'
import { graft } from './tree.ts'

/** Neighbours are told together of what came within so long (ms). */
export const TELL_EVERY = 100
/** What is older than this is told to nobody (ms). */
export const OLDEST = 60_000
/** What a neighbour told of is waited for so long before it is asked for (Plumtree: 80 ms there, 40 ms for the next). */
const PATIENCE = 150
/** Then the next one is asked; in so long one way there and back should be over (ms), and in twice as long next time. */
const RETRY = 700
/** And so many bytes a millisecond should come (bytes). */
const SLOWEST = 32
/** Who was asked last, and may be no neighbour any more, can answer for so long (ms): a gap is waited for no longer. */
const LAST_ANSWER = 8000
/** Everyone who has it is asked so often. */
const ROUNDS = 3
/** What one neighbour tells of that is remembered: it may all be made up. */
const MOST_OF_ONE = 1024
const MAX_ANNOUNCERS = 12

/**
 * A neighbour has told of a publication that has not come.
 *
 * @param isRoster whether it is the last that a peer said of itself, however long ago
 */
export function miss(turn: Turn, from: PeerId, range: HaveRange, sequence: number, isRoster: boolean): void {
  const { broadcast } = turn.state
  const { author, epoch, size } = range
  const key = keyOf(author, epoch, sequence)
  const since = turn.now - Math.min(range.age, OLDEST)
  const known = broadcast.missing.get(key)
  if (known) {
    known.isRoster &&= isRoster
    if (since < known.since) [known.since, known.earliest] = [since, from]
    if (known.announcers.length >= MAX_ANNOUNCERS || known.announcers.some(({ peer }) => peer === from)) return
    if (!mayBeAsked(turn, known)) broadcast.askAt = known.askAt = turn.now
    known.announcers.push({ peer: from, times: 0 })
    return
  }
  const count = broadcast.told.get(from) ?? 0
  if (count >= MOST_OF_ONE) return
  broadcast.told.set(from, count + 1)
  // What is old does not come by itself any more, and what is large never does.
  const askAt = size > 0 || range.age > 2 * TELL_EVERY || isRoster ? turn.now : turn.now + PATIENCE
  broadcast.missing.set(key, {
    author,
    epoch,
    sequence,
    since,
    earliest: from,
    size,
    isRoster,
    announcers: [{ peer: from, times: 0 }],
    asked: null,
    askedAt: -Infinity,
    askAt,
  })
  broadcast.askAt = Math.min(broadcast.askAt, askAt)
}

/** It has come, or nobody has it. */
export function forgetMissing(broadcast: Broadcast, key: string): Missing | undefined {
  const missing = broadcast.missing.get(key)
  const [first] = missing?.announcers ?? []
  if (first === undefined) return undefined
  broadcast.missing.delete(key)
  const count = broadcast.told.get(first.peer) ?? 0
  if (count > 1) broadcast.told.set(first.peer, count - 1)
  else broadcast.told.delete(first.peer)
  return missing
}

/** Whether the neighbour was asked for it, last or before others were. */
export const wasAsked = ({ announcers }: Missing, neighbour: PeerId): boolean =>
  announcers.some(({ peer, times }) => peer === neighbour && times > 0)

/** Whether somebody is still to be asked for it. */
export const mayBeAsked = ({ state: { membership } }: Turn, missing: Missing): boolean =>
  nextAnnouncer(missing, membership.active) !== undefined

/** Asks for what is missing by now (rule D4). */
export function askForMissing(turn: Turn): void {
  const { broadcast } = turn.state
  broadcast.askAt = Infinity
  const asked = new Map<PeerId, Range[]>()
  for (const [key, missing] of broadcast.missing) {
    if (missing.askAt <= turn.now) askNext(turn, missing, asked)
    if (missing.askAt <= turn.now) forgetMissing(broadcast, key)
    else broadcast.askAt = Math.min(broadcast.askAt, missing.askAt)
  }
  for (const [to, ranges] of asked) ask(turn, to, ranges)
}

/** The next one is to be asked; or what is still under way is waited for. */
function askNext({ state: { membership }, now }: Turn, missing: Missing, asked: Map<PeerId, Range[]>): void {
  const takes = missing.size / SLOWEST
  const announcer = nextAnnouncer(missing, membership.active)
  if (!announcer) {
    missing.askAt = missing.askedAt + LAST_ANSWER + takes
    return
  }
  announcer.times++
  missing.asked = announcer.peer
  missing.askedAt = now
  missing.askAt = now + RETRY * 2 ** (announcer.times - 1) + takes
  addTo(asked, announcer.peer, missing)
}

/** The neighbour that was asked for it least of those who have it; `undefined` once each was asked often enough. */
function nextAnnouncer({ announcers }: Missing, active: ReadonlySet<PeerId>) {
  let next: Missing['announcers'][number] | undefined
  for (const announcer of announcers) {
    const { peer, times } = announcer
    if (times < (next?.times ?? ROUNDS) && active.has(peer)) next = announcer
  }
  return next
}

function addTo(asked: Map<PeerId, Range[]>, to: PeerId, { author, epoch, sequence }: Missing): void {
  const ranges = asked.get(to) ?? []
  asked.set(to, ranges)
  const last = ranges.at(-1)
  const follows = last?.author === author && last.epoch === epoch && last.last === sequence - 1
  if (follows && sequence - last.first < MAX_RANGE) ranges[ranges.length - 1] = { ...last, last: sequence }
  else ranges.push({ author, epoch, first: sequence, last: sequence })
}

function ask(turn: Turn, to: PeerId, ranges: Range[]): void {
  const { broadcast } = turn.state
  for (const { author: peer } of ranges) {
    const author = broadcast.authors.get(peer)
    if (author) graft(turn, peer, author, to)
  }
  send(turn, to, { type: 'want', ranges })
}
