import type { OfferId, PeerId } from '../../protocol/ids.ts'
import type { OverlayMessage, RoutedBody } from '../../protocol/mesh/overlay.ts'
import type { Publication, PublicationKind } from '../../protocol/mesh/publication.ts'

/** What the overlay of a peer hears. */
export type OverlayEvent =
  /** The tracker named these peers; `count` are in the swarm as far as it knows, this one among them. */
  | { readonly type: 'listed'; readonly peers: readonly PeerId[]; readonly count: number }
  /**
   * A link to the peer is open, and both sides have proved that they are in the swarm.
   * `network`: what its address has in common with its neighbours' (IPv4 /24, IPv6 /48); `null` if that is not known.
   */
  | { readonly type: 'linked'; readonly peer: PeerId; readonly network: string | null }
  /** It is not any more. `isLost`: the peer has said nothing of it. */
  | { readonly type: 'unlinked'; readonly peer: PeerId; readonly isLost: boolean }
  /** A dial came to nothing. `isGone`: the tracker does not know the peer. */
  | { readonly type: 'failed'; readonly peer: PeerId; readonly isGone: boolean }
  /** A message of a linked peer. Of a publication the signature is right. */
  | { readonly type: 'received'; readonly from: PeerId; readonly message: OverlayMessage }
  /** This peer publishes something; it is signed. */
  | { readonly type: 'published'; readonly publication: Publication }
  /** The peer has answered a ping, or anything else has come from it since. */
  | { readonly type: 'answered'; readonly peer: PeerId }
  /** Somebody here wants a link to the peer. */
  | { readonly type: 'reach'; readonly peer: PeerId }
  /** Something to bring to the peer, linked or not. `via`: the neighbour to try; `null` for the nearest. */
  | { readonly type: 'route'; readonly to: PeerId; readonly via: PeerId | null; readonly body: RoutedBody }
  /** The link takes more again, after messages to it had to be dropped. */
  | { readonly type: 'drained'; readonly peer: PeerId }
  /** Whether this device should hold fewer links. */
  | { readonly type: 'device'; readonly isWeak: boolean }
  /** What this peer says of itself has changed. */
  | { readonly type: 'changed' }
  /** This peer is about to leave. */
  | { readonly type: 'leaving' }
  /** It is time: every 250 ms (`tick`), and when `wakeAt` says so (`wake`). */
  | { readonly type: 'tick' | 'wake' }

/** A publication for whoever reads here. */
export interface Delivery {
  readonly publication: Publication
  /** The neighbour that brought it. */
  readonly via: PeerId
  /** Whether it was published before this peer came, and whether it was a moment ago. */
  readonly isPast: boolean
  readonly isNews: boolean
}

/** What a peer should do about it. */
export type OverlayEffect =
  | { readonly type: 'dial'; readonly peer: PeerId; readonly via: 'mesh' | 'tracker' }
  /** Ask the tracker who is there. */
  | { readonly type: 'ask' }
  /** Ask the peer, over its link, whether it is there; `answered` is to tell. */
  | { readonly type: 'ping'; readonly peer: PeerId }
  | { readonly type: 'send'; readonly to: PeerId; readonly message: OverlayMessage }
  /** Sign this and say it to the overlay as `published`; `data` is `null` for what this peer says of itself. */
  | { readonly type: 'publish'; readonly kind: PublicationKind; readonly data: Uint8Array<ArrayBuffer> | null }
  | ({ readonly type: 'deliver' } & Delivery)
  /** Something was brought to this peer, by the linked peer `via`. */
  | { readonly type: 'brought'; readonly from: PeerId; readonly via: PeerId; readonly body: RoutedBody }
  /** What belongs to this offer does not arrive. */
  | { readonly type: 'lost'; readonly id: OfferId }
  /** No way to a peer that was to be reached is found. */
  | { readonly type: 'unreachable'; readonly peer: PeerId }
  /** The peer is in the swarm; `data` is its metadata, if it was published. */
  | { readonly type: 'present'; readonly peer: PeerId; readonly data: Uint8Array | null }
  | { readonly type: 'absent'; readonly peer: PeerId }
  /** The overlay does not need the link to the peer. */
  | { readonly type: 'released'; readonly peer: PeerId }
