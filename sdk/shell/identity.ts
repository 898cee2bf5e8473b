import { type PeerId, toHex } from '../../protocol/ids.ts'
import { EdgeswarmError } from '../error.ts'
import { type Bytes, fromBase64, toBinary } from './bytes.ts'

/** An Ed25519 key, and the peer id that follows from it. */
export interface Identity {
  /** The first 20 bytes of the public key's SHA-256, as hex. */
  readonly id: string
  /** 32 bytes. */
  readonly publicKey: Bytes
  /** 32 bytes (RFC 8032's private key): whoever has them is this peer. Keep them to be the same peer again. */
  readonly secretKey: Bytes
  sign(message: Bytes): Promise<Bytes>
}

/** A peer id of ours: what a public key hashes to. */
export async function peerIdOf(publicKey: Bytes): Promise<PeerId> {
  const digest = new Uint8Array(await subtle().digest('SHA-256', publicKey))
  return toBinary(digest.subarray(0, 20)) as PeerId
}

/** @throws {EdgeswarmError} `ERR_UNSUPPORTED` on a page that is not secure: browsers give WebCrypto to no other. */
export function subtle(): SubtleCrypto {
  const found = (globalThis.crypto as Crypto | undefined)?.subtle
  if (found) return found
  throw new EdgeswarmError(
    'ERR_UNSUPPORTED',
    'There is no WebCrypto here: browsers have it on https pages and on localhost only.',
  )
}

/** PKCS #8 of an Ed25519 key (RFC 8410), but for the 32 bytes at its end. */
const PKCS8 = Uint8Array.from('302e020100300506032b657004220420'.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16))

/**
 * Makes an identity, or restores the one that has this secret key.
 *
 * @param secretKey 32 bytes, as an earlier identity had them
 */
export async function createIdentity(
  secretKey: Bytes = globalThis.crypto.getRandomValues(new Uint8Array(32)),
): Promise<Identity> {
  if (!(secretKey instanceof Uint8Array) || secretKey.length !== 32) {
    throw new EdgeswarmError('ERR_ARGUMENT', 'A secret key is a Uint8Array of 32 bytes.')
  }
  const { publicKey, sign } = (await nativeKey(secretKey)) ?? (await nobleKey(secretKey))
  const id = toHex(await peerIdOf(publicKey))
  return { id, publicKey, secretKey, sign }
}

type Key = Pick<Identity, 'publicKey' | 'sign'>

const ED25519 = 'Ed25519'

/** `null` where WebCrypto does not know the curve. */
async function nativeKey(secretKey: Bytes): Promise<Key | null> {
  const pkcs8 = new Uint8Array([...PKCS8, ...secretKey])
  try {
    const key = await subtle().importKey('pkcs8', pkcs8, ED25519, true, ['sign'])
    const { x = '' } = await subtle().exportKey('jwk', key)
    const publicKey = fromBase64(x.replaceAll('-', '+').replaceAll('_', '/'))
    return { publicKey, sign: async (message) => new Uint8Array(await subtle().sign(ED25519, key, message)) }
  } catch (error) {
    if (error instanceof EdgeswarmError) throw error
    return null
  }
}

const noble = () => import('@noble/ed25519')

async function nobleKey(secretKey: Bytes): Promise<Key> {
  const { getPublicKeyAsync, signAsync } = await noble()
  return {
    publicKey: await getPublicKeyAsync(secretKey),
    sign: async (message) => await signAsync(message, secretKey),
  }
}

/** Whether the signature is that key's of this message. */
export async function verify(publicKey: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  let key: CryptoKey
  try {
    key = await subtle().importKey('raw', publicKey, ED25519, false, ['verify'])
  } catch {
    const { verifyAsync } = await noble()
    return verifyAsync(signature, message, publicKey).catch(() => false)
  }
  return subtle().verify(ED25519, key, signature, message)
}
