import { roleOf } from '../../protocol/announce.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { encodeAnnounceReply, encodeRendezvousReply, quote } from '../../protocol/websocket/encode.ts'
import type { Announce } from '../../protocol/websocket/message.ts'
import { attachmentOf } from './attachment.ts'
import { move, refuseEntry } from './entry.ts'
import type { Effect } from './event.ts'
import { relayOffers } from './offers.ts'
import { otherSwarm, refuseListed } from './refusals.ts'
import type { Socket } from './socket.ts'
import { addPeer, countDownload, type HubState, precision, removePeer } from './state.ts'
import type { Peer } from './swarm.ts'

/** Serves an announce: presence first, then the reply, then the offers (rules A1–A9, R1). */
export function announce(
  state: HubState,
  socket: Socket,
  message: Announce,
  now: number,
  random: () => number,
  effects: Effect[],
): Refusal | null {
  // Whoever has this peer id: this socket, another one, or nobody.
  const holder = state.swarms.get(message.infoHash)?.websocket.get(message.peerId)
  const own = holder?.socket === socket ? holder : undefined
  const refused =
    refuseContent(state, socket, message) ??
    (own || message.event === 'stopped' ? null : refuseEntry(state, socket, holder, message, now))
  if (refused) return refused
  state.counters.announced(now)
  if (message.event === 'stopped') {
    stop(state, socket, own, message, effects)
    return null
  }
  const peer = own ?? enter(state, socket, holder, message, now, effects)
  update(state, peer, own !== undefined, message, now, effects)
  effects.push({ type: 'send', to: socket.id, text: replyTo(state, peer, message, random) })
  if (message.numwant > 0) relayOffers(state, peer, message, now, random, effects)
  return null
}

function refuseContent(state: HubState, socket: Socket, { infoHash, offers }: Announce): Refusal | null {
  const { MAX_OFFERS, MAX_SDP } = state.settings
  if (socket.boundTo !== null && socket.boundTo !== infoHash) return otherSwarm
  if (offers.length > MAX_OFFERS) return refusal('limited', `an announce may carry ${MAX_OFFERS} offers`)
  if (offers.some(({ description }) => description.length > MAX_SDP)) {
    return refusal('limited', `an offer may have ${MAX_SDP} characters`)
  }
  return refuseListed(state, infoHash)
}

function replyTo(state: HubState, peer: Peer, { rendezvous }: Announce, random: () => number): string {
  const { INTERVAL, MAX_NUMWANT } = state.settings
  const reply = peer.swarm.announceReply(INTERVAL)
  if (rendezvous === null) return reply
  const peers = peer.swarm.websocket.pick(Math.min(rendezvous, MAX_NUMWANT), peer, random)
  return encodeRendezvousReply(
    reply,
    peers.map(({ idJson }) => idJson),
  )
}

function stop(
  state: HubState,
  socket: Socket,
  own: Peer | undefined,
  { infoHash, rendezvous }: Announce,
  effects: Effect[],
): void {
  if (own) {
    removePeer(state, own, effects)
    effects.push({ type: 'attach', socket: socket.id, attachment: attachmentOf(socket) })
  }
  const { INTERVAL } = state.settings
  const text =
    state.swarms.get(infoHash)?.announceReply(INTERVAL) ?? encodeAnnounceReply(quote(infoHash), INTERVAL, 0, 0)
  effects.push({ type: 'send', to: socket.id, text: rendezvous === null ? text : encodeRendezvousReply(text, []) })
}

function enter(
  state: HubState,
  socket: Socket,
  holder: Peer | undefined,
  { infoHash, peerId, event, left }: Announce,
  now: number,
  effects: Effect[],
): Peer {
  const role = roleOf(event, left)
  return holder ? move(state, holder, socket, role, now, effects) : addPeer(state, socket, infoHash, peerId, role, now)
}

/** Takes over what the announce tells of the peer, and has the attachment say so too. */
function update(
  state: HubState,
  peer: Peer,
  attached: boolean,
  { event, left, key }: Announce,
  now: number,
  effects: Effect[],
): void {
  const { socket, swarm } = peer
  const role = roleOf(event, left)
  const download = event === 'completed' && !peer.completed
  const same = peer.role === role && !download && (key === null || key === socket.key)
  peer.heard = now
  if (attached && same && now - peer.stored < precision(state.settings.INTERVAL)) return
  swarm.websocket.setRole(peer, role)
  if (key !== null) socket.key = key
  if (download) countDownload(swarm, peer, effects)
  peer.stored = now
  effects.push({ type: 'attach', socket: socket.id, attachment: attachmentOf(socket) })
}
