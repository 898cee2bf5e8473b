import type { Address } from '../../protocol/address.ts'
import type { Role } from '../../protocol/announce.ts'
import type { InfoHash, PeerId } from '../../protocol/ids.ts'
import type { Socket } from './socket.ts'

/**
 * What the platform keeps of a socket while its hub sleeps, at most 16,384 bytes. A pair is 45 bytes, so the
 * 200 pairs of a socket take 9,000 of them.
 */
export interface Attachment {
  readonly version: 1
  readonly address: Address
  readonly boundTo: InfoHash | null
  readonly key: string | null
  /** When its last message came, as of the last time that this was written; milliseconds. */
  readonly heard: number
  /** The pairs, packed: info hash, peer id, a character of flags, seconds of the last announce in four characters. */
  readonly pairs: string
}

/** One (swarm, peer id) pair of a socket. */
export interface Pair {
  readonly infoHash: InfoHash
  readonly peerId: PeerId
  readonly role: Role
  readonly completed: boolean
  /** Milliseconds, to the second. */
  readonly heard: number
}

const ROLES: readonly Role[] = ['leech', 'seed', 'partialSeed']
const COMPLETED = 4
const PAIR_LENGTH = 45

export function attachmentOf(socket: Socket): Attachment {
  let pairs = ''
  for (const { swarm, id, role, completed, heard } of socket.peers) {
    const seconds = Math.floor(heard / 1000)
    const flags = ROLES.indexOf(role) | (completed ? COMPLETED : 0)
    pairs +=
      swarm.infoHash +
      id +
      String.fromCharCode(flags, seconds >>> 24, (seconds >> 16) & 255, (seconds >> 8) & 255, seconds & 255)
  }
  return { version: 1, address: socket.address, boundTo: socket.boundTo, key: socket.key, heard: socket.heard, pairs }
}

export function pairsOf(attachment: Attachment): Pair[] {
  const pairs: Pair[] = []
  for (let start = 0; start < attachment.pairs.length; start += PAIR_LENGTH) {
    const bytes = (offset: number) => attachment.pairs.charCodeAt(start + offset)
    const flags = bytes(40)
    pairs.push({
      infoHash: attachment.pairs.slice(start, start + 20) as InfoHash,
      peerId: attachment.pairs.slice(start + 20, start + 40) as PeerId,
      role: ROLES[flags & 3] ?? 'leech',
      completed: (flags & COMPLETED) !== 0,
      heard: (bytes(41) * 2 ** 24 + bytes(42) * 2 ** 16 + bytes(43) * 2 ** 8 + bytes(44)) * 1000,
    })
  }
  return pairs
}
