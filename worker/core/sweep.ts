import { attachmentOf } from './attachment.ts'
import type { Effect } from './event.ts'
import { forgetOldOffers } from './offers.ts'
import { close } from './presence.ts'
import type { Socket, SocketId } from './socket.ts'
import { type HubState, patience, removeHttpPeer, removePeer, sweepBy } from './state.ts'

/** After a restart stock clients are back within 10 s and up to 5 minutes. */
const COMING_BACK = 6 * 60_000

/** Removes who has been silent for too long, and sets the next alarm if anybody is left (rules P3, P4). */
export function sweep(state: HubState, pings: ReadonlyMap<SocketId, number>, now: number, effects: Effect[]): void {
  const { INTERVAL, HTTP_INTERVAL } = state.settings
  state.sweepAt = null
  for (const socket of state.sockets.values()) {
    sweepSocket(state, socket, pings.get(socket.id) ?? 0, now - patience(INTERVAL), now, effects)
  }
  if (now - state.since >= COMING_BACK) {
    for (const infoHash of state.downloads.keys()) effects.push({ type: 'storeDownloads', infoHash, downloads: 0 })
    state.downloads.clear()
  }
  const oldest = now - patience(HTTP_INTERVAL)
  for (const swarm of state.swarms.values()) {
    for (const [, peer] of swarm.http.entries()) {
      if (peer.heard < oldest) removeHttpPeer(state, swarm, peer, effects)
    }
  }
  if (state.sockets.size > 0) sweepBy(state, now + patience(INTERVAL), effects)
  if (state.downloads.size > 0) sweepBy(state, now + COMING_BACK, effects)
  if (state.totals.http.members > 0) sweepBy(state, now + patience(HTTP_INTERVAL), effects)
}

function sweepSocket(
  state: HubState,
  socket: Socket,
  pinged: number,
  oldest: number,
  now: number,
  effects: Effect[],
): void {
  for (const peer of socket.peers) forgetOldOffers(state, peer, now)
  if (pinged >= oldest) return
  const before = socket.peers.size
  for (const peer of socket.peers) {
    if (peer.heard < oldest) removePeer(state, peer, effects)
  }
  if (socket.peers.size === 0 && socket.heard < oldest) {
    close(state, socket.id, effects)
    effects.push({ type: 'close', socket: socket.id, code: 1001, reason: 'silent for too long' })
  } else if (socket.peers.size < before) {
    effects.push({ type: 'attach', socket: socket.id, attachment: attachmentOf(socket) })
  }
}
