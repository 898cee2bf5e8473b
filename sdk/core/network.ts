/** Addresses that many peers share without being one: at home, in an office, on this machine (RFC 1918, 4193, 6598). */
const PRIVATE =
  /^(?:0|10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^(?:f[cd]|fe[89ab])/i

/**
 * What an address has in common with those that the same person is likely to have: an IPv4 /24, an IPv6 /48.
 * `null` for none, for a name, and for a private address.
 */
export function networkOf(address: string | null): string | null {
  if (address === null || PRIVATE.test(address)) return null
  if (/^\d+\.\d+\.\d+\.\d+$/.test(address)) return address.slice(0, address.lastIndexOf('.'))
  const groups = address.split('::')[0]?.split(':') ?? []
  // A short one, such as ::1, is no address of the internet.
  return groups.length >= 3 ? groups.slice(0, 3).join(':').toLowerCase() : null
}
