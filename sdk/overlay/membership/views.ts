import type { PeerId } from '../../../protocol/ids.ts'
import type { Neighbour } from '../../../protocol/mesh/overlay.ts'
import { neighbourDown, neighbourUp, tellAll } from '../broadcast/neighbours.ts'
import { doubt, meet } from '../presence.ts'
import { learn } from '../routes.ts'
import { boundsOf, FULL_MESH } from './state.ts'
import { isSmall, sizeOf } from '../size.ts'
import { pick, send, type Turn } from '../turn.ts'
import { introduction } from './introduce.ts'

/** Peers that are remembered without a link (HyParView: 30 at 10,000 peers). */
const MAX_PASSIVE = 30
/** Neighbours of one network, at most: whoever has many ids has them there. A guess. */
const MOST_OF_NETWORK = 2
/** Losses within so long count as one blow (ms). */
const BLOW = 10_000
/** Peers of a swarm that ask the tracker after such a blow, about. */
const PROBES_AFTER_BLOW = 8

/** Links of the view, and those that may come to be. */
function countOf({ state: { membership } }: Pick<Turn, 'state'>): number {
  let pending = 0
  for (const { isAsked, hasAsked } of membership.linked.values()) if (isAsked && !hasAsked) pending++
  return membership.active.size + pending + membership.dialling.size
}

/** How many links more this peer wants. */
export const missing = (turn: Pick<Turn, 'state' | 'now'>): number =>
  (isSmall(turn) ? boundsOf(turn.state.membership).most : boundsOf(turn.state.membership).want) - countOf(turn)

/** Whether there is room in the active view. */
export const hasRoom = (turn: Turn): boolean => countOf(turn) < boundsOf(turn.state.membership).most

export function remember({ state: { own, membership }, random }: Turn, peer: PeerId, isListed: boolean): void {
  const { linked, passive } = membership
  if (peer === own || linked.has(peer)) return
  const known = passive.get(peer)
  if (known) {
    known.isListed ||= isListed
    return
  }
  if (passive.size >= MAX_PASSIVE) {
    const forgotten = pick([...passive.keys()], random)
    if (forgotten !== undefined) passive.delete(forgotten)
  }
  passive.set(peer, { isListed, failures: 0, notBefore: 0 })
}

/** A link to the peer is open: it comes into the view if this peer wants it there. */
export function link(turn: Turn, peer: PeerId, network: string | null): void {
  const { membership } = turn.state
  const isDialled = membership.dialling.delete(peer)
  membership.passive.delete(peer)
  membership.linked.set(peer, { network, isAsked: false, hasAsked: false })
  meet(turn, peer)
  if ((isDialled || missing(turn) > 0) && !isCrowded(turn, network)) ask(turn, peer)
}

function ask(turn: Turn, peer: PeerId): void {
  const { membership, presence } = turn.state
  const linked = membership.linked.get(peer)
  if (!linked || linked.isAsked) return
  linked.isAsked = true
  membership.seeks.shift()
  send(turn, peer, introduction(turn, !presence.isInformed))
}

/** Rule O2. */
export function receiveNeighbour(turn: Turn, from: PeerId, message: Neighbour): void {
  const { membership } = turn.state
  const linked = membership.linked.get(from)
  if (!linked) return
  for (const peer of message.peers) {
    learn(turn, peer, from)
    if (message.size <= FULL_MESH) remember(turn, peer, false)
  }
  membership.toldSize = Math.max(membership.toldSize, message.size)
  if (!linked.isAsked) {
    const isWelcome = !isCrowded(turn, linked.network)
    if (!isWelcome || (!hasRoom(turn) && !(message.isNeedy && makeRoom(turn, from)))) {
      send(turn, from, { type: 'decline' })
      turn.effects.push({ type: 'released', peer: from })
      return
    }
    ask(turn, from)
  }
  linked.hasAsked = true
  if (membership.active.has(from)) {
    if (message.isNew) tellAll(turn, from, true)
    return
  }
  membership.active.add(from)
  if (membership.active.size > boundsOf(membership).most) makeRoom(turn, from)
  neighbourUp(turn, from, message)
}

/** Whether those of one network are as many of the neighbours as they may be. */
function isCrowded(turn: Turn, network: string | null): boolean {
  if (network === null || isSmall(turn)) return false
  const { linked, active } = turn.state.membership
  let count = 0
  for (const peer of active) if (linked.get(peer)?.network === network) count++
  return count >= MOST_OF_NETWORK
}

/** Gives up the neighbour that is least missed: one of the network that most of them share, if there is such. */
function makeRoom(turn: Turn, except: PeerId): boolean {
  const { linked, active } = turn.state.membership
  const crowds = new Map<string, number>()
  for (const peer of active) {
    const network = linked.get(peer)?.network ?? null
    if (network !== null) crowds.set(network, (crowds.get(network) ?? 0) + 1)
  }
  const crowd = (peer: PeerId): number => crowds.get(linked.get(peer)?.network ?? '') ?? 1
  const most = Math.max(...[...active].map(crowd))
  const given = pick(
    [...active].filter((peer) => peer !== except && crowd(peer) === most),
    turn.random,
  )
  if (given === undefined) return false
  giveUp(turn, given)
  return true
}

/** Takes a neighbour out of the view; its link is released. */
export function giveUp(turn: Turn, peer: PeerId): void {
  send(turn, peer, { type: 'decline' })
  release(turn, peer)
}

function release(turn: Turn, peer: PeerId): void {
  const { linked, active } = turn.state.membership
  const known = linked.get(peer)
  if (!known) return
  known.isAsked = false
  known.hasAsked = false
  turn.state.membership.pings.delete(peer)
  if (active.delete(peer)) neighbourDown(turn, peer)
  turn.effects.push({ type: 'released', peer })
}

/** Rule O2. */
export function receiveDecline(turn: Turn, from: PeerId): void {
  release(turn, from)
}

/** The peer does not answer any more, whatever becomes of its link. */
export function lose(turn: Turn, peer: PeerId): void {
  const { membership } = turn.state
  if (!membership.active.has(peer)) return
  giveUp(turn, peer)
  noteLoss(turn)
  doubt(turn, peer)
}

/** The link to the peer is gone. */
export function unlink(turn: Turn, peer: PeerId, isLost: boolean): void {
  const { membership } = turn.state
  if (!membership.linked.delete(peer)) return
  turn.state.routes.budgets.delete(peer)
  membership.pings.delete(peer)
  const wasNeighbour = membership.active.delete(peer)
  // A member that is no neighbour may have pruned and told of things too.
  neighbourDown(turn, peer)
  if (wasNeighbour && isLost) noteLoss(turn)
  // It may be out of reach for a moment only. Of those that have lost it one asks the tracker for it.
  if (isLost) remember(turn, peer, turn.random() * sizeOf(turn) < 1)
}

/** A peer that loses half of its neighbours at once may be on the wrong side of a gap that only a tracker can bridge. */
function noteLoss(turn: Turn): void {
  const { state, now, random } = turn
  const { losses, active } = state.membership
  losses.push(now)
  // How long it waits before it asks the tracker depends on how many are left.
  if (state.membership.asks === 0) state.membership.nextAskAt = Infinity
  while ((losses[0] ?? now) < now - BLOW) losses.shift()
  if (losses.length < active.size) return
  state.membership.probeEvery = Math.max(BLOW, (BLOW * sizeOf(turn)) / PROBES_AFTER_BLOW)
  state.membership.nextProbeAt = now + random() * state.membership.probeEvery
}

/** The device has become weaker or stronger: what is too much is given up. */
export function setDevice(turn: Turn, isWeak: boolean): void {
  const { membership } = turn.state
  membership.isWeak = isWeak
  while (membership.active.size > boundsOf(membership).most) if (!makeRoom(turn, turn.state.own)) return
}
