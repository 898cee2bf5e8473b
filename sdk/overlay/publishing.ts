import type { PeerId } from '../../protocol/ids.ts'
import type { Publication } from '../../protocol/mesh/publication.ts'
import type { Turn } from './turn.ts'

/** Tells everyone something about a peer. */
export function announce({ effects }: Turn, kind: 'suspect' | 'find', peer: PeerId): void {
  effects.push({ type: 'publish', kind, data: Uint8Array.from(peer, (character) => character.charCodeAt(0)) })
}

/** The peer that a publication is about; `null` if it names none. */
export const subjectOf = ({ data }: Publication): PeerId | null =>
  data.length === 20 ? (String.fromCharCode(...data) as PeerId) : null
