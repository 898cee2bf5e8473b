import type { PeerId } from '../../protocol/ids.ts'
import { backoff } from './backoff.ts'

/** What a peer hears of who is in a swarm. */
export type MembershipEvent =
  /** The tracker named these peers. */
  | { readonly type: 'listed'; readonly peers: readonly PeerId[] }
  /** A peer that is linked said that it is linked to these. */
  | { readonly type: 'told'; readonly by: PeerId; readonly peers: readonly PeerId[] }
  | { readonly type: 'linked'; readonly peer: PeerId }
  /** The peer said that it leaves, broke the protocol, or may not enter. */
  | { readonly type: 'left'; readonly peer: PeerId }
  /** The link is gone, and nobody knows whether the peer is too. */
  | { readonly type: 'lost'; readonly peer: PeerId }
  /** A dial came to nothing. `isGone`: the tracker does not know the peer. */
  | { readonly type: 'failed'; readonly peer: PeerId; readonly isGone: boolean }
  | { readonly type: 'tick' }

/** What a peer should do about it: connect to `peer`, through a peer that is linked to it or through the tracker. */
export interface MembershipEffect {
  readonly type: 'dial'
  readonly peer: PeerId
  readonly via: PeerId | 'tracker'
}

interface Candidate {
  readonly peer: PeerId
  readonly tellers: Set<PeerId>
  listedAt: number | null
  /** When a dial began that has not failed yet; `null` if none is under way. */
  dialledAt: number | null
  failures: number
  notBefore: number
}

/** All that is known of who is in a swarm. Only `handle` writes to it. */
export interface MembershipState {
  readonly own: PeerId
  readonly linked: Set<PeerId>
  readonly candidates: Map<PeerId, Candidate>
}

export const newMembership = (own: PeerId): MembershipState => ({ own, linked: new Set(), candidates: new Map() })

/** The first link is asked of the tracker, of one peer at first and of one more each time that so long has passed (ms). */
const ONE_MORE_EVERY = 700
/** Each dial is a connection of the engine in the making. */
const MOST_DIALS = 8
/** Once there is a link, peers that the tracker named may still be reached through the mesh for so long (ms). */
const MESH_FIRST = 400
/** A peer that could not be reached so often is forgotten, until somebody names it again. */
const MOST_FAILURES = 8
/** By then a dial has come to a link, and that to a peer in this swarm, or it has failed (ms). */
const DIAL_WITHIN = 15_000
/** Milliseconds, from the second retry on: the first comes at once, as an engine fails now and then (`rtc.node.ts`). */
const RETRY = 120
const LONGEST_RETRY = 20_000
/** More peers than these are not remembered. */
const MOST_CANDIDATES = 512

/**
 * Whom to connect to, when every peer of a swarm is linked to every other: whoever is heard of. Changes `state`
 * and returns the dials.
 *
 * @param now milliseconds
 */
export function handle(
  state: MembershipState,
  event: MembershipEvent,
  now: number,
  random: () => number,
): MembershipEffect[] {
  switch (event.type) {
    case 'listed':
      for (const peer of event.peers) {
        const candidate = candidateOf(state, peer)
        if (candidate) candidate.listedAt ??= now
      }
      break
    case 'told':
      for (const peer of event.peers) candidateOf(state, peer)?.tellers.add(event.by)
      break
    case 'linked':
      state.linked.add(event.peer)
      state.candidates.delete(event.peer)
      break
    case 'left':
      forget(state, event.peer)
      break
    case 'lost':
      forget(state, event.peer)
      look(state, event.peer, now, random)
      break
    case 'failed':
      fail(state, event, now, random)
      break
    case 'tick':
      for (const { peer, dialledAt } of [...state.candidates.values()]) {
        if (dialledAt !== null && now - dialledAt > DIAL_WITHIN)
          fail(state, { type: 'failed', peer, isGone: false }, now, random)
      }
      break
  }
  return dials(state, now, random)
}

function forget({ linked, candidates }: MembershipState, peer: PeerId): void {
  linked.delete(peer)
  candidates.delete(peer)
  for (const { tellers } of candidates.values()) tellers.delete(peer)
}

/** Looks for a peer that was linked: all others may still be linked to it, and one of them all asks the tracker. */
function look(state: MembershipState, peer: PeerId, now: number, random: () => number): void {
  const candidate = candidateOf(state, peer)
  if (!candidate) return
  for (const other of state.linked) candidate.tellers.add(other)
  if (random() * (state.linked.size + 1) < 1) candidate.listedAt = now
}

function candidateOf(state: MembershipState, peer: PeerId): Candidate | undefined {
  if (peer === state.own || state.linked.has(peer)) return undefined
  const known = state.candidates.get(peer)
  if (known || state.candidates.size >= MOST_CANDIDATES) return known
  const candidate: Candidate = {
    peer,
    tellers: new Set(),
    listedAt: null,
    dialledAt: null,
    failures: 0,
    notBefore: 0,
  }
  state.candidates.set(peer, candidate)
  return candidate
}

function fail(
  state: MembershipState,
  { peer, isGone }: Extract<MembershipEvent, { type: 'failed' }>,
  now: number,
  random: () => number,
): void {
  const candidate = state.candidates.get(peer)
  if (!candidate) return
  candidate.dialledAt = null
  candidate.failures++
  const retries = candidate.failures - 1
  candidate.notBefore = now + (retries === 0 ? 0 : backoff(retries, RETRY, LONGEST_RETRY, random))
  if (isGone) candidate.listedAt = null
  const isKnown = candidate.listedAt !== null || candidate.tellers.size > 0
  if (!isKnown || candidate.failures >= MOST_FAILURES) state.candidates.delete(peer)
}

function dials(state: MembershipState, now: number, random: () => number): MembershipEffect[] {
  const effects: MembershipEffect[] = []
  const dialling = [...state.candidates.values()].flatMap(({ dialledAt }) => dialledAt ?? [])
  const mayDial = 1 + Math.floor((now - Math.min(now, ...dialling)) / ONE_MORE_EVERY)
  let count = dialling.length
  for (const candidate of state.candidates.values()) {
    if (count >= MOST_DIALS) break
    if (candidate.dialledAt !== null || candidate.notBefore > now) continue
    const via = wayTo(state, candidate, count < mayDial, now, random)
    if (via === null) continue
    candidate.dialledAt = now
    count++
    effects.push({ type: 'dial', peer: candidate.peer, via })
  }
  return effects
}

/** Through the mesh if somebody there is linked to it, and every other try through the tracker if that knows it. */
function wayTo(
  { linked }: MembershipState,
  { tellers, listedAt, failures }: Candidate,
  isFirst: boolean,
  now: number,
  random: () => number,
): PeerId | 'tracker' | null {
  const tellersHere = [...tellers].filter((teller) => linked.has(teller))
  const teller = tellersHere[Math.floor(random() * tellersHere.length)]
  const trackerMay = listedAt !== null && (linked.size === 0 ? isFirst : now - listedAt >= MESH_FIRST)
  if (teller !== undefined && (failures % 2 === 0 || !trackerMay)) return teller
  return trackerMay ? 'tracker' : null
}
