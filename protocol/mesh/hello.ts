import { decodeOrNull, isBytes, isCount, isFields } from './fields.ts'
import type { PeerId } from '../ids.ts'
import { encodeValue } from './value.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** The version of the protocol between peers. */
export const VERSION = 1

export const SESSION_LENGTH = 16

/** What a peer says first on a connection (rules L10–L14 of PROTOCOL.md). */
export interface Hello {
  /** Names what this side remembers of the link: the same for as long as it remembers. */
  readonly session: Bytes
  /** Which connection of the link this is, as the offerer counts; the greater one replaces the other (rule L15). */
  readonly generation: number
}

/** A hello with the key and the signature that prove whose it is. */
export interface SignedHello {
  /** The raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Bytes
  /** The encoded {@link Hello}, as it was signed. */
  readonly body: Bytes
  readonly signature: Bytes
}

/** Who is at the ends of a connection, as one of them sees it. */
export interface Ends {
  readonly signer: PeerId
  readonly other: PeerId
  /** Whether the signer made the offer. */
  readonly offered: boolean
  /** SHA-256 fingerprints of the certificates of DTLS, 32 bytes each. */
  readonly signerFingerprint: Bytes
  readonly otherFingerprint: Bytes
}

/** The bytes that the signature of a hello covers (rule L12). */
export const signedBytes = (ends: Ends, body: Bytes): Bytes =>
  encodeValue([
    'edgeswarm hello',
    VERSION,
    ends.offered ? 'offered' : 'answered',
    ends.signer,
    ends.other,
    ends.signerFingerprint,
    ends.otherFingerprint,
    body,
  ])

export const encodeHello = ({ session, generation }: Hello): Bytes =>
  encodeValue({ version: VERSION, session, generation })

export const encodeSignedHello = ({ publicKey, body, signature }: SignedHello): Bytes =>
  encodeValue([publicKey, body, signature])

/** The longest hello that is read, in bytes. */
const LONGEST = 1024

/** `null` for anything that is no signed hello. The signature is for the caller to verify. */
export function decodeSignedHello(bytes: Uint8Array): SignedHello | null {
  if (bytes.length > LONGEST) return null
  const parts = decodeOrNull(bytes)
  if (!Array.isArray(parts)) return null
  const [publicKey, body, signature] = parts as unknown[]
  return isBytes(publicKey, 32) && body instanceof Uint8Array && isBytes(signature, 64)
    ? { publicKey, body: body as Bytes, signature }
    : null
}

/** `null` for anything that is no hello of this version. */
export function decodeHello(body: Uint8Array): Hello | null {
  const fields = decodeOrNull(body)
  if (!isFields(fields) || fields['version'] !== VERSION) return null
  const session = fields['session']
  const generation = fields['generation']
  return isBytes(session, SESSION_LENGTH) && isCount(generation) ? { session, generation } : null
}
