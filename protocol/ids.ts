declare const brand: unique symbol
type Branded<Name> = string & { readonly [brand]: Name }

/** A torrent's or swarm's identity: 20 bytes as 20 characters U+0000–00FF, one a byte (the form of the wire). */
export type InfoHash = Branded<'InfoHash'>
/** A peer's identity in a swarm, in the same form as {@link InfoHash}. */
export type PeerId = Branded<'PeerId'>
/** What an offer and the answer to it have in common, in the same form as {@link InfoHash}. */
export type OfferId = Branded<'OfferId'>

const ID_LENGTH = 20
const FORTY_HEX = /^[0-9a-f]{40}$/i

function isId(value: unknown): value is string {
  if (typeof value !== 'string' || value.length !== ID_LENGTH) return false
  for (let index = 0; index < ID_LENGTH; index++) {
    if (value.charCodeAt(index) > 0xff) return false
  }
  return true
}

export const isInfoHash = (value: unknown): value is InfoHash => isId(value)
export const isPeerId = (value: unknown): value is PeerId => isId(value)
export const isOfferId = (value: unknown): value is OfferId => isId(value)

/** The bytes of a binary string as lower-case hex. */
export function toHex(binary: string): string {
  let hex = ''
  for (let index = 0; index < binary.length; index++) hex += binary.charCodeAt(index).toString(16).padStart(2, '0')
  return hex
}

function fromHex(hex: string): string {
  let binary = ''
  for (let index = 0; index < hex.length; index += 2) {
    binary += String.fromCharCode(Number.parseInt(hex.slice(index, index + 2), 16))
  }
  return binary
}

/** The info hash written as 40 hex digits, in either case; `null` for anything else. */
export const infoHashFromHex = (hex: string): InfoHash | null =>
  FORTY_HEX.test(hex) ? (fromHex(hex) as InfoHash) : null

/** The peer id written as 40 hex digits, in either case; `null` for anything else. */
export const peerIdFromHex = (hex: string): PeerId | null => (FORTY_HEX.test(hex) ? (fromHex(hex) as PeerId) : null)
