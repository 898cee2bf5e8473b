import { type Address, networkOf } from '../../protocol/address.ts'
import type { InfoHash, PeerId } from '../../protocol/ids.ts'
import { Bucket } from './gcra.ts'
import type { Peer } from './swarm.ts'

declare const brand: unique symbol
/** Names a socket of one hub for as long as the hub is in memory. */
export type SocketId = number & { readonly [brand]: 'SocketId' }

/** A WebSocket, and the peers that speak through it. */
export interface Socket {
  readonly id: SocketId
  readonly address: Address
  readonly network: string
  /** The swarm in its URL, the only one that it may speak of; `null` for a bare `/announce`. */
  readonly boundTo: InfoHash | null
  readonly peers: Map<PairKey, Peer>
  readonly bucket: Bucket
  /** The secret by which its peers may move to another socket. */
  key: string | null
  /** When its last message came, in milliseconds. */
  heard: number
  /** Messages in a row that were over its rate. */
  strikes: number
  /** How many answers without a known offer may still pass, after a wake that forgot the offers. */
  unmatchedLeft: number
}

export type PairKey = string & { readonly [brand]: 'PairKey' }

export const pairKey = (infoHash: InfoHash, peerId: PeerId): PairKey => (infoHash + peerId) as PairKey

export function newSocket(id: SocketId, address: Address, boundTo: InfoHash | null, now: number): Socket {
  return {
    id,
    address,
    network: networkOf(address),
    boundTo,
    peers: new Map(),
    bucket: new Bucket(),
    key: null,
    heard: now,
    strikes: 0,
    unmatchedLeft: 0,
  }
}
