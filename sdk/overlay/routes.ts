import type { OfferId, PeerId } from '../../protocol/ids.ts'
import { MAX_HOPS, type Routed, type RoutedBody } from '../../protocol/mesh/overlay.ts'
import { Bucket } from '../core/bucket.ts'
import { forgetOldest } from '../core/oldest.ts'
import { answers } from './membership/state.ts'
import { announce } from './publishing.ts'
import { hopOnTrail, isAnswer, isOffer, isOwnTrail, leaveTrail, offerIdOf, type Trails } from './trails.ts'
import { send, type Turn } from './turn.ts'

/** The links that lead to peers that are not linked themselves. */
export interface Routes {
  /** By peer the neighbour that something of it came from last; what was learned long ago is first. */
  readonly learned: Map<PeerId, PeerId>
  readonly trails: Trails
  readonly wanted: Map<PeerId, Wanted>
  /** What may still be relayed for each linked peer, in bytes. */
  readonly budgets: Map<PeerId, Bucket>
}

/** A peer that this one wants a link to. */
interface Wanted {
  /** Whether everyone was asked for it, as no way that was known led there. */
  readonly isSought: boolean
  /** The neighbours that its answers to that came by: some may be forged, so that each is followed. */
  readonly answeredBy: Set<PeerId>
  /** How long a link or an answer is waited for (ms). */
  readonly until: number
}

export const newRoutes = (): Routes => ({
  learned: new Map(),
  trails: new Map(),
  wanted: new Map(),
  budgets: new Map(),
})

/** Routes that are kept; those learned longest ago are forgotten. A guess: a walk leaves one at each of its hops. */
const MAX_ROUTES = 1024
/** Bytes that are relayed for one neighbour, a second and at once; relayed connections keep to half of it. */
export const RELAY_RATE = { perSecond: 131_072, burst: 1_048_576 }
/** A known way to a peer may have been a false one if there is no link to it after so long (ms). A guess. */
const DOUBT_WAY = 3000
/** A peer that does not answer is given up after so long (ms). */
const FIND_WITHIN = 5000
/** Peers that are wanted at once. */
const MAX_WANTED = 64

/** Something of `peer` came from the linked peer `via` (rule O6). */
export function learn({ state: { own, routes } }: Turn, peer: PeerId, via: PeerId): void {
  if (peer === via || peer === own) return
  const { learned } = routes
  learned.delete(peer)
  learned.set(peer, via)
  forgetOldest(learned, MAX_ROUTES)
}

/** The linked peer that is nearest to `to`, as far as this peer knows. */
export function nextHop({ state: { membership, broadcast, routes } }: Turn, to: PeerId): PeerId | null {
  // A link that does not answer is the last choice.
  if (answers(membership, to)) return to
  const learned = routes.learned.get(to)
  if (learned !== undefined && membership.linked.has(learned)) return learned
  const parent = broadcast.authors.get(to)?.parent ?? null
  if (parent !== null && membership.linked.has(parent)) return parent
  return membership.linked.has(to) ? to : null
}

/** Sends something to a peer of the swarm, over as many links as it takes (rule O6). */
export function route(turn: Turn, to: PeerId, body: RoutedBody, via: PeerId | null = null): void {
  const isOpen = via !== null && turn.state.membership.linked.has(via)
  const next = isOpen ? via : (hopOnTrail(turn, to, body) ?? nextHop(turn, to))
  if (next === null) {
    goAstray(turn, to, offerIdOf(body))
    return
  }
  leaveTrail(turn, body, { offerer: turn.state.own, back: null, on: next })
  send(turn, next, { type: 'routed', to, from: turn.state.own, hops: 0, body })
}

/** Passes on what is not for this peer, and tells the sender if that can't be done (rules O6, O7 and O10). */
export function receiveRouted(turn: Turn, from: PeerId, message: Routed): void {
  const { to, hops, body } = message
  learn(turn, message.from, from)
  if (to === turn.state.own) {
    leaveTrail(turn, body, { offerer: message.from, back: from, on: null })
    receiveBody(turn, message.from, from, body)
    return
  }
  const next = hopOnTrail(turn, to, body) ?? nextHop(turn, to)
  if (next !== null && next !== from && hops < MAX_HOPS) {
    leaveTrail(turn, body, { offerer: message.from, back: from, on: next })
    if (body.kind !== 'packet' || mayRelay(turn, from, body.bytes.length)) {
      send(turn, next, { ...message, hops: hops + 1 })
      return
    }
  } else if (turn.state.routes.learned.get(to) === from) {
    turn.state.routes.learned.delete(to)
  }
  const id = offerIdOf(body)
  const isAwaited = isOffer(body) || body.kind === 'packet'
  if (id !== null && isAwaited) route(turn, message.from, { kind: 'lost', peer: to, id }, from)
}

function mayRelay({ state: { routes }, now }: Turn, from: PeerId, bytes: number): boolean {
  let budget = routes.budgets.get(from)
  if (!budget) routes.budgets.set(from, (budget = new Bucket(RELAY_RATE)))
  return budget.take(now, bytes)
}

function receiveBody(turn: Turn, from: PeerId, via: PeerId, body: RoutedBody): void {
  switch (body.kind) {
    case 'here':
      receiveHere(turn, from, via)
      return
    case 'lost':
      receiveLost(turn, body)
      return
    default:
      // Who has answered an offer need not be looked for any more.
      if (isAnswer(body) && isOwnTrail(turn, body)) turn.state.routes.wanted.delete(from)
      turn.effects.push({ type: 'brought', from, via, body })
  }
}

function receiveHere(turn: Turn, peer: PeerId, via: PeerId): void {
  const wanted = turn.state.routes.wanted.get(peer)
  if (!wanted?.isSought || wanted.answeredBy.has(via)) return
  wanted.answeredBy.add(via)
  turn.effects.push({ type: 'dial', peer, via: 'mesh' })
}

function receiveLost(turn: Turn, lost: Extract<RoutedBody, { kind: 'lost' }>): void {
  // Others may say so of what they have never seen.
  if (!isOwnTrail(turn, lost)) return
  const { learned, trails } = turn.state.routes
  if (learned.get(lost.peer) === trails.get(lost.id)?.on) learned.delete(lost.peer)
  goAstray(turn, lost.peer, lost.id)
}

/** Opens a way to a peer: by what is known, or else by asking everyone for it (rule O8). */
export function reach(turn: Turn, peer: PeerId): void {
  const { membership, routes } = turn.state
  if (membership.linked.has(peer) || routes.wanted.has(peer)) return
  if (nextHop(turn, peer) === null) {
    seek(turn, peer)
    return
  }
  if (routes.wanted.size < MAX_WANTED) want(turn, peer, false, DOUBT_WAY)
  turn.effects.push({ type: 'dial', peer, via: 'mesh' })
}

/** What was sent to the peer does not arrive: if it is wanted, everyone is asked for it once. */
function goAstray(turn: Turn, peer: PeerId, id: OfferId | null): void {
  const wanted = turn.state.routes.wanted.get(peer)
  if (wanted && !wanted.isSought) seek(turn, peer)
  else if (!wanted && id !== null) turn.effects.push({ type: 'lost', id })
}

function want({ state: { routes }, now }: Turn, peer: PeerId, isSought: boolean, within: number): void {
  routes.wanted.set(peer, { isSought, answeredBy: new Set(), until: now + within })
}

function seek(turn: Turn, peer: PeerId): void {
  const { membership, routes } = turn.state
  const { wanted } = routes
  wanted.delete(peer)
  if (membership.active.size === 0 || wanted.size >= MAX_WANTED) {
    turn.effects.push({ type: 'unreachable', peer })
    return
  }
  want(turn, peer, true, FIND_WITHIN)
  announce(turn, 'find', peer)
}

export function tickRoutes(turn: Turn): void {
  const { membership, routes } = turn.state
  for (const [peer, { isSought, until }] of [...routes.wanted]) {
    if (membership.linked.has(peer)) routes.wanted.delete(peer)
    else if (until <= turn.now && !isSought) seek(turn, peer)
    else if (until <= turn.now) {
      routes.wanted.delete(peer)
      turn.effects.push({ type: 'unreachable', peer })
    }
  }
}
