declare const brand: unique symbol

/** The bytes of an IP address as a binary string: 4 characters for IPv4, 16 for IPv6. */
export type Address = string & { readonly [brand]: 'Address' }

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/
const HEXTET = /^[0-9a-f]{1,4}$/i
const MAPPED_PREFIX = '\0\0\0\0\0\0\0\0\0\0\xff\xff'

/**
 * Reads an IP address as written by a person or a header; `null` if it is none. An IPv4 address mapped into
 * IPv6 (RFC 4291 §2.5.5.2) is the IPv4 address.
 */
export function parseAddress(text: string): Address | null {
  const address = text.includes(':') ? parseIpv6(text) : parseIpv4(text)
  if (address?.startsWith(MAPPED_PREFIX)) return address.slice(MAPPED_PREFIX.length) as Address
  return address as Address | null
}

export const isIpv6 = (address: Address): boolean => address.length === 16

/** The address as text: dotted, or RFC 5952's form without its shortening of zeros. */
export function formatAddress(address: Address): string {
  const bytes = Array.from(address, (character) => character.charCodeAt(0))
  if (!isIpv6(address)) return bytes.join('.')
  const hextets: string[] = []
  for (let index = 0; index < bytes.length; index += 2) {
    hextets.push((((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16))
  }
  return hextets.join(':')
}

/** Whom a limit counts: an IPv4 address, or the /64 of an IPv6 one, which is what one subscriber gets. */
export const networkOf = (address: Address): string => (isIpv6(address) ? address.slice(0, 8) : address)

function parseIpv4(text: string): string | null {
  const octets = IPV4.exec(text)?.slice(1).map(Number)
  if (!octets || octets.some((octet) => octet > 255)) return null
  return String.fromCharCode(...octets)
}

function parseIpv6(text: string): string | null {
  const [head = '', tail, ...rest] = text.split('::')
  if (rest.length > 0) return null
  const before = parseHextets(head, tail === undefined)
  const after = parseHextets(tail ?? '', true)
  if (before === null || after === null) return null
  const missing = 16 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 2) return null
  return before + '\0'.repeat(missing) + after
}

function parseHextets(text: string, last: boolean): string | null {
  if (text === '') return ''
  const parts = text.split(':')
  let binary = ''
  for (const [index, part] of parts.entries()) {
    const dotted = last && index === parts.length - 1 ? parseIpv4(part) : null
    if (dotted !== null) {
      binary += dotted
    } else {
      if (!HEXTET.test(part)) return null
      const value = Number.parseInt(part, 16)
      binary += String.fromCharCode(value >> 8, value & 0xff)
    }
  }
  return binary
}
