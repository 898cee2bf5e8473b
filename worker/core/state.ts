import type { Role } from '../../protocol/announce.ts'
import type { InfoHash, PeerId } from '../../protocol/ids.ts'
import type { Effect, StoredPeer } from './event.ts'
import { Counters } from './figures.ts'
import type { Settings } from './limits.ts'
import { Networks } from './networks.ts'
import { emptyTally, type Tally } from './pool.ts'
import type { Socket, SocketId } from './socket.ts'
import { endpointKey, type HttpPeer, newPeer, type Peer, Swarm } from './swarm.ts'

/** All that a hub knows. Only `handle` and what it calls write to it. */
export interface HubState {
  readonly settings: Settings
  readonly swarms: Map<InfoHash, Swarm>
  readonly sockets: Map<SocketId, Socket>
  readonly networks: Networks
  /** Downloads of swarms whose peers did not outlive a restart, until they come back or the first sweep. */
  readonly downloads: Map<InfoHash, number>
  readonly totals: { readonly websocket: Tally; readonly http: Tally }
  readonly counters: Counters
  /** When the hub was loaded into memory, in milliseconds. */
  readonly since: number
  /** When the alarm is set for; `null` if it is not. */
  sweepAt: number | null
}

export const newHubState = (settings: Settings, now: number): HubState => ({
  settings,
  swarms: new Map(),
  sockets: new Map(),
  networks: new Networks(),
  downloads: new Map(),
  totals: { websocket: emptyTally(), http: emptyTally() },
  counters: new Counters(),
  since: now,
  sweepAt: null,
})

export function swarmOf(state: HubState, infoHash: InfoHash): Swarm {
  let swarm = state.swarms.get(infoHash)
  if (!swarm) {
    swarm = new Swarm(infoHash, state.totals)
    swarm.downloaded = state.downloads.get(infoHash) ?? 0
    state.downloads.delete(infoHash)
    state.swarms.set(infoHash, swarm)
  }
  return swarm
}

/** The peer of this socket in the swarm. */
export function peerOf(state: HubState, socket: Socket, infoHash: InfoHash, id: PeerId): Peer | undefined {
  const peer = state.swarms.get(infoHash)?.websocket.get(id)
  return peer?.socket === socket ? peer : undefined
}

export function addPeer(
  state: HubState,
  socket: Socket,
  infoHash: InfoHash,
  id: PeerId,
  role: Role,
  now: number,
): Peer {
  const swarm = swarmOf(state, infoHash)
  const peer = newPeer(id, swarm, socket, role, now)
  swarm.websocket.add(id, peer)
  socket.peers.add(peer)
  socket.network.peers++
  return peer
}

/** Takes the peer out of its swarm and off its socket; the swarm stays, be it empty. */
export function detachPeer(peer: Peer): void {
  peer.swarm.websocket.remove(peer.id)
  peer.socket.peers.delete(peer)
  peer.socket.network.peers--
  // Others remember that they offered to this peer; through it they would hold on to all that it offered to.
  peer.offered.length = 0
}

export function removePeer(state: HubState, peer: Peer, effects: Effect[]): void {
  detachPeer(peer)
  dropIfEmpty(state, peer.swarm, effects)
}

export function addHttpPeer(state: HubState, stored: StoredPeer): HttpPeer {
  const { infoHash, ...rest } = stored
  const peer: HttpPeer = { ...rest, slot: 0, stored: rest.heard }
  swarmOf(state, infoHash).http.add(endpointKey(peer.address, peer.port), peer)
  state.networks.of(peer.address).httpPeers++
  return peer
}

export function removeHttpPeer(state: HubState, swarm: Swarm, peer: HttpPeer, effects: Effect[]): void {
  const { address, port } = peer
  swarm.http.remove(endpointKey(address, port))
  state.networks.of(address).httpPeers--
  effects.push({ type: 'deletePeer', infoHash: swarm.infoHash, address, port })
  dropIfEmpty(state, swarm, effects)
}

function dropIfEmpty(state: HubState, swarm: Swarm, effects: Effect[]): void {
  if (swarm.websocket.size > 0 || swarm.http.size > 0) return
  state.swarms.delete(swarm.infoHash)
  if (swarm.downloaded > 0) effects.push({ type: 'storeDownloads', infoHash: swarm.infoHash, downloads: 0 })
}

/** Counts a download once for each peer: what a peer repeats adds nothing. */
export function countDownload(swarm: Swarm, peer: { completed: boolean }, effects: Effect[]): void {
  if (peer.completed) return
  peer.completed = true
  swarm.downloaded++
  effects.push({ type: 'storeDownloads', infoHash: swarm.infoHash, downloads: swarm.downloaded })
}

/** How long a peer may be silent: two announces missed, and half an interval of grace. Milliseconds. */
export const patience = (intervalSeconds: number): number => intervalSeconds * 2500

/** How old the stored time of a peer's last announce may get before it is stored anew. Milliseconds. */
export const precision = (intervalSeconds: number): number => intervalSeconds * 500

/** Sets the alarm, unless it rings early enough as it is. */
export function sweepBy(state: HubState, at: number, effects: Effect[]): void {
  if (state.sweepAt !== null && state.sweepAt <= at) return
  state.sweepAt = at
  effects.push({ type: 'sweepAt', at })
}
