/** The longest SDP that is read. */
const LONGEST = 16_384

const FINGERPRINT = /^a=fingerprint:(\S+) (\S+)\r?$/gm
const SHA_256 = /^[0-9a-f]{2}(?::[0-9a-f]{2}){31}$/i

/**
 * The SHA-256 fingerprint of the certificate that an SDP names, 32 bytes; `null` unless there is exactly one of
 * exactly this kind, as another could be the one that the engine checks (rule L11).
 */
export function fingerprintOf(sdp: string): Uint8Array<ArrayBuffer> | null {
  if (sdp.length > LONGEST) return null
  const [found, ...others] = sdp.matchAll(FINGERPRINT)
  if (!found || others.length > 0) return null
  const [, kind = '', hex = ''] = found
  if (kind.toLowerCase() !== 'sha-256' || !SHA_256.test(hex)) return null
  return Uint8Array.from(hex.split(':'), (byte) => Number.parseInt(byte, 16))
}
