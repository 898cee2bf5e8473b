// The client's side of the protocol: what a peer writes to a tracker, be it ours or a stock one, and how it reads
// what comes back. It goes into a page's bundle, so it imports next to nothing.
import type { AnnounceEvent } from '../announce.ts'
import { type InfoHash, isInfoHash, isOfferId, isPeerId, type OfferId, type PeerId } from '../ids.ts'
import { type Fields, isObject, parseObject } from './object.ts'

/** What a tracker sends to a client. */
export type TrackerMessage = Announced | Signal | Failure | Warning

/** The reply to an announce. */
export interface Announced {
  readonly kind: 'announced'
  readonly infoHash: InfoHash
  /** Seconds until the next announce. */
  readonly interval: number
  readonly complete: number
  readonly incomplete: number
  /** Whom the peer may dial; `null` from a tracker that does not know the rendezvous extension. */
  readonly peers: readonly PeerId[] | null
  /** To be sent back with the next announce (BEP 3). */
  readonly trackerId: string | null
}

/** Another peer's offer, or its answer to one of ours; `peerId` is that peer. */
export interface Signal {
  readonly kind: 'offer' | 'answer'
  readonly infoHash: InfoHash
  readonly peerId: PeerId
  readonly offerId: OfferId
  readonly sdp: string
}

export interface Failure {
  readonly kind: 'failure'
  readonly infoHash: InfoHash | null
  /** For a person to read. */
  readonly reason: string
  /** Seconds until another try makes sense; `null` if the tracker named none. */
  readonly retryIn: number | null
  /** With `offerId`: the dial that failed (rule R4). */
  readonly toPeerId: PeerId | null
  readonly offerId: OfferId | null
}

export interface Warning {
  readonly kind: 'warning'
  readonly infoHash: InfoHash | null
  /** For a person to read. */
  readonly reason: string
}

const DEFAULT_INTERVAL = 120
const LONGEST_INTERVAL = 86_400
const LONGEST_REASON = 500
const MOST_PEERS = 200
/** As much as a tracker of ours can be told to relay. */
const LONGEST_SDP = 262_144

/**
 * Reads one text frame of a tracker; `null` if there is nothing in it that a peer needs. Never throws, and trusts
 * nothing: trackers are strangers too.
 */
export function decodeTrackerMessage(text: string): TrackerMessage | null {
  const fields = parseObject(text)
  // Some trackers leave the action out where they fail.
  if (fields === null || (fields['action'] ?? 'announce') !== 'announce') return null
  if (isThere(fields['failure reason'])) return readFailure(fields)
  if (isThere(fields['offer'])) return readSignal(fields, 'offer')
  if (isThere(fields['answer'])) return readSignal(fields, 'answer')
  if (COUNTS.some((name) => isThere(fields[name]))) return readAnnounced(fields)
  const warning = fields['warning message']
  return isThere(warning) ? { kind: 'warning', infoHash: readInfoHash(fields), reason: readReason(warning) } : null
}

/** What makes a message the reply to an announce: one of them will do. */
const COUNTS = ['interval', 'complete', 'incomplete', 'rendezvous']

const isThere = (value: unknown): boolean => value !== undefined && value !== null

function readFailure(fields: Fields): Failure {
  const { to_peer_id: toPeerId, offer_id: offerId } = fields
  return {
    kind: 'failure',
    infoHash: readInfoHash(fields),
    reason: readReason(fields['failure reason']),
    retryIn: readRetryIn(fields['retry in']),
    toPeerId: isPeerId(toPeerId) ? toPeerId : null,
    offerId: isOfferId(offerId) ? offerId : null,
  }
}

function readSignal(fields: Fields, kind: Signal['kind']): Signal | null {
  const { info_hash: infoHash, peer_id: peerId, offer_id: offerId } = fields
  const sdp = readSdp(fields[kind])
  if (!isInfoHash(infoHash) || !isPeerId(peerId) || !isOfferId(offerId) || sdp === null) return null
  return { kind, infoHash, peerId, offerId, sdp }
}

function readAnnounced(fields: Fields): Announced | null {
  const { info_hash: infoHash, interval, complete, incomplete, 'tracker id': trackerId } = fields
  if (!isInfoHash(infoHash)) return null
  return {
    kind: 'announced',
    infoHash,
    interval: isNumber(interval) ? Math.min(Math.max(interval, 1), LONGEST_INTERVAL) : DEFAULT_INTERVAL,
    complete: readCount(complete),
    incomplete: readCount(incomplete),
    peers: fields['rendezvous'] === 1 ? readPeers(fields['peers']) : null,
    trackerId: typeof trackerId === 'string' && trackerId.length <= LONGEST_REASON ? trackerId : null,
  }
}

/** Other trackers may send bare strings, as old clients do. */
function readSdp(value: unknown): string | null {
  const sdp = isObject(value) ? value['sdp'] : value
  return typeof sdp === 'string' && sdp.length <= LONGEST_SDP ? sdp : null
}

function readPeers(value: unknown): PeerId[] {
  const peers: PeerId[] = []
  for (const peer of Array.isArray(value) ? (value as unknown[]) : []) {
    if (isPeerId(peer) && peers.push(peer) === MOST_PEERS) break
  }
  return peers
}

/** BEP 31 counts in minutes; `never` is no number. */
const readRetryIn = (value: unknown): number | null =>
  isNumber(value) && value >= 0 ? Math.min(value * 60, LONGEST_INTERVAL) : null

const readReason = (value: unknown): string =>
  typeof value === 'string' ? value.slice(0, LONGEST_REASON) : 'the tracker gave no reason'

function readInfoHash(fields: Fields): InfoHash | null {
  const infoHash = fields['info_hash']
  return isInfoHash(infoHash) ? infoHash : null
}

const readCount = (value: unknown): number => (isNumber(value) ? Math.max(0, Math.floor(value)) : 0)

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** What an announce says. */
export interface AnnounceFields {
  readonly infoHash: InfoHash
  readonly peerId: PeerId
  readonly event: AnnounceEvent
  /** How many offers may be relayed, or with `rendezvous` how many peers are wanted. */
  readonly numwant: number
  readonly offers: readonly { readonly offerId: OfferId; readonly sdp: string }[]
  /** Ask for peer ids to dial. A tracker that does not know the extension relays the offers all the same. */
  readonly rendezvous: boolean
  /** A secret by which the peer may come back on another socket. */
  readonly key: string | null
  /** Bytes left to download; `null` if unknown. */
  readonly left: number | null
  readonly trackerId?: string | null
}

/** An announce. Its offers have the form that our tracker cuts out of the text unparsed. */
export function encodeAnnounce(fields: AnnounceFields): string {
  const { infoHash, peerId, event, numwant, offers, rendezvous, key, left, trackerId } = fields
  return JSON.stringify({
    action: 'announce',
    info_hash: infoHash,
    peer_id: peerId,
    ...(event !== 'none' && { event }),
    // Not null: bittorrent-tracker would read that as nothing left.
    ...(left !== null && { left }),
    numwant,
    ...(key !== null && { key }),
    ...(rendezvous && { rendezvous: 1 }),
    ...(isThere(trackerId) && { trackerid: trackerId }),
    offers: offers.map(({ offerId, sdp }) => ({ offer: { type: 'offer', sdp }, offer_id: offerId })),
  })
}

/** From whom to whom an offer or an answer goes. */
export interface SignalFields {
  readonly infoHash: InfoHash
  /** The peer that sends it. */
  readonly peerId: PeerId
  readonly toPeerId: PeerId
  readonly offerId: OfferId
  readonly sdp: string
}

/** An offer to one peer (rule R3). */
export const encodeDial = (fields: SignalFields): string => encodeSignal('offer', fields)

/** The answer to a peer's offer. */
export const encodeAnswerTo = (fields: SignalFields): string => encodeSignal('answer', fields)

const encodeSignal = (type: Signal['kind'], { infoHash, peerId, toPeerId, offerId, sdp }: SignalFields): string =>
  JSON.stringify({
    action: 'announce',
    info_hash: infoHash,
    peer_id: peerId,
    to_peer_id: toPeerId,
    [type]: { type, sdp },
    offer_id: offerId,
  })
