import type { Publication } from '../../protocol/mesh/publication.ts'
import { tickGaps } from './broadcast/deliver.ts'
import { receiveDigest, tellAll } from './broadcast/neighbours.ts'
import {
  publish,
  receiveHave,
  receivePublication,
  receiveRoster,
  receiveWant,
  tickBroadcast,
} from './broadcast/receive.ts'
import { receiveGraft, receivePrune } from './broadcast/tree.ts'
import { hasCome } from './broadcast/state.ts'
import type { OverlayEffect, OverlayEvent } from './event.ts'
import { bridge, fail, fill, receiveListed, tickMembership } from './membership/dialling.ts'
import { link, receiveDecline, receiveNeighbour, setDevice, unlink } from './membership/views.ts'
import { tickPings } from './membership/pings.ts'
import { receivePeers, receiveSeek, receiveShuffle } from './membership/walks.ts'
import { announceChange, announceLeave, part, tickPresence } from './presence.ts'
import { reach, receiveRouted, route, tickRoutes } from './routes.ts'
import type { OverlayState } from './state.ts'
import type { Turn } from './turn.ts'

/** Whether the publication has come already: then its signature makes no difference. */
export function isKnown({ broadcast }: OverlayState, { author: peer, epoch, sequence, kind }: Publication): boolean {
  const author = broadcast.authors.get(peer)
  if (author?.epoch !== epoch || (kind === 'presence' && sequence > author.presence)) return false
  return hasCome(author, sequence)
}

/** How often `tick` should come (ms); what is due sooner is told by `wakeAt`. */
export const TICK = 250

/** When there is something to do before the next tick (ms); `Infinity` if nothing is. */
export const wakeAt = ({ broadcast: { flushAt, askAt, gapAt } }: OverlayState): number =>
  Math.min(flushAt, askAt, gapAt)

/**
 * Tells the overlay of a peer what happened. Changes `state` and returns what to do.
 *
 * @param now milliseconds
 */
export function handle(
  state: OverlayState,
  event: OverlayEvent,
  now: number,
  random: () => number,
): readonly OverlayEffect[] {
  const turn: Turn = { state, now, random, effects: [] }
  tell(turn, event)
  return turn.effects
}

function tell(turn: Turn, event: OverlayEvent): void {
  switch (event.type) {
    case 'received':
      receive(turn, event)
      return
    case 'published':
      publish(turn, event.publication)
      return
    case 'listed':
      receiveListed(turn, event.peers, event.count)
      fill(turn)
      return
    case 'linked':
      link(turn, event.peer, event.network)
      return
    case 'unlinked':
      part(turn, event.peer, event.isLost)
      unlink(turn, event.peer, event.isLost)
      fill(turn)
      return
    case 'failed':
      fail(turn, event.peer, event.isGone)
      fill(turn)
      return
    case 'answered':
      turn.state.membership.pings.delete(event.peer)
      return
    case 'reach':
      reach(turn, event.peer)
      return
    case 'route':
      route(turn, event.to, event.body, event.via)
      return
    case 'drained':
      tellAll(turn, event.peer, false)
      return
    case 'device':
      setDevice(turn, event.isWeak)
      return
    case 'changed':
      announceChange(turn)
      return
    case 'leaving':
      announceLeave(turn)
      return
    case 'wake':
      wake(turn)
      return
    case 'tick':
      tick(turn)
  }
}

function receive(turn: Turn, { from, message }: Extract<OverlayEvent, { type: 'received' }>): void {
  // The link may have gone while a signature was verified: what is signed counts all the same.
  if (!turn.state.membership.linked.has(from) && message.type !== 'publication') return
  switch (message.type) {
    case 'publication':
      receivePublication(turn, from, message.publication)
      return
    case 'have':
      receiveHave(turn, from, message.ranges)
      return
    case 'roster':
      receiveRoster(turn, from, message.entries)
      return
    case 'digest':
      receiveDigest(turn, from, message.digest)
      return
    case 'want':
      receiveWant(turn, from, message.ranges)
      return
    case 'graft':
      receiveGraft(turn, from, message.author)
      return
    case 'prune':
      receivePrune(turn, from, message.author)
      return
    case 'routed':
      if (message.to === turn.state.own && message.body.kind === 'peers') receivePeers(turn, message.body.peers)
      else receiveRouted(turn, from, message)
      return
    case 'seek':
      receiveSeek(turn, from, message)
      return
    case 'shuffle':
      receiveShuffle(turn, from, message)
      return
    case 'neighbour':
      receiveNeighbour(turn, from, message)
      bridge(turn, message.size)
      fill(turn)
      return
    case 'decline':
      receiveDecline(turn, from)
      fill(turn)
  }
}

function wake(turn: Turn): void {
  tickBroadcast(turn)
  tickGaps(turn)
}

function tick(turn: Turn): void {
  tickPings(turn)
  tickMembership(turn)
  wake(turn)
  tickPresence(turn)
  tickRoutes(turn)
}
