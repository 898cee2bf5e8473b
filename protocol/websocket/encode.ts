import type { SwarmCounts } from '../announce.ts'
import type { InfoHash } from '../ids.ts'
import { type Refusal, retryInMinutes } from '../refusal.ts'
import type { Action, Answer, DialName, Json, Offer } from './message.ts'

/** An id as JSON, to be made once and spliced into every message that names it. */
export const quote = (id: string): Json => JSON.stringify(id) as Json

/** The reply to an announce. `interval` is in seconds. */
export function encodeAnnounceReply(infoHash: Json, interval: number, complete: number, incomplete: number): string {
  return `{"action":"announce","info_hash":${infoHash},"interval":${interval},"complete":${complete},"incomplete":${incomplete}}`
}

/** The reply to a rendezvous: that to a plain announce, and the ids of peers. */
export const encodeRendezvousReply = (announceReply: string, peers: readonly Json[]): string =>
  `${announceReply.slice(0, -1)},"rendezvous":1,"peers":[${peers.join()}]}`

/** What the relayed offers of one announce have in common: made once, passed to {@link encodeOffer} for each. */
export const encodeOfferStart = (infoHash: Json, peerId: Json): string =>
  `{"action":"announce","info_hash":${infoHash},"peer_id":${peerId},"offer":`

export const encodeOffer = (start: string, offer: Offer): string =>
  `${start}${offer.description},"offer_id":${offer.idJson}}`

/** An answer as the peer that made the offer gets it: without `to_peer_id`. */
export function encodeAnswer(infoHash: Json, peerId: Json, answer: Answer): string {
  return `{"action":"announce","info_hash":${infoHash},"peer_id":${peerId},"answer":${answer.description},"offer_id":${quote(answer.offerId)}}`
}

export function encodeScrapeReply(files: Iterable<readonly [InfoHash, SwarmCounts]>): string {
  const members: string[] = []
  for (const [infoHash, { complete, incomplete, downloaded }] of files) {
    members.push(`${quote(infoHash)}:{"complete":${complete},"incomplete":${incomplete},"downloaded":${downloaded}}`)
  }
  return `{"action":"scrape","files":{${members.join()}}}`
}

/**
 * A failure that stock clients survive (rule F1): without `action` they drop the socket, and without
 * `info_hash` in an announce they throw. That of a dial says which dial it was (rule R4).
 */
export function encodeFailure(action: Action, infoHash: InfoHash | null, failure: Refusal, dial?: DialName): string {
  return JSON.stringify({
    action,
    info_hash: infoHash ?? '',
    'failure reason': failure.reason,
    ...(failure.retryIn !== undefined && { 'retry in': retryInMinutes(failure.retryIn) }),
    ...(dial && { to_peer_id: dial.toPeerId, offer_id: dial.offerId }),
  })
}
