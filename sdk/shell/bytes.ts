export type Bytes = Uint8Array<ArrayBuffer>

/** Bytes as a binary string: a character U+0000–00FF each. */
export const toBinary = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

export const fromBinary = (binary: string): Bytes => Uint8Array.from(binary, (character) => character.charCodeAt(0))

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text)

export const randomBytes = (length: number): Bytes => globalThis.crypto.getRandomValues(new Uint8Array(length))

export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

/** Base64 of bytes of any number. */
export function toBase64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}

/** @throws {DOMException} if it is no base64. */
export const fromBase64 = (text: string): Bytes => fromBinary(atob(text))
