import type { InfoHash, PeerId } from '../ids.ts'
import { isBytes, isCount, isFields, isText } from './fields.ts'
import { encodeValue } from './value.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** What one peer says to all others of a swarm, signed by it so that nobody who passes it on can change it (rule D1). */
export interface Publication extends Statement {
  readonly author: PeerId
  /** The author's raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Bytes
  readonly signature: Bytes
}

/** What is signed of a publication. */
export interface Statement {
  /** When the author entered the swarm, in milliseconds since 1970: what it says later has a greater one. */
  readonly epoch: number
  /** Counts all that the author has published in this epoch, from 0. */
  readonly sequence: number
  readonly kind: PublicationKind
  /** The name of the topic; empty for other kinds. */
  readonly topic: string
  readonly data: Bytes
}

/** Further kinds are passed on, and otherwise ignored. */
export type PublicationKind =
  /** A message of an app. */
  | 'topic'
  /** The author is here, and this is its metadata; without data it has left. */
  | 'presence'
  /** The peer of this id, in 20 bytes, seems to be gone. */
  | 'suspect'
  /** The author looks for the peer of this id, in 20 bytes. */
  | 'find'
  | (string & {})

/** The longest data of a publication, in bytes. */
export const MAX_DATA = 1_048_576
/** The longest name of a topic, in characters. */
export const MAX_TOPIC = 256
const LONGEST_KIND = 16

/** The bytes that the signature of a publication covers (rule D1). */
export const statementBytes = (infoHash: InfoHash, { epoch, sequence, kind, topic, data }: Statement): Bytes =>
  encodeValue(['edgeswarm publication', infoHash, epoch, sequence, kind, topic, data])

/** A publication as it goes over a link: its author follows from the key. */
export const publicationFields = ({ publicKey, epoch, sequence, kind, topic, data, signature }: Publication) => ({
  publicKey,
  epoch,
  sequence,
  kind,
  topic,
  data,
  signature,
})

/** `null` for what is malformed. Whose it is, and whether the signature is right, is still to be found out. */
export function readPublication(value: unknown): Omit<Publication, 'author'> | null {
  if (!isFields(value)) return null
  const { publicKey, epoch, sequence, kind, topic, data, signature } = value as Readonly<
    Record<keyof Publication, unknown>
  >
  if (!isBytes(publicKey, 32) || !isBytes(signature, 64) || !isCount(epoch) || !isCount(sequence)) return null
  if (!isText(kind, LONGEST_KIND) || !isText(topic, MAX_TOPIC)) return null
  if (!(data instanceof Uint8Array) || data.length > MAX_DATA) return null
  return { publicKey, epoch, sequence, kind, topic, data: data as Bytes, signature }
}
