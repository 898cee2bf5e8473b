import type { PeerId } from '../../protocol/ids.ts'
import type { RosterEntry } from '../../protocol/mesh/overlay.ts'
import type { Publication } from '../../protocol/mesh/publication.ts'
import type { Author } from './broadcast/state.ts'
import { askRoster } from './membership/introduce.ts'
import { announce } from './publishing.ts'
import { pick, send, type Turn } from './turn.ts'
import type { OverlayState } from './state.ts'
import { isNamed } from './size.ts'

/**
 * Who is in the swarm. While it is small everyone says so, and it is known exactly. Once it is large only those do
 * whose ids begin with `level` zero bits: a sample, the same for all, and so an estimate of the whole (rule W1).
 */
export interface Presence {
  readonly roster: Map<PeerId, Present>
  level: number
  /** Whether a neighbour has told how it is here. */
  isInformed: boolean
  /** Whether this peer has told that it is here. */
  isAnnounced: boolean
  /** Whether it is about to go: what neighbours still say makes it announce nothing. */
  isLeaving: boolean
  /** When what neighbours said of the size counts no more: who is here has been told by then (ms). */
  settledAt: number
  mayFallAt: number
  /** Whether a neighbour was asked who is here, as they seem to be too few. */
  isDoubtful: boolean
  /** Peers that were lost as neighbours, and when they are to be suspected (ms). */
  readonly doubted: Map<PeerId, number>
  /** Peers that were suspected, and when they are taken off, if they do not say that they are here (ms). Kept a while. */
  readonly suspected: Map<PeerId, number>
  /** When this peer said last that it is here, and when it looks for those that have not (ms). */
  announcedAt: number
  sweepAt: number
  /** When this peer answered a suspicion last, and when it is to answer the next (ms). */
  rebuttedAt: number
  rebutAt: number
  readonly enteredAt: number
  /** When a neighbour is told next what the ids here come to (ms). */
  digestAt: number
}

interface Present {
  /** The last that it said of itself, and when (ms). */
  readonly publication: Publication
  readonly at: number
}

export const newPresence = (now: number, random: () => number): Presence => ({
  roster: new Map(),
  level: 0,
  isInformed: false,
  isAnnounced: false,
  isLeaving: false,
  settledAt: Infinity,
  mayFallAt: Infinity,
  isDoubtful: false,
  doubted: new Map(),
  suspected: new Map(),
  announcedAt: 0,
  sweepAt: now + random() * SWEEP_EVERY,
  rebuttedAt: -Infinity,
  rebutAt: Infinity,
  enteredAt: now,
  digestAt: now + SETTLE * (1 + random()),
})

/** Peers that are known by name; with more of them the level rises. */
const MOST = 256
/** With fewer it falls. */
const FEWEST = 64
/**
 * A neighbour's level counts up to so much above what the tracker's count comes to. Too low a one rises by itself;
 * with too high a one a peer would know of nobody. A guess: as far as a swarm's level lags behind its size.
 */
const DOUBTFUL_LEVEL = 3
/** What a newcomer is told takes so long to come, at most (ms). A guess. */
const SETTLE = 5000
/** After so long nobody who knows more will come (ms). A guess. */
const UNINFORMED = 3000
/** The level falls once in so long (ms): those who are to say then that they are here take a moment. */
const FALL_EVERY = 10_000
/** In so long one of those who tell everyone does it again (ms): a peer may vanish together with its neighbours. */
const ANNOUNCE_EVERY = 10_000
/** And each of them at most so often (ms). */
const SHORTEST_ANNOUNCE = 60_000
/** Whoever has not said so for so many times that long is taken off. */
const MISSED = 3
const SWEEP_EVERY = 5000
/** A neighbour is told so often what the ids of all that are here come to (ms). A guess: ten bytes in so long are nothing. */
const DIGEST_EVERY = 15_000
/** A lost neighbour is suspected within so long (ms), unless another does so first. */
const DOUBT = 2000
/** A peer that is suspected may say within so long (ms) that it is here. */
const REBUT_WITHIN = 4000
/** What it said before may still be under way so much later (ms). */
const LATE = 30_000

/** The peer is linked, and so it is here. */
export function meet({ state: { presence }, effects }: Turn, peer: PeerId): void {
  presence.doubted.delete(peer)
  presence.suspected.delete(peer)
  if (!presence.roster.has(peer)) effects.push({ type: 'present', peer, data: null })
}

/** The link to the peer is gone. */
export function part(turn: Turn, peer: PeerId, isLost: boolean): void {
  if (!turn.state.presence.roster.has(peer)) turn.effects.push({ type: 'absent', peer })
  else if (isLost) doubt(turn, peer)
}

/** A neighbour counts the peer among those that are here, and this one had to take it off: it is to say so itself. */
export function question({ state: { presence }, now, random }: Turn, peer: PeerId): void {
  if (presence.level > 0 || presence.roster.has(peer) || presence.doubted.has(peer)) return
  if (presence.doubted.size < MOST) presence.doubted.set(peer, now + random() * DOUBT)
}

/** The peer may be gone. */
export function doubt({ state: { presence }, now, random }: Turn, peer: PeerId): void {
  if (presence.roster.has(peer)) presence.doubted.set(peer, now + random() * DOUBT)
}

/** A neighbour has told how large the swarm is: who comes says that it is here, if it is to. */
export function beInformed(turn: Turn, level: number): void {
  const { presence } = turn.state
  if (presence.isInformed) return
  presence.isInformed = true
  presence.level = Math.min(level, likelyLevel(turn) + DOUBTFUL_LEVEL)
  presence.settledAt = turn.now + SETTLE
  presence.mayFallAt = turn.now + FALL_EVERY
  announceSelf(turn)
}

function announceSelf({ state, now, random, effects }: Turn): void {
  const { own, presence } = state
  if (presence.isAnnounced || presence.isLeaving || !isNamed(state, own)) return
  presence.isAnnounced = true
  announceChange({ state, now, random, effects })
}

/** What this peer says of itself has changed. */
export function announceChange({ state: { presence }, now, random, effects }: Turn): void {
  if (!presence.isAnnounced) return
  presence.announcedAt = now + (random() / 4) * announceEvery(presence)
  effects.push({ type: 'publish', kind: 'presence', data: null })
}

const announceEvery = ({ roster }: Presence): number => Math.max(SHORTEST_ANNOUNCE, ANNOUNCE_EVERY * roster.size)

/** This peer leaves. */
export function announceLeave({ state: { presence }, effects }: Turn): void {
  if (presence.isAnnounced) effects.push({ type: 'publish', kind: 'presence', data: new Uint8Array() })
  presence.isAnnounced = false
  presence.isLeaving = true
}

/** Rule W2: in whatever order they come, the last one counts. */
export function receivePresence(turn: Turn, author: Author, publication: Publication, isNews: boolean): void {
  const { presence } = turn.state
  const { author: peer, sequence, data } = publication
  if (sequence <= author.presence) return
  // What it said before it was suspected, told by a neighbour only now, says nothing against that.
  if (!isNews && turn.now >= (presence.suspected.get(peer) ?? Infinity)) return
  author.presence = sequence
  if (isNews) presence.suspected.delete(peer)
  presence.doubted.delete(peer)
  if (data.length === 0) {
    remove(turn, peer)
    return
  }
  if (!isNamed(turn.state, peer)) return
  // It has gone and come back, and what it knew is lost.
  const before = presence.roster.get(peer)?.publication.epoch ?? publication.epoch
  if (before !== publication.epoch) turn.effects.push({ type: 'absent', peer })
  presence.roster.set(peer, { publication, at: turn.now })
  turn.effects.push({ type: 'present', peer, data })
  if (presence.roster.size > MOST) rise(turn)
}

function rise(turn: Turn): void {
  const { presence } = turn.state
  presence.level++
  for (const peer of [...presence.roster.keys()]) if (!isNamed(turn.state, peer)) remove(turn, peer)
}

function remove(turn: Turn, peer: PeerId): void {
  const { presence, membership } = turn.state
  if (!presence.roster.delete(peer)) return
  presence.doubted.delete(peer)
  if (!membership.linked.has(peer)) turn.effects.push({ type: 'absent', peer })
}

/** Rule W3: somebody has lost the peer. */
export function receiveSuspicion(turn: Turn, peer: PeerId | null): void {
  const { own, presence, membership } = turn.state
  if (peer === own) {
    // Said once, it answers all that were under way.
    presence.rebutAt = Math.max(turn.now, presence.rebuttedAt + DOUBT)
    rebut(turn)
    return
  }
  if (peer === null) return
  presence.doubted.delete(peer)
  if (membership.active.has(peer) || presence.suspected.size >= 2 * MOST) return
  presence.suspected.set(peer, turn.now + REBUT_WITHIN)
}

/** All neighbours have just come too: the level follows from the size that is known. */
function guess(turn: Turn): void {
  beInformed(turn, levelOf(turn.state.membership.toldSize))
}

const levelOf = (size: number): number => Math.max(0, Math.ceil(Math.log2(size / MOST)))

/** The level that the tracker's count comes to. */
const likelyLevel = ({ state: { membership } }: Turn): number => levelOf(membership.listedSize)

/** The ids of all that are here, in 32 bits: the same for all who know of the same (FNV-1a of each, in any order). */
export function digestOf({ own, presence }: OverlayState): number {
  let digest = 0
  for (const peer of [...presence.roster.keys(), ...(presence.isAnnounced ? [own] : [])]) {
    let hash = 0x811c9dc5
    for (let index = 0; index < peer.length; index++) hash = Math.imul(hash ^ peer.charCodeAt(index), 0x01000193)
    digest ^= hash
  }
  return digest >>> 0
}

function tellDigest(turn: Turn): void {
  const { presence, membership } = turn.state
  presence.digestAt = turn.now + DIGEST_EVERY * (0.5 + turn.random())
  const to = pick([...membership.active], turn.random)
  if (to !== undefined && presence.level === 0) send(turn, to, { type: 'digest', digest: digestOf(turn.state) })
}

/** This peer was suspected: it says that it is here, once for all suspicions of a moment. */
function rebut(turn: Turn): void {
  const { presence } = turn.state
  if (turn.now < presence.rebutAt) return
  presence.rebuttedAt = turn.now
  presence.rebutAt = Infinity
  announceChange(turn)
}

export function tickPresence(turn: Turn): void {
  const { presence, membership } = turn.state
  rebut(turn)
  if (turn.now >= presence.digestAt) tellDigest(turn)
  for (const [peer, at] of presence.doubted) {
    if (at > turn.now) continue
    presence.doubted.delete(peer)
    announce(turn, 'suspect', peer)
    receiveSuspicion(turn, peer)
  }
  for (const [peer, until] of presence.suspected) {
    if (until <= turn.now) remove(turn, peer)
    if (until <= turn.now - LATE) presence.suspected.delete(peer)
  }
  if (turn.now >= presence.sweepAt) sweep(turn)
  if (!presence.isInformed && membership.active.size > 0 && turn.now > presence.enteredAt + UNINFORMED) guess(turn)
  // Below, those with one zero bit less say that they are here.
  if (presence.level === 0 || turn.now < presence.mayFallAt || presence.roster.size >= FEWEST) return
  if (membership.active.size === 0) return
  presence.mayFallAt = turn.now + FALL_EVERY
  presence.isDoubtful = !presence.isDoubtful
  // It may be this peer that has missed something: a neighbour knows.
  if (presence.isDoubtful) {
    askRoster(turn)
    return
  }
  presence.level--
  announceSelf(turn)
}

function sweep(turn: Turn): void {
  const { presence, membership } = turn.state
  presence.sweepAt = turn.now + SWEEP_EVERY
  const every = announceEvery(presence)
  if (turn.now >= presence.announcedAt + every) announceChange(turn)
  const oldest = turn.now - MISSED * every
  for (const [peer, { at }] of presence.roster) if (at < oldest && !membership.active.has(peer)) remove(turn, peer)
}

/** Who is here, for a neighbour: everyone while that is exact, and for one that has just come in any case. */
export function rosterEntries({ presence }: OverlayState, isNew: boolean): RosterEntry[] {
  const { roster, level, doubted, suspected } = presence
  if (level > 0 && !isNew) return []
  return [...roster.values()].flatMap(({ publication: { author, epoch, sequence } }) =>
    // Who comes now would not hear why they are taken off.
    doubted.has(author) || suspected.has(author) ? [] : [{ author, epoch, sequence }],
  )
}

/** What the peer said of itself last, if it was this. */
export function rosterPublication(
  { presence: { roster } }: OverlayState,
  author: PeerId,
  epoch: number,
  sequence: number,
): Publication | undefined {
  const publication = roster.get(author)?.publication
  return publication?.epoch === epoch && publication.sequence === sequence ? publication : undefined
}
