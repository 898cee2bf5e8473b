/** Every platform of ours has these (WHATWG Encoding and URL) and they are pure, but `es2024` does not tell of them. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array<ArrayBuffer> }
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }
declare const URL: { canParse(text: string): boolean }

const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const toUtf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/** The text that the bytes are in UTF-8; `null` if they are none. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes)
  } catch {
    return null
  }
}

/** Whether the text has at most so many bytes in UTF-8, and is one that UTF-8 can tell from others: no lone surrogates. */
export const fitsUtf8 = (text: string, most: number): boolean =>
  text.length <= most && text.isWellFormed() && (text.length * 3 <= most || toUtf8(text).length <= most)

// The last character carries bits beyond the bytes, which must be zero: else one key would have four names.
const KEY = /^[\w-]{42}[AEIMQUYcgkosw048]$/
const SIGNATURE = /^[\w-]{85}[AQgw]$/
const SHA1 = /^[0-9a-f]{40}$/
const SHA256 = /^[0-9a-f]{64}$/

/** An Ed25519 public key: 32 bytes as 43 characters of base64url. */
export const isKey = (value: unknown): value is string => typeof value === 'string' && KEY.test(value)
/** An Ed25519 signature: 64 bytes as 86 characters of base64url. */
export const isSignature = (value: unknown): value is string => typeof value === 'string' && SIGNATURE.test(value)
/** 40 lower-case hex digits. */
export const isSha1 = (value: unknown): value is string => typeof value === 'string' && SHA1.test(value)
/** 64 lower-case hex digits. */
export const isSha256 = (value: unknown): value is string => typeof value === 'string' && SHA256.test(value)

// A terminal would obey control characters, and marks of direction show a name as another one (CVE-2021-42574).
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** Whether it is a text on one line, of at least and at most so many characters (UTF-16), that can be shown as it is. */
export const isPrintable = (value: unknown, least: number, most: number): value is string =>
  typeof value === 'string' && value.length >= least && value.length <= most && !UNPRINTABLE.test(value)

/** A guess; servers and proxies take about 8,000. */
const LONGEST_URL = 2048
// No user, no fragment, and nothing that must be escaped.
const WEB_URL = /^https?:\/\/[^\s/?#@\\<>"'`{}|^]+(?:[/?][^\s#\\<>"'`{}|^]*)?$/

/** Whether it is the absolute address of something on the web, by `http:` or `https:`. */
export const isWebUrl = (value: unknown): value is string =>
  isPrintable(value, 1, LONGEST_URL) && WEB_URL.test(value) && URL.canParse(value)

/** Raw bytes in base64url, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    for (let digit = 0; digit <= Math.min(left, 3); digit++) text += ALPHABET.charAt((three >> (18 - 6 * digit)) & 63)
  }
  return text
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const VALUES: ReadonlyMap<string, number> = new Map(Array.from(ALPHABET, (digit, value) => [digit, value]))

/** The bytes of a text that {@link isKey} or {@link isSignature} let pass. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let count = 0
  let at = 0
  for (const digit of text) {
    bits = ((bits << 6) | (VALUES.get(digit) ?? 0)) & 0xffff
    count += 6
    if (count < 8) continue
    count -= 8
    bytes[at++] = bits >> count
  }
  return bytes
}
