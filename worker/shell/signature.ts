import { fromBase64Url } from '../../protocol/content/text.ts'

/**
 * Whether the signature over the bytes is the key's.
 *
 * @param key an Ed25519 key in base64url, as `isKey` lets it pass
 * @param signature in base64url, as `isSignature` lets it pass
 */
export async function isSignedBy(key: string, signature: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey('raw', fromBase64Url(key), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', imported, fromBase64Url(signature), bytes)
  } catch {
    // 32 bytes that are no point on the curve.
    return false
  }
}

/** In hex. */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
