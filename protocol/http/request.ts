import { type Address, parseAddress } from '../address.ts'
import { type AnnounceEvent, type Left, readEvent } from '../announce.ts'
import { type InfoHash, isInfoHash, isPeerId, type PeerId } from '../ids.ts'
import { type Refusal, refusal } from '../refusal.ts'
import { parseQuery, type Query } from './query.ts'

/** An announce of BitTorrent over TCP (BEP 3, 7, 21, 23). */
export interface HttpAnnounce {
  readonly infoHash: InfoHash
  readonly peerId: PeerId
  /** The TCP port that the peer listens on; 0 if it does not listen. */
  readonly port: number
  readonly event: AnnounceEvent
  readonly left: Left
  /** `null` if the client leaves it to the tracker. */
  readonly numwant: number | null
  readonly compact: boolean
  readonly noPeerId: boolean
  /** The address that the client says it has; only an operator's word makes it count. */
  readonly ip: Address | null
}

// Up to 2^64 in decimal: transmission says 2^63 - 1 while it does not know the size.
const WHOLE = /^-?\d{1,20}$/

/** Reads `/announce?…`. `raw` is the query without its question mark. Rules H1–H6 of PROTOCOL.md. */
export function parseHttpAnnounce(raw: string): HttpAnnounce | Refusal {
  const query = parseQuery(raw)
  if (query === null) return refusal('malformed', 'the query has a percent-encoding that is cut off or wrong')
  const infoHash = first(query, 'info_hash')
  if (!isInfoHash(infoHash)) return refusal('malformed', 'info_hash must be 20 bytes, percent-encoded')
  const peerId = first(query, 'peer_id')
  if (!isPeerId(peerId)) return refusal('malformed', 'peer_id must be 20 bytes, percent-encoded')
  const port = whole(query, 'port')
  if (typeof port !== 'number' || port < 0 || port > 65_535) {
    return refusal('malformed', 'port must be a whole number from 0 to 65535')
  }
  const event = readEvent(first(query, 'event'))
  if (event === null) return refusal('malformed', 'event must be started, stopped, completed, paused or empty')
  const left = whole(query, 'left')
  if (left === 'wrong') return refusal('malformed', 'left must be a whole number of bytes')
  const numwant = whole(query, 'numwant')
  if (numwant === 'wrong') return refusal('malformed', 'numwant must be a whole number')
  return {
    infoHash,
    peerId,
    port,
    event,
    left: left !== null && left < 0 ? null : left,
    numwant: numwant !== null && numwant < 0 ? null : numwant,
    compact: first(query, 'compact') === '1',
    noPeerId: first(query, 'no_peer_id') === '1',
    ip: parseAddress(first(query, 'ip') ?? first(query, 'ipv4') ?? first(query, 'ipv6') ?? ''),
  }
}

/** Reads `/scrape?…` (BEP 48). Without an `info_hash` it asks for all swarms. */
export function parseHttpScrape(raw: string): readonly InfoHash[] | 'all' | Refusal {
  const query = parseQuery(raw)
  if (query === null) return refusal('malformed', 'the query has a percent-encoding that is cut off or wrong')
  const infoHashes = query.get('info_hash')
  if (infoHashes === undefined) return 'all'
  return infoHashes.every(isInfoHash)
    ? infoHashes
    : refusal('malformed', 'each info_hash must be 20 bytes, percent-encoded')
}

const first = (query: Query, name: string): string | undefined => query.get(name)?.[0]

function whole(query: Query, name: string): number | null | 'wrong' {
  const text = first(query, name)
  if (text === undefined || text === '') return null
  return WHOLE.test(text) ? Number(text) : 'wrong'
}
