import type { Block, OriginFailure, SourceId } from '../core/event.ts'
import type { Bytes } from '../../shell/bytes.ts'

/** What the two kinds of sources tell an exchange. */
export interface SourceListener {
  /** A whole block has come. */
  received(source: SourceId, block: Block, bytes: Bytes): void
}

/** A wire to a peer, as an exchange uses it. */
export interface PeerSource {
  bitfield(has: Uint8Array): void
  have(piece: number): void
  interested(isInterested: boolean): void
  choke(isChoked: boolean): void
  request(block: Block): void
  cancel(block: Block): void
  /** Settles once the transport has taken it. */
  send(block: Block, bytes: Bytes): Promise<void>
  reject(block: Block): void
  close(): void
}

/** An HTTP server, as an exchange uses it. */
export interface OriginSource {
  fetch(id: number, block: Block): void
  abort(id: number): void
  close(): void
}

export interface OriginListener extends SourceListener {
  fetched(origin: SourceId, fetch: number): void
  fetchFailed(origin: SourceId, fetch: number, reason: OriginFailure): void
}

/** What an exchange tells whoever runs it. */
export interface ExchangeEvents {
  /** A piece is right, and kept. */
  piece(piece: number): void
  /** All that is wanted is there. */
  done(): void
  /** A piece can not be kept: the exchange goes no further. */
  failed(error: unknown): void
  /** Bytes of content that a source brought and that were new, or that a peer got. */
  received(source: SourceId, bytes: number): void
  sent(source: SourceId, bytes: number): void
  /** A peer sent what is wrong, proved by a hash: it is not asked any more. */
  banned(wire: SourceId): void
  /** An origin did: it is asked again after a while. */
  doubted(origin: SourceId): void
  /** A wire is closed; told after `banned`. */
  closed(wire: SourceId): void
}
