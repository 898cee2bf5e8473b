import type { PeerId } from '../../protocol/ids.ts'
import { isMetadata } from '../../protocol/mesh/control.ts'
import { decodeValue, encodeValue } from '../../protocol/mesh/value.ts'
import { equalBytes } from './bytes.ts'
import type { Member } from './swarm.ts'

/** Another peer of the swarm that this one knows of, linked to it or not. */
export interface RemotePeer {
  readonly id: PeerId
  /** `null` while there is no link. */
  member: Member | null
  /** What it publishes about itself. */
  metadata: unknown
}

interface RemotesEvents {
  joined(peer: RemotePeer): void
  left(peer: RemotePeer): void
  changed(peer: RemotePeer): void
}

/** The peers of a swarm that this one knows of: what the overlay says of them, and their links. */
export class Remotes {
  readonly #events: RemotesEvents
  readonly #remotes = new Map<PeerId, RemotePeer>()
  /** Those that are linked, before the overlay has said that they are here. */
  readonly #linked = new Map<PeerId, RemotePeer>()

  constructor(events: RemotesEvents) {
    this.#events = events
  }

  get(peer: PeerId): RemotePeer | undefined {
    return this.#remotes.get(peer)
  }

  linked(member: Member, metadata: unknown): void {
    const known = this.#remotes.get(member.id)
    this.#linked.set(member.id, known ?? { id: member.id, member, metadata })
    if (!known) return
    known.member = member
    this.change(member.id, metadata)
  }

  unlinked(peer: PeerId): void {
    const remote = this.#linked.get(peer)
    this.#linked.delete(peer)
    if (remote) remote.member = null
  }

  /** @param data what it published of itself, if it did */
  present(peer: PeerId, data: Uint8Array | null): void {
    const metadata = data && readMetadata(data)
    const known = this.#remotes.get(peer)
    if (known) {
      if (data) this.change(peer, metadata)
      return
    }
    const remote = this.#linked.get(peer) ?? { id: peer, member: null, metadata }
    this.#remotes.set(peer, remote)
    this.#events.joined(remote)
  }

  absent(peer: PeerId): void {
    const remote = this.#remotes.get(peer)
    if (!remote) return
    this.#remotes.delete(peer)
    this.#events.left(remote)
  }

  /** It has published this about itself. */
  change(peer: PeerId, metadata: unknown): void {
    const remote = this.#remotes.get(peer)
    if (!remote || equalBytes(encodeValue(remote.metadata), encodeValue(metadata))) return
    remote.metadata = metadata
    this.#events.changed(remote)
  }
}

/** `undefined` for what is too long, or none. */
function readMetadata(data: Uint8Array): unknown {
  try {
    const metadata = decodeValue(data)
    return isMetadata(metadata) ? metadata : undefined
  } catch {
    return undefined
  }
}
