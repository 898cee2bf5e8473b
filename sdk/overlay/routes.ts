import type { PeerId } from '../../protocol/ids.ts'
import { MAX_HOPS, type Routed, type RoutedBody } from '../../protocol/mesh/overlay.ts'
import { Bucket } from '../core/bucket.ts'
import { announce } from './publishing.ts'
import { send, type Turn } from './turn.ts'

/** The links that lead to peers that are not linked themselves, as learned from what came from there. */
export interface Routes {
  /** By peer the neighbour that something of it came from last; what was learned long ago is first. */
  readonly learned: Map<PeerId, PeerId>
  /** Who is looked for, and until when. */
  readonly wanted: Map<PeerId, number>
  /** What may still be relayed for each linked peer, in bytes. */
  readonly budgets: Map<PeerId, Bucket>
}

export const newRoutes = (): Routes => ({ learned: new Map(), wanted: new Map(), budgets: new Map() })

/** Routes that are kept; those learned longest ago are forgotten. A guess: a walk leaves one at each of its hops. */
const MAX_ROUTES = 1024
/** Bytes that are relayed for one neighbour, a second and at once; relayed connections keep to half of it. */
export const RELAY_RATE = { perSecond: 131_072, burst: 1_048_576 }
/** A peer that does not answer is given up after so long (ms). */
const FIND_WITHIN = 5000
/** Peers that are looked for at once. */
const MAX_WANTED = 64

/** Something of `peer` came from the linked peer `via` (rule O6). */
export function learn({ state: { own, routes } }: Turn, peer: PeerId, via: PeerId): void {
  if (peer === via || peer === own) return
  const { learned } = routes
  learned.delete(peer)
  learned.set(peer, via)
  if (learned.size <= MAX_ROUTES) return
  for (const oldest of learned.keys()) {
    learned.delete(oldest)
    return
  }
}

/** The linked peer that is nearest to `to`, as far as this peer knows. */
export function nextHop({ state: { membership, broadcast, routes } }: Turn, to: PeerId): PeerId | null {
  // A link that does not answer is the last choice.
  const isLinked = membership.linked.has(to)
  if (isLinked && (membership.pings.get(to)?.misses ?? 0) === 0) return to
  const learned = routes.learned.get(to)
  if (learned !== undefined && membership.linked.has(learned)) return learned
  const parent = broadcast.authors.get(to)?.parent ?? null
  if (parent !== null && membership.linked.has(parent)) return parent
  return isLinked ? to : null
}

/** Sends something to a peer of the swarm, over as many links as it takes (rule O6). */
export function route(turn: Turn, to: PeerId, body: RoutedBody, via: PeerId | null = null): void {
  const isOpen = via !== null && turn.state.membership.linked.has(via)
  const next = isOpen ? via : nextHop(turn, to)
  if (next === null) turn.effects.push({ type: 'unreachable', peer: to })
  else send(turn, next, { type: 'routed', to, from: turn.state.own, hops: 0, body })
}

/** Passes on what is not for this peer, and tells the sender if that can't be done (rules O6, O7 and O10). */
export function receiveRouted(turn: Turn, from: PeerId, message: Routed): void {
  const { to, hops, body } = message
  learn(turn, message.from, from)
  if (to === turn.state.own) {
    receiveBody(turn, message.from, from, body)
    return
  }
  const next = nextHop(turn, to)
  if (next !== null && next !== from && hops < MAX_HOPS) {
    if (body.kind !== 'packet' || mayRelay(turn, from, body.bytes.length)) {
      send(turn, next, { ...message, hops: hops + 1 })
      return
    }
  } else {
    turn.state.routes.learned.delete(to)
  }
  const isAwaited = body.kind === 'packet' || (body.kind === 'signal' && body.signal.kind === 'offer')
  if (isAwaited) route(turn, message.from, { kind: 'lost', peer: to })
}

function mayRelay({ state: { routes }, now }: Turn, from: PeerId, bytes: number): boolean {
  let budget = routes.budgets.get(from)
  if (!budget) routes.budgets.set(from, (budget = new Bucket(RELAY_RATE)))
  return budget.take(now, bytes)
}

function receiveBody(turn: Turn, from: PeerId, via: PeerId, body: RoutedBody): void {
  const { routes } = turn.state
  switch (body.kind) {
    case 'here':
      if (routes.wanted.delete(from)) turn.effects.push({ type: 'dial', peer: from, via: 'mesh' })
      return
    case 'lost':
      routes.learned.delete(body.peer)
      turn.effects.push({ type: 'unreachable', peer: body.peer })
      return
    default:
      turn.effects.push({ type: 'brought', from, via, body })
  }
}

/** Opens a way to a peer: by what is known, or else by asking everyone for it (rule O8). */
export function reach(turn: Turn, peer: PeerId): void {
  const { membership, routes } = turn.state
  if (membership.linked.has(peer)) return
  if (nextHop(turn, peer) !== null) {
    turn.effects.push({ type: 'dial', peer, via: 'mesh' })
    return
  }
  if (routes.wanted.has(peer)) return
  if (membership.active.size === 0 || routes.wanted.size >= MAX_WANTED) {
    turn.effects.push({ type: 'unreachable', peer })
  } else {
    routes.wanted.set(peer, turn.now + FIND_WITHIN)
    announce(turn, 'find', peer)
  }
}

export function tickRoutes(turn: Turn): void {
  const { wanted } = turn.state.routes
  for (const [peer, until] of wanted) {
    if (until > turn.now) continue
    wanted.delete(peer)
    turn.effects.push({ type: 'unreachable', peer })
  }
}
