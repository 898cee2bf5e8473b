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
/** Then the next one is asked; in so long one way there and back should be over (ms). */
const RETRY = 700
/** And so many bytes a millisecond should come (bytes). */
const SLOWEST = 32
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
    if (known.announcers.length < MAX_ANNOUNCERS && !known.announcers.includes(from)) known.announcers.push(from)
    return
  }
  const count = broadcast.told.get(from) ?? 0
  if (count >= MOST_OF_ONE) return
  broadcast.told.set(from, count + 1)
  // What is old does not come by itself any more, and what is large never does.
  const askAt = size > 0 || range.age > 2 * TELL_EVERY || isRoster ? turn.now : turn.now + PATIENCE
  const announcers = [from]
  broadcast.missing.set(key, {
    author,
    epoch,
    sequence,
    since,
    earliest: from,
    size,
    isRoster,
    announcers,
    asked: 0,
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
  const count = broadcast.told.get(first) ?? 0
  if (count > 1) broadcast.told.set(first, count - 1)
  else broadcast.told.delete(first)
  return missing
}

/** The neighbour that was asked for it last. */
export const askedOf = ({ announcers, asked }: Missing): PeerId | undefined =>
  asked > 0 ? announcers[(asked - 1) % announcers.length] : undefined

/** Asks for what is missing by now (rule D4). */
export function askForMissing(turn: Turn): void {
  const { broadcast, membership } = turn.state
  broadcast.askAt = Infinity
  const asked = new Map<PeerId, Range[]>()
  for (const [key, missing] of broadcast.missing) {
    if (missing.askAt <= turn.now) {
      const to = nextAnnouncer(missing, membership.active)
      if (to === undefined) {
        forgetMissing(broadcast, key)
        continue
      }
      missing.askAt = turn.now + RETRY + missing.size / SLOWEST
      addTo(asked, to, missing)
    }
    broadcast.askAt = Math.min(broadcast.askAt, missing.askAt)
  }
  for (const [to, ranges] of asked) ask(turn, to, ranges)
}

function nextAnnouncer(missing: Missing, active: ReadonlySet<PeerId>): PeerId | undefined {
  const { announcers } = missing
  while (missing.asked < ROUNDS * announcers.length) {
    const announcer = announcers[missing.asked++ % announcers.length]
    if (announcer !== undefined && active.has(announcer)) return announcer
  }
  return undefined
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
