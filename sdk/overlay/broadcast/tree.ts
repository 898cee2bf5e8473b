import type { PeerId } from '../../../protocol/ids.ts'
import type { Author, Broadcast } from './state.ts'
import { send, type Turn } from '../turn.ts'

// The tree of all authors goes both ways over each of its links, as Plumtree has it. An author that publishes often
// has a tree of its own, which only leads away from it: it is shallower, and can follow what is fastest.

const lazyOf = ({ lazy }: Broadcast, author: Author | undefined): Set<PeerId> => author?.lazy ?? lazy

/** Whether a neighbour is sent what the author publishes, and not only told of it. */
export const isEager = (broadcast: Broadcast, author: Author | undefined, neighbour: PeerId): boolean =>
  !lazyOf(broadcast, author).has(neighbour)

/** The author has a tree of its own from now on, which begins as that of all. */
export function giveTree({ lazy }: Broadcast, author: Author): void {
  author.lazy ??= new Set(lazy)
}

/** Whose tree a message is about: the author's own, or `null` for that of all. */
const nameOf = (peer: PeerId, author: Author): PeerId | null => (author.lazy ? peer : null)

/** Asks a neighbour to push no more of the author: it came from elsewhere first. */
export function prune(turn: Turn, peer: PeerId, author: Author, neighbour: PeerId): void {
  const { lazy } = turn.state.broadcast
  if (!turn.state.membership.linked.has(neighbour)) return
  if (!author.lazy && lazy.has(neighbour)) return
  if (!author.lazy) lazy.add(neighbour)
  send(turn, neighbour, { type: 'prune', author: nameOf(peer, author) })
}

/** Asks a neighbour to push the author's publications from now on. */
export function graft(turn: Turn, peer: PeerId, author: Author, neighbour: PeerId): void {
  // Whoever is nearer to the author needs nothing of its tree from here.
  if (author.lazy) author.lazy.add(neighbour)
  else turn.state.broadcast.lazy.delete(neighbour)
  send(turn, neighbour, { type: 'graft', author: nameOf(peer, author) })
}

/** A neighbour has asked for one or the other (rule D5). */
export function receiveGraft({ state: { broadcast } }: Turn, from: PeerId, peer: PeerId | null): void {
  treeOf(broadcast, peer)?.delete(from)
}

export function receivePrune({ state: { broadcast } }: Turn, from: PeerId, peer: PeerId | null): void {
  treeOf(broadcast, peer)?.add(from)
}

function treeOf(broadcast: Broadcast, peer: PeerId | null): Set<PeerId> | null {
  if (peer === null) return broadcast.lazy
  const author = broadcast.authors.get(peer)
  if (author) giveTree(broadcast, author)
  return author?.lazy ?? null
}
