import { type Refusal, refusal } from '../../protocol/refusal.ts'
import { attachmentOf } from './attachment.ts'
import type { Effect, HubEvent } from './event.ts'
import type { Network } from './networks.ts'
import { chargeNetwork, refuseListed } from './refusals.ts'
import { newSocket, type SocketId } from './socket.ts'
import { type HubState, patience, removePeer, sweepBy } from './state.ts'

type OpenEvent = Extract<HubEvent, { type: 'open' }>

/** A socket asks to be let in (rules G1, G2). */
export function open(state: HubState, event: OpenEvent, now: number, effects: Effect[]): void {
  const network = state.networks.of(event.address, now)
  const refused = refuseOpen(state, network, event, now)
  if (refused) {
    state.counters.refusedBy[refused.code]++
    effects.push({ type: 'reply', reply: { type: 'refused', refusal: refused } })
    return
  }
  const socket = newSocket(event.socket, event.address, network, event.boundTo, now)
  state.sockets.set(socket.id, socket)
  network.sockets++
  effects.push({ type: 'accept', socket: socket.id })
  effects.push({ type: 'attach', socket: socket.id, attachment: attachmentOf(socket) })
  sweepBy(state, now + patience(state.settings.INTERVAL), effects)
}

function refuseOpen(state: HubState, network: Network, { boundTo }: OpenEvent, now: number): Refusal | null {
  const { MAX_SOCKETS, MAX_SOCKETS_PER_ADDRESS } = state.settings
  const charged = chargeNetwork(state, network, now)
  if (charged) return charged
  if (network.sockets >= MAX_SOCKETS_PER_ADDRESS) {
    return refusal('limited', `your address has ${MAX_SOCKETS_PER_ADDRESS} sockets open, which is all it may have`, 60)
  }
  if (state.sockets.size >= MAX_SOCKETS) return refusal('full', 'this tracker has all the sockets it can hold', 60)
  return boundTo && refuseListed(state, boundTo)
}

/** A socket is gone, and all its peers with it (rule P1). */
export function close(state: HubState, id: SocketId, effects: Effect[]): void {
  const socket = state.sockets.get(id)
  if (!socket) return
  for (const peer of socket.peers) removePeer(state, peer, effects)
  state.sockets.delete(id)
  socket.network.sockets--
}
