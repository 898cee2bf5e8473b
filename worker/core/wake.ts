import { pairsOf } from './attachment.ts'
import type { HubMemory } from './event.ts'
import { newSocket } from './socket.ts'
import { addHttpPeer, addPeer, type HubState } from './state.ts'

/** Answers under way to a socket while its hub woke: stock clients make five offers or ten. */
const UNMATCHED_ANSWERS = 10

/** Rebuilds what the hub knew before it slept. */
export function wake(state: HubState, memory: HubMemory): void {
  state.sweepAt = memory.sweepAt
  for (const [id, attachment] of memory.sockets) {
    const network = state.networks.of(attachment.address)
    const socket = newSocket(id, attachment.address, network, attachment.boundTo, attachment.heard)
    socket.key = attachment.key
    socket.unmatchedLeft = UNMATCHED_ANSWERS
    state.sockets.set(id, socket)
    network.sockets++
    for (const { infoHash, peerId, role, completed, heard } of pairsOf(attachment)) {
      const peer = addPeer(state, socket, infoHash, peerId, role, heard)
      peer.completed = completed
      socket.heard = Math.max(socket.heard, heard)
    }
  }
  for (const peer of memory.httpPeers) addHttpPeer(state, peer)
  for (const [infoHash, downloads] of memory.downloads) {
    const swarm = state.swarms.get(infoHash)
    if (swarm) swarm.downloaded = downloads
    // Its WebSocket peers are gone with a restart and about to come back.
    else state.downloads.set(infoHash, downloads)
  }
}
