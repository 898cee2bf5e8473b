import type { Role } from '../../protocol/announce.ts'
import type { InfoHash } from '../../protocol/ids.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import type { Announce } from '../../protocol/websocket/message.ts'
import { attachmentOf } from './attachment.ts'
import type { Effect } from './event.ts'
import type { Socket } from './socket.ts'
import { addPeer, detachPeer, type HubState } from './state.ts'
import type { Peer } from './swarm.ts'

/** A stock client waits at least this long before it reconnects, so a socket that spoke since then is in use. */
const TAKEOVER_SILENCE = 10_000

const taken = refusal(
  'taken',
  'this peer id belongs to another connection; choose another, or try again once that one is closed',
  60,
)

/** Why a socket may not have one more peer; `holder` is the peer of that id on another socket (rules P2, G2, G5, G8, G9). */
export function refuseEntry(
  state: HubState,
  socket: Socket,
  holder: Peer | undefined,
  { infoHash, key }: Announce,
  now: number,
): Refusal | null {
  const { MAX_SWARMS_PER_SOCKET, MAX_IDS_PER_SWARM, MAX_PEERS_PER_ADDRESS, MAX_PEERS } = state.settings
  if (holder && !mayTakeOver(holder.socket, socket, key, now)) return taken
  if (socket.peers.size >= MAX_SWARMS_PER_SOCKET) {
    return refusal('limited', `a socket may announce ${MAX_SWARMS_PER_SOCKET} swarms; open another one`)
  }
  if (peersIn(socket, infoHash) >= MAX_IDS_PER_SWARM) {
    return refusal('limited', `a socket may have ${MAX_IDS_PER_SWARM} peer ids in a swarm`, 60)
  }
  if (socket.network.peers >= MAX_PEERS_PER_ADDRESS) {
    return refusal('limited', `your address has announced ${MAX_PEERS_PER_ADDRESS} peers, which is all it may`, 300)
  }
  if (!holder && state.totals.websocket.members >= MAX_PEERS) {
    return refusal('full', 'this tracker has all the peers it can hold', 300)
  }
  return null
}

function peersIn({ peers }: Socket, infoHash: InfoHash): number {
  let count = 0
  for (const { swarm } of peers) if (swarm.infoHash === infoHash) count++
  return count
}

/** Rule P2: who has the key, or for want of one the same address once the old socket is silent. */
function mayTakeOver(owner: Socket, socket: Socket, key: string | null, now: number): boolean {
  if (owner.key !== null) return owner.key === key
  return owner.address === socket.address && now - owner.heard >= TAKEOVER_SILENCE
}

/** Moves a peer from the socket that has it to another one. */
export function move(state: HubState, peer: Peer, socket: Socket, role: Role, now: number, effects: Effect[]): Peer {
  const { id, swarm, completed } = peer
  // Not by removePeer: it would drop a swarm of one, and its downloads.
  detachPeer(peer)
  effects.push({ type: 'attach', socket: peer.socket.id, attachment: attachmentOf(peer.socket) })
  const moved = addPeer(state, socket, swarm.infoHash, id, role, now)
  moved.completed = completed
  return moved
}
