import { type PeerId, toHex } from '../../protocol/ids.ts'
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
  /** The peer has sent this one a message. It may be anything: it comes from a stranger. */
  message: unknown
}

/** Sends something to one peer. */
export type Send = (peer: PeerId, data: unknown, signal: AbortSignal | undefined) => Promise<void>

/** Another peer of the swarm. */
export class Peer<Metadata = unknown> extends Emitter<PeerEvents> {
  /** 40 hex digits. */
  readonly id: string
  readonly #remote: RemotePeer
  readonly #send: Send

  /** @internal */
  constructor(remote: RemotePeer, send: Send) {
    super()
    this.id = toHex(remote.id)
    this.#remote = remote
    this.#send = send
  }

  /**
   * Sends `data` to this peer alone, which gets it by `mesh.on('message')`: what `topic.publish` takes, up to 64 KiB.
   * A peer that is not linked is linked first, if that can be done. Messages to a peer may overtake each other.
   *
   * @returns settles once the peer has it
   * @throws {EdgeswarmError} `ERR_UNREACHABLE` if the peer is not here, `ERR_TOO_LARGE`, `ERR_CLOSED` if it left
   *   meanwhile; {ValueError} for what can't be sent; or the reason of `signal`
   */
  async send(data: unknown, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    await this.#send(this.#remote.id, data, signal)
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
