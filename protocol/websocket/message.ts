import type { AnnounceEvent, Left } from '../announce.ts'
import type { InfoHash, OfferId, PeerId } from '../ids.ts'

declare const json: unique symbol
/** A text that is known to be valid JSON, so that it may be spliced into a message as it is. */
export type Json = string & { readonly [json]: true }

/** One WebRTC offer of an announce. Its description is relayed unread, so it stays JSON. */
export interface Offer {
  readonly id: OfferId
  readonly idJson: Json
  /** The session description: `{type, sdp}`, or a bare string from old clients. */
  readonly description: Json
}

export interface Announce {
  readonly kind: 'announce'
  readonly infoHash: InfoHash
  readonly peerId: PeerId
  readonly event: AnnounceEvent
  readonly left: Left
  /** How many of the offers may be relayed: never more than there are. */
  readonly numwant: number
  readonly offers: readonly Offer[]
  /** A secret of the peer's: with it the peer may take its peer id over from another socket. */
  readonly key: string | null
  /** How many peer ids are wanted, `Infinity` for as many as the tracker gives; `null` in a plain announce. */
  readonly rendezvous: number | null
}

/** A session description for one peer. */
interface Signal {
  readonly infoHash: InfoHash
  readonly peerId: PeerId
  readonly toPeerId: PeerId
  readonly offerId: OfferId
  readonly description: Json
}

export interface Answer extends Signal {
  readonly kind: 'answer'
}

/** An offer to one peer, whose id its sender has from a rendezvous. */
export interface Dial extends Signal {
  readonly kind: 'dial'
}

/** What the dialler knows its dial by. */
export type DialName = Pick<Dial, 'toPeerId' | 'offerId'>

export interface Scrape {
  readonly kind: 'scrape'
  readonly infoHashes: readonly InfoHash[] | 'all'
}

/** A frame that is no message of the protocol, with as much of its identity as could be read. */
export interface Malformed {
  readonly kind: 'malformed'
  readonly action: Action
  readonly infoHash: InfoHash | null
  readonly reason: string
  /** If it was to be a dial: which. */
  readonly dial?: DialName
}

/** The two actions that a stock client understands in a reply. */
export type Action = 'announce' | 'scrape'

export type ClientMessage = Announce | Answer | Dial | Scrape
