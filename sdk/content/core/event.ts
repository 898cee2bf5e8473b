/** A wire or an origin. The shell numbers them, and never uses a number again. */
export type SourceId = number

/** Pieces `first` to `end`, without `end`. */
export interface PieceRange {
  readonly first: number
  readonly end: number
}

/** Pieces that somebody waits for: `first` at `deadline`, and each of the following `every` later (ms). */
export interface Deadlines extends PieceRange {
  readonly deadline: number
  readonly every: number
}

/** Bytes from `offset` in a piece on. Of wires at most 16 KiB, within the piece. */
export interface Block {
  readonly piece: number
  readonly offset: number
  readonly length: number
}

/** Why an origin gave no more: it did not answer or hung up; what it said is wrong; it said nothing for too long. */
export type OriginFailure = 'failed' | 'lied' | 'slow'

/** What the piece policy of one torrent hears. */
export type PieceEvent =
  /** A wire's handshake is over. `isOurs`: the other side is an SDK peer, which shares by the same policy. */
  | { readonly type: 'opened'; readonly wire: SourceId; readonly isOurs: boolean }
  | { readonly type: 'closed'; readonly wire: SourceId }
  /** What the other side has, in place of all it said before: bits as in BEP 3. */
  | { readonly type: 'bitfield'; readonly wire: SourceId; readonly has: Uint8Array | 'all' | 'none' }
  | { readonly type: 'have'; readonly wire: SourceId; readonly piece: number }
  /** The other side chokes us, or does not any more. Every wire starts choked. */
  | { readonly type: 'choked' | 'unchoked'; readonly wire: SourceId }
  /** The other side is interested, or not any more. */
  | { readonly type: 'interested' | 'uninterested'; readonly wire: SourceId }
  /** The other side asks for a block; it takes that back. */
  | ({ readonly type: 'requested'; readonly wire: SourceId } & Block)
  | ({ readonly type: 'cancelled'; readonly wire: SourceId } & Block)
  /** The other side refuses a block that it was asked for. */
  | ({ readonly type: 'rejected'; readonly wire: SourceId } & Block)
  /**
   * A whole block has come, over a wire or as a part of what was fetched from an origin. The shell puts it into its
   * place only if the effects say `store`.
   */
  | ({ readonly type: 'received'; readonly from: SourceId } & Block)
  /** What `send` named has left: the transport under the wire has room for more. */
  | { readonly type: 'sent'; readonly wire: SourceId; readonly length: number }
  /** An HTTP server that has all of it; it has gone, or the app does not want it used. */
  | { readonly type: 'origin-added' | 'origin-removed'; readonly origin: SourceId }
  /** All blocks of the range have been `received`. */
  | { readonly type: 'fetched'; readonly origin: SourceId; readonly fetch: number }
  /** No more of the range comes; what was `received` of it is good. Not said of one that was aborted. */
  | {
      readonly type: 'fetch-failed'
      readonly origin: SourceId
      readonly fetch: number
      readonly reason: OriginFailure
    }
  /**
   * The piece is right, and on disk: after `verify`, or found there. `wrong`: if the piece was `corrupt` before, the
   * offsets of the blocks that were other in the bytes that it was told to `keep`.
   */
  | { readonly type: 'verified'; readonly piece: number; readonly wrong?: readonly number[] }
  /** The piece has another hash, and was thrown away. */
  | { readonly type: 'corrupt'; readonly piece: number }
  /** What is to be had, in place of what was said before: everything, at first. Of `urgent` at most 16 are kept. */
  | { readonly type: 'wanted'; readonly ranges: readonly PieceRange[]; readonly urgent: readonly Deadlines[] }
  /** So many peers are known of and may open wires any moment. 0, at first: nobody is there but the open wires. */
  | { readonly type: 'expecting'; readonly wires: number }
  /** How fast to download (bytes a second, `Infinity` at first), and whether to upload at all (yes, at first). */
  | { readonly type: 'limits'; readonly download: number; readonly isUploading: boolean }
  /** It is time: every 100 ms. */
  | { readonly type: 'tick' }

/** What the shell should do about it, in this order. */
export type PieceEffect =
  /** Tell the other side of a wire that has just opened what there is here. */
  | { readonly type: 'bitfield'; readonly wire: SourceId; readonly has: Uint8Array }
  /** Tell every wire. */
  | { readonly type: 'have'; readonly piece: number }
  | { readonly type: 'interested'; readonly wire: SourceId }
  | { readonly type: 'uninterested'; readonly wire: SourceId }
  | { readonly type: 'choke'; readonly wire: SourceId }
  | { readonly type: 'unchoke'; readonly wire: SourceId }
  /** Ask the other side for a block; take that back. */
  | ({ readonly type: 'request'; readonly wire: SourceId } & Block)
  | ({ readonly type: 'cancel'; readonly wire: SourceId } & Block)
  /** Read the block and send it; say `sent` when the transport has taken it. */
  | ({ readonly type: 'send'; readonly wire: SourceId } & Block)
  /** Refuse a block, where the other side knows the fast extension (BEP 6). */
  | ({ readonly type: 'reject'; readonly wire: SourceId } & Block)
  /**
   * Get `length` bytes from `offset` in `piece` on: one range of one file. It may go over several pieces, all full but
   * the last one of the file. Blocks are to be `received` as they come, in order.
   */
  | ({ readonly type: 'fetch'; readonly origin: SourceId; readonly fetch: number } & Block)
  | { readonly type: 'abort'; readonly origin: SourceId; readonly fetch: number }
  /** The block that has just been received is new: put it into its place. */
  | ({ readonly type: 'store' } & Block)
  /** All blocks of the piece are there: hash it. */
  | { readonly type: 'verify'; readonly piece: number }
  /** The bytes that have just been found to be corrupt are evidence: have them until the piece is `verified`. */
  | { readonly type: 'keep'; readonly piece: number }
  /** Nobody wants the piece now, and what has come of it takes room: throw that away. */
  | { readonly type: 'drop'; readonly piece: number }
  /** The wire sent what is wrong, proved by a hash: never use it again, nor its address. The core has forgotten it. */
  | { readonly type: 'ban'; readonly source: SourceId }
  /** The origin sent what is wrong, proved by a hash: it is asked for nothing for a while. */
  | { readonly type: 'doubt'; readonly origin: SourceId }
  /** Everything that is wanted is there. */
  | { readonly type: 'done' }
