import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { encodeOfferStart, quote } from '../../protocol/websocket/encode.ts'
import type { Dial } from '../../protocol/websocket/message.ts'
import type { Effect } from './event.ts'
import { forgetOldOffers, relayOffer } from './offers.ts'
import { otherSwarm } from './refusals.ts'
import type { Socket } from './socket.ts'
import { type HubState, peerOf } from './state.ts'

/** Relays an offer to the one peer that it names. Its sender hears nothing (rules R3–R5). */
export function dial(state: HubState, socket: Socket, message: Dial, now: number, effects: Effect[]): Refusal | null {
  const { infoHash, peerId, toPeerId, offerId, description } = message
  if (socket.boundTo !== null && socket.boundTo !== infoHash) return otherSwarm
  if (description.length > state.settings.MAX_SDP) {
    return refusal('limited', `an offer may have ${state.settings.MAX_SDP} characters`)
  }
  if (toPeerId === peerId) return refusal('malformed', 'a peer cannot dial itself')
  const from = peerOf(state, socket, infoHash, peerId)
  if (!from) return refusal('absent', 'announce this peer id on this socket before you dial from it')
  const to = from.swarm.websocket.get(toPeerId)
  if (!to) return refusal('absent', 'the peer that this dials is not here')
  const start = encodeOfferStart(from.swarm.infoHashJson, from.idJson)
  relayOffer(state, from, to, start, { id: offerId, idJson: quote(offerId), description }, now, effects)
  forgetOldOffers(state, from, now)
  return null
}
