import { roleOf } from '../../protocol/announce.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { encodeAnnounceReply, quote } from '../../protocol/websocket/encode.ts'
import type { Announce } from '../../protocol/websocket/message.ts'
import { attachmentOf } from './attachment.ts'
import type { Effect } from './event.ts'
import { relayOffers } from './offers.ts'
import { otherSwarm, refuseListed, taken } from './refusals.ts'
import { pairKey, type Socket } from './socket.ts'
import { addPeer, countDownload, type HubState, precision, removePeer } from './state.ts'
import type { Peer } from './swarm.ts'

/** A stock client waits at least this long before it reconnects, so a socket that spoke since then is in use. */
const TAKEOVER_SILENCE = 10_000

/** Serves an announce: presence first, then the reply, then the offers (rules A1–A9). */
export function announce(
  state: HubState,
  socket: Socket,
  message: Announce,
  now: number,
  random: () => number,
  effects: Effect[],
): Refusal | null {
  const refused = refuseAnnounce(state, socket, message, now)
  if (refused) return refused
  state.counters.announced(now)
  if (message.event === 'stopped') {
    stop(state, socket, message, effects)
    return null
  }
  const peer = enter(state, socket, message, now, effects)
  effects.push(replyTo(state, socket, message))
  relayOffers(state, peer, message, now, random, effects)
  return null
}

function refuseAnnounce(state: HubState, socket: Socket, message: Announce, now: number): Refusal | null {
  const { infoHash, peerId, offers } = message
  const { MAX_OFFERS, MAX_SDP, MAX_SWARMS_PER_SOCKET, MAX_PEERS } = state.settings
  if (socket.boundTo !== null && socket.boundTo !== infoHash) return otherSwarm
  const denied = refuseListed(state, infoHash)
  if (denied) return denied
  if (offers.length > MAX_OFFERS) return refusal('limited', `an announce may carry ${MAX_OFFERS} offers`)
  if (offers.some(({ description }) => description.length > MAX_SDP)) {
    return refusal('limited', `an offer may have ${MAX_SDP} characters`)
  }
  if (message.event === 'stopped' || socket.peers.has(pairKey(infoHash, peerId))) return null
  const owner = state.swarms.get(infoHash)?.websocket.get(peerId)?.socket
  if (owner && !mayTakeOver(owner, socket, message, now)) return taken
  if (socket.peers.size >= MAX_SWARMS_PER_SOCKET) {
    return refusal('limited', `a socket may announce ${MAX_SWARMS_PER_SOCKET} swarms; open another one`)
  }
  if (!owner && state.totals.websocket.members >= MAX_PEERS) {
    return refusal('full', 'this tracker has all the peers it can hold', 300)
  }
  return null
}

/** Rule P2: who has the key, or for want of one the same address once the old socket is silent. */
function mayTakeOver(owner: Socket, socket: Socket, { key }: Announce, now: number): boolean {
  if (owner.key !== null) return owner.key === key
  return owner.address === socket.address && now - owner.heard >= TAKEOVER_SILENCE
}

function stop(state: HubState, socket: Socket, message: Announce, effects: Effect[]): void {
  const peer = socket.peers.get(pairKey(message.infoHash, message.peerId))
  if (peer) {
    removePeer(state, peer, effects)
    effects.push({ type: 'attach', socket: socket.id, attachment: attachmentOf(socket) })
  }
  effects.push(replyTo(state, socket, message))
}

/** Makes the peer present as the announce tells it, and has the attachment say so too. */
function enter(state: HubState, socket: Socket, message: Announce, now: number, effects: Effect[]): Peer {
  const { infoHash, peerId, event, left, key } = message
  const role = roleOf(event, left)
  const known = socket.peers.get(pairKey(infoHash, peerId))
  const peer = known ?? takeOver(state, socket, message, now, effects)
  const told =
    known?.role === role &&
    now - known.heard < precision(state.settings.INTERVAL) &&
    (key === null || key === socket.key)
  peer.swarm.websocket.setRole(peer, role)
  if (key !== null) socket.key = key
  const download = event === 'completed' && !peer.completed
  if (download) countDownload(peer.swarm, peer, effects)
  if (!told || download) {
    peer.heard = now
    effects.push({ type: 'attach', socket: socket.id, attachment: attachmentOf(socket) })
  }
  return peer
}

/** Adds the peer to this socket; if another socket had it, that one has it no more. */
function takeOver(state: HubState, socket: Socket, message: Announce, now: number, effects: Effect[]): Peer {
  const { infoHash, peerId, event, left } = message
  const owned = state.swarms.get(infoHash)?.websocket.get(peerId)
  if (owned) {
    // Moved, not removed: a swarm of one would be dropped, and its downloads with it.
    owned.swarm.websocket.remove(peerId)
    owned.socket.peers.delete(pairKey(infoHash, peerId))
    effects.push({ type: 'attach', socket: owned.socket.id, attachment: attachmentOf(owned.socket) })
  }
  const peer = addPeer(state, socket, infoHash, peerId, roleOf(event, left), now)
  peer.completed = owned?.completed ?? false
  return peer
}

function replyTo(state: HubState, socket: Socket, { infoHash }: Announce): Effect {
  const swarm = state.swarms.get(infoHash)
  const text = encodeAnnounceReply(
    swarm?.infoHashJson ?? quote(infoHash),
    state.settings.INTERVAL,
    swarm?.complete ?? 0,
    swarm?.incomplete ?? 0,
  )
  return { type: 'send', to: socket.id, text }
}
