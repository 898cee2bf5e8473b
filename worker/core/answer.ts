import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { encodeAnswer } from '../../protocol/websocket/encode.ts'
import type { Answer } from '../../protocol/websocket/message.ts'
import type { Effect } from './event.ts'
import { isOpen, relay } from './offers.ts'
import { otherSwarm } from './refusals.ts'
import type { Socket } from './socket.ts'
import { type HubState, peerOf } from './state.ts'
import type { Peer } from './swarm.ts'

/** For so long after a wake an answer may belong to an offer that the hub forgot. */
const FORGETFUL = 60_000

/** Relays an answer to the peer whose offer it answers. Its sender hears nothing (rules B1–B4). */
export function answer(
  state: HubState,
  socket: Socket,
  message: Answer,
  now: number,
  effects: Effect[],
): Refusal | null {
  const { infoHash, toPeerId, description } = message
  if (socket.boundTo !== null && socket.boundTo !== infoHash) return otherSwarm
  if (description.length > state.settings.MAX_SDP) {
    return refusal('limited', `an answer may have ${state.settings.MAX_SDP} characters`)
  }
  const to = state.swarms.get(infoHash)?.websocket.get(toPeerId)
  if (!to) return refusal('unasked', 'the peer that this answers is gone')
  const from = answererOf(state, socket, to, message, now)
  if (!from) return refusal('unasked', 'this answers no offer that was relayed to you, or answers it again or too late')
  state.counters.answers++
  relay(state, to.socket, encodeAnswer(to.swarm.infoHashJson, from.idJson, message), effects)
  return null
}

/** The peer of this socket that was asked. */
function answererOf(state: HubState, socket: Socket, to: Peer, message: Answer, now: number): Peer | undefined {
  const asked = to.offered.filter((offer) => offer.id === message.offerId && offer.to.socket === socket)
  const open = asked.findLast((offer) => isOpen(offer, now))
  if (open) {
    open.answered = true
    return open.to
  }
  if (asked.length > 0 || socket.unmatchedLeft === 0 || now - state.since > FORGETFUL) return undefined
  const peer = peerOf(state, socket, message.infoHash, message.peerId)
  if (peer) socket.unmatchedLeft--
  return peer
}
