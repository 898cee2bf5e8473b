import type { PeerId } from '../../../protocol/ids.ts'
import { Bucket } from '../../core/bucket.ts'
import { forgetOldest } from '../../core/oldest.ts'
import type { Delivery } from '../event.ts'
import { type History, newHistory } from './history.ts'

/** What a peer remembers of another that publishes: how far it has read it, and the tree that brings it. */
export interface Author {
  readonly epoch: number
  /** The sequence that is delivered next; `null` until it is known where to begin. */
  next: number | null
  /** Publications that came before the one that is next. */
  readonly held: Map<number, Delivery>
  heldBytes: number
  /** Since when the first of them is held, and when what is missing before it is given up (ms). */
  heldSince: number
  gapUntil: number
  /** The neighbour that brought the last publication. */
  parent: PeerId | null
  /** The neighbours that are only told of this author's publications; `null` while the tree of all authors is used. */
  lazy: Set<PeerId> | null
  /** The greatest sequence that has come, and when (ms). */
  latest: number
  latestAt: number
  /** Whether something of it was published since this peer came. */
  isLive: boolean
  /** The sequence of the last that it said of itself. */
  presence: number
  readonly messages: Bucket
  readonly bytes: Bucket
}

export type Former = Pick<Author, 'epoch' | 'next' | 'presence'>

/** A publication that a neighbour has told of, and that has not come. */
export interface Missing {
  readonly author: PeerId
  readonly epoch: number
  readonly sequence: number
  /** When the earliest who told of it got it (ms), and who that is. */
  since: number
  earliest: PeerId
  readonly size: number
  /** Whether it is only wanted to know who is here. */
  isRoster: boolean
  /** Who has it, and the next one to ask. */
  readonly announcers: PeerId[]
  asked: number
  /** When to ask (ms). */
  askAt: number
}

/** What is to be told to a neighbour at the next occasion. */
export interface Waiting {
  readonly author: PeerId
  readonly epoch: number
  readonly first: number
  last: number
  at: number
  readonly size: number
}

/** Plumtree: what has come, what is missing, and who pushes to whom. */
export interface Broadcast {
  readonly authors: Map<PeerId, Author>
  /** Of authors that are remembered no longer, what is needed to take nothing of theirs for new. */
  readonly former: Map<PeerId, Former>
  /** The neighbours that are only told of publications, for authors without a tree of their own. */
  readonly lazy: Set<PeerId>
  readonly missing: Map<string, Missing>
  /** How many of them each neighbour was the first to tell of. */
  readonly told: Map<PeerId, number>
  /** When the first of `missing` is to be asked for (ms). */
  askAt: number
  /** When the first gap is given up (ms). */
  gapAt: number
  readonly waiting: Map<PeerId, Waiting[]>
  flushAt: number
  readonly history: History
  /** Large publications of this peer that nobody has asked for yet: until then nobody else has them. */
  readonly unasked: Set<string>
  /** What came to neighbours before was published before this peer came (ms). */
  readonly enteredAt: number
}

export const newBroadcast = (now: number): Broadcast => ({
  authors: new Map(),
  former: new Map(),
  lazy: new Set(),
  missing: new Map(),
  told: new Map(),
  askAt: Infinity,
  gapAt: Infinity,
  waiting: new Map(),
  flushAt: Infinity,
  history: newHistory(),
  unasked: new Set(),
  enteredAt: now,
})

/** Authors that are remembered; those that were silent longest are forgotten. */
const MAX_AUTHORS = 512
/** And of so many more how far they were read. */
const MAX_FORMER = 4096
/** Publications of an author that are passed on, a second and at once; it is held to half of it (`publish`). */
export const AUTHOR_MESSAGES = { perSecond: 200, burst: 2000 }
/** And their bytes. */
export const AUTHOR_BYTES = { perSecond: 2_097_152, burst: 16_777_216 }

const newAuthor = (epoch: number): Author => ({
  epoch,
  next: null,
  held: new Map(),
  heldBytes: 0,
  heldSince: 0,
  gapUntil: Infinity,
  parent: null,
  lazy: null,
  latest: -1,
  latestAt: -Infinity,
  isLive: false,
  presence: -1,
  messages: new Bucket(AUTHOR_MESSAGES),
  bytes: new Bucket(AUTHOR_BYTES),
})

/** The author in this epoch, which is known by its signature; `null` if the epoch is over. */
export function authorOf(broadcast: Broadcast, peer: PeerId, epoch: number): Author | null {
  const { authors, former } = broadcast
  const known = authors.get(peer)
  const last = known ?? former.get(peer)
  if (last && last.epoch > epoch) return null
  if (known?.epoch === epoch) return known
  const author = newAuthor(epoch)
  if (last?.epoch === epoch)
    Object.assign(author, { next: last.next, presence: last.presence } satisfies Partial<Author>)
  former.delete(peer)
  authors.delete(peer)
  authors.set(peer, author)
  if (authors.size > MAX_AUTHORS) forgetOne(broadcast, peer)
  return author
}

/** Forgets whom it knows longest, of those that have said nothing lately. */
function forgetOne({ authors, former }: Broadcast, except: PeerId): void {
  let silent: PeerId | undefined
  let silentSince = Infinity
  let looked = 0
  for (const [peer, { latestAt }] of authors) {
    if (peer !== except && latestAt < silentSince) [silent, silentSince] = [peer, latestAt]
    if (++looked === 16) break
  }
  const forgotten = silent === undefined ? undefined : authors.get(silent)
  if (silent === undefined || !forgotten) return
  authors.delete(silent)
  former.set(silent, { epoch: forgotten.epoch, next: forgotten.next, presence: forgotten.presence })
  forgetOldest(former, MAX_FORMER)
}

/** Whether the publication has come, or is waited for no longer. */
export const hasCome = (author: Author, sequence: number): boolean =>
  (author.next !== null && sequence < author.next) || author.held.has(sequence)
