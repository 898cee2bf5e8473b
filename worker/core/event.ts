import type { Address } from '../../protocol/address.ts'
import type { InfoHash } from '../../protocol/ids.ts'
import type { HttpAnnounce } from '../../protocol/http/request.ts'
import type { HttpAnnounceReply } from '../../protocol/http/reply.ts'
import type { SwarmCounts } from '../../protocol/announce.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { Attachment } from './attachment.ts'
import type { SocketId } from './socket.ts'
import type { HttpPeer } from './swarm.ts'

/** What can happen to a hub. */
export type HubEvent =
  | { readonly type: 'wake'; readonly memory: HubMemory }
  | { readonly type: 'open'; readonly socket: SocketId; readonly address: Address; readonly boundTo: InfoHash | null }
  /** `text` is `null` for a binary frame. */
  | { readonly type: 'message'; readonly socket: SocketId; readonly text: string | null }
  | { readonly type: 'close'; readonly socket: SocketId }
  | { readonly type: 'httpAnnounce'; readonly address: Address; readonly announce: HttpAnnounce }
  | { readonly type: 'httpScrape'; readonly address: Address; readonly infoHashes: readonly InfoHash[] | 'all' }
  /** The alarm rang. `pings` says when each socket was last heard to ping, in milliseconds. */
  | { readonly type: 'sweep'; readonly pings: ReadonlyMap<SocketId, number> }

/** What outlives the hub's memory, read back when it wakes. */
export interface HubMemory {
  readonly sockets: Iterable<readonly [SocketId, Attachment]>
  readonly httpPeers: Iterable<StoredPeer>
  readonly downloads: Iterable<readonly [InfoHash, number]>
  /** When the alarm is set for, in milliseconds. */
  readonly sweepAt: number | null
}

export interface StoredPeer extends Omit<HttpPeer, 'slot' | 'stored'> {
  readonly infoHash: InfoHash
}

/** What a hub wants done, in this order. */
export type Effect =
  /** Let the socket that asked to be opened in. */
  | { readonly type: 'accept'; readonly socket: SocketId }
  | { readonly type: 'send'; readonly to: SocketId; readonly text: string }
  | { readonly type: 'close'; readonly socket: SocketId; readonly code: number; readonly reason: string }
  /** Keep this for the socket while the hub sleeps. */
  | { readonly type: 'attach'; readonly socket: SocketId; readonly attachment: Attachment }
  | { readonly type: 'storePeer'; readonly peer: StoredPeer }
  | { readonly type: 'deletePeer'; readonly infoHash: InfoHash; readonly address: Address; readonly port: number }
  /** Keep the swarm's completed downloads; 0 deletes them. */
  | { readonly type: 'storeDownloads'; readonly infoHash: InfoHash; readonly downloads: number }
  /** Set the alarm, in milliseconds. */
  | { readonly type: 'sweepAt'; readonly at: number }
  /** The answer to whoever caused the event: of an `open`, an HTTP announce or scrape. */
  | { readonly type: 'reply'; readonly reply: Reply }

export type Reply =
  | { readonly type: 'announced'; readonly reply: HttpAnnounceReply }
  | { readonly type: 'scraped'; readonly files: ReadonlyMap<InfoHash, SwarmCounts>; readonly minInterval: number }
  | { readonly type: 'refused'; readonly refusal: Refusal }
