import type { Address } from '../../protocol/address.ts'
import type { InfoHash } from '../../protocol/ids.ts'
import { Bucket } from './gcra.ts'
import type { Network } from './networks.ts'
import type { Peer } from './swarm.ts'

declare const brand: unique symbol
/** What the shell knows a socket by: its WebSocket, for one. The core only passes it back. */
export interface SocketId {
  readonly [brand]: 'SocketId'
}

/** A WebSocket, and the peers that speak through it. */
export interface Socket {
  readonly id: SocketId
  readonly address: Address
  readonly network: Network
  /** The swarm in its URL, the only one that it may speak of; `null` for a bare `/announce`. */
  readonly boundTo: InfoHash | null
  readonly peers: Set<Peer>
  readonly bucket: Bucket
  /** The secret by which its peers may move to another socket. */
  key: string | null
  /** When its last message came, in milliseconds. */
  heard: number
  /** Characters relayed to it since its last message. */
  unread: number
  /** Messages in a row that were over a rate. */
  strikes: number
  /** How many answers without a known offer may still pass, after a wake that forgot the offers. */
  unmatchedLeft: number
}

export function newSocket(
  id: SocketId,
  address: Address,
  network: Network,
  boundTo: InfoHash | null,
  now: number,
): Socket {
  return {
    id,
    address,
    network,
    boundTo,
    peers: new Set(),
    bucket: new Bucket(),
    key: null,
    heard: now,
    unread: 0,
    strikes: 0,
    unmatchedLeft: 0,
  }
}
