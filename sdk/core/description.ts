/** The longest SDP that is read. */
const LONGEST = 16_384

/** All that an SDP is made of; engines differ in what else they take for the end of a line. */
const PLAIN = /^[\x20-\x7e\r\n]*$/
const FINGERPRINT = /(?:^|\n)a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})\r?(?:\n|$)/i

/**
 * The SHA-256 fingerprint of the certificate that an SDP names, 32 bytes; `null` unless the SDP speaks of exactly
 * one, in exactly this form: engines read others too, and one of those could be the one that is checked (rule L11).
 */
export function fingerprintOf(sdp: string): Uint8Array<ArrayBuffer> | null {
  if (sdp.length > LONGEST || !PLAIN.test(sdp) || sdp.match(/fingerprint/gi)?.length !== 1) return null
  const hex = FINGERPRINT.exec(sdp)?.[1]
  return hex === undefined ? null : Uint8Array.from(hex.split(':'), (byte) => Number.parseInt(byte, 16))
}

/** Before the key of a relayed connection, as base64 (rule O10). */
export const RELAY_KEY = 'a=edgeswarm-key:'

/** The key in the description of a relayed connection; `null` if it is that of another. */
export function relayKeyOf(description: string): string | null {
  const line = description.split('\r\n').find((line) => line.startsWith(RELAY_KEY))
  return line?.slice(RELAY_KEY.length) ?? null
}
