import { toHex } from '../../protocol/ids.ts'
import type { RemotePeer } from '../shell/remotes.ts'
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

/** Another peer of the swarm. */
export class Peer<Metadata = unknown> extends Emitter<PeerEvents> {
  /** 40 hex digits. */
  readonly id: string
  readonly #remote: RemotePeer

  /** @internal */
  constructor(remote: RemotePeer) {
    super()
    this.id = toHex(remote.id)
    this.#remote = remote
  }

  /** What the peer publishes about itself. It may be anything: it comes from a stranger. */
  get metadata(): Metadata {
    return this.#remote.metadata as Metadata
  }

  /** Whether there is a link to it. In a large swarm most are reached over others. */
  get isLinked(): boolean {
    return this.#remote.member !== null
  }

  /** Milliseconds there and back, as last measured; `null` before that, and without a link. */
  get roundTrip(): number | null {
    return this.#remote.member?.link.roundTrip ?? null
  }
}
