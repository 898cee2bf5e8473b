import { toHex } from '../../protocol/ids.ts'
import type { Member } from '../shell/swarm.ts'
import { Emitter } from './emitter.ts'

/** `MediaStream` where the platform has it. */
export type BrowserMediaStream = typeof globalThis extends { MediaStream: { prototype: infer Stream } } ? Stream : never

// A type and not an interface: only a type has an index signature.
type PeerEvents = {
  /** The peer passes a media stream; in browsers only. */
  stream: BrowserMediaStream
  /** The peer has published other metadata. */
  metadata: unknown
}

/** Another peer of the swarm, linked to this one. */
export class Peer<Metadata = unknown> extends Emitter<PeerEvents> {
  /** 40 hex digits. */
  readonly id: string
  readonly #member: Member

  /** @internal */
  constructor(member: Member) {
    super()
    this.id = toHex(member.id)
    this.#member = member
  }

  /** What the peer publishes about itself. It may be anything: it comes from a stranger. */
  get metadata(): Metadata {
    return this.#member.metadata as Metadata
  }

  /** Milliseconds there and back, as last measured; `null` before that. */
  get roundTrip(): number | null {
    return this.#member.link.roundTrip
  }
}
