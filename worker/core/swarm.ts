import type { Address } from '../../protocol/address.ts'
import type { Role, SwarmCounts } from '../../protocol/announce.ts'
import type { InfoHash, OfferId, PeerId } from '../../protocol/ids.ts'
import { encodeAnnounceReply, quote } from '../../protocol/websocket/encode.ts'
import type { Json } from '../../protocol/websocket/message.ts'
import { type Member, Pool, type Tally } from './pool.ts'
import type { Socket } from './socket.ts'

/** An offer that was relayed, for as long as it matters. */
export interface RelayedOffer {
  readonly id: OfferId
  readonly to: Peer
  /** When it was relayed, in milliseconds. */
  readonly at: number
  answered: boolean
}

/** A peer that announced itself to a swarm over a WebSocket. */
export interface Peer extends Member {
  readonly id: PeerId
  readonly idJson: Json
  readonly swarm: Swarm
  readonly socket: Socket
  /** Whether its `completed` was counted. */
  completed: boolean
  /** When it last announced, in milliseconds. */
  heard: number
  /** The last `heard` that outlives the hub's memory. */
  stored: number
  /** The first offer of its last announce that had any. */
  lastOffer: OfferId | null
  /** Its offers that the hub relayed, the oldest first. */
  readonly offered: RelayedOffer[]
}

/** A peer that announced itself to a swarm over HTTP: where it listens is who it is. */
export interface HttpPeer extends Member {
  peerId: PeerId
  readonly address: Address
  readonly port: number
  completed: boolean
  /** When it last announced, in milliseconds. */
  heard: number
  /** The last `heard` that outlives the hub's memory. */
  stored: number
}

/** What a swarm knows an HTTP peer by. */
export const endpointKey = (address: Address, port: number): string => address + String.fromCharCode(port)

export class Swarm {
  readonly infoHash: InfoHash
  readonly infoHashJson: Json
  readonly websocket: Pool<PeerId, Peer>
  readonly http: Pool<string, HttpPeer>
  /** Downloads completed since the swarm was last empty. */
  downloaded = 0
  #lastReply = { complete: -1, incomplete: -1, text: '' }

  constructor(infoHash: InfoHash, totals: { readonly websocket: Tally; readonly http: Tally }) {
    this.infoHash = infoHash
    this.infoHashJson = quote(infoHash)
    this.websocket = new Pool(totals.websocket)
    this.http = new Pool(totals.http)
  }

  /** The reply to an announce: the same text for as long as the counts are. */
  announceReply(interval: number): string {
    const { complete, incomplete } = this
    const last = this.#lastReply
    if (last.complete === complete && last.incomplete === incomplete) return last.text
    const text = encodeAnnounceReply(this.infoHashJson, interval, complete, incomplete)
    this.#lastReply = { complete, incomplete, text }
    return text
  }

  get complete(): number {
    return this.websocket.tally.seeds + this.http.tally.seeds
  }

  get incomplete(): number {
    return this.websocket.size + this.http.size - this.complete
  }

  get counts(): SwarmCounts {
    const partialSeeds = this.websocket.tally.partialSeeds + this.http.tally.partialSeeds
    return {
      complete: this.complete,
      incomplete: this.incomplete,
      downloaders: this.incomplete - partialSeeds,
      downloaded: this.downloaded,
    }
  }
}

export function newPeer(id: PeerId, swarm: Swarm, socket: Socket, role: Role, now: number): Peer {
  return {
    id,
    idJson: quote(id),
    swarm,
    socket,
    role,
    slot: 0,
    completed: false,
    heard: now,
    stored: now,
    lastOffer: null,
    offered: [],
  }
}
