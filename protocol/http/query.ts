/** Each parameter's values in order, as binary strings: a character a byte. */
export type Query = ReadonlyMap<string, readonly string[]>

const CUT_OFF = /%(?![0-9a-f]{2})/i
const ESCAPED = /%([0-9a-f]{2})/gi

/**
 * Reads a raw query string by bytes; `null` if a percent-encoding is cut off or wrong.
 *
 * `URLSearchParams` decodes UTF-8 and so corrupts an info hash. A plus sign is a plus sign: BitTorrent clients
 * write a space as `%20`, and some leave byte 0x2B as it is.
 */
export function parseQuery(raw: string): Query | null {
  const query = new Map<string, string[]>()
  if (CUT_OFF.test(raw)) return null
  for (const pair of raw.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = unescapeBytes(equals === -1 ? pair : pair.slice(0, equals))
    const value = equals === -1 ? '' : unescapeBytes(pair.slice(equals + 1))
    const values = query.get(name)
    if (values) values.push(value)
    else query.set(name, [value])
  }
  return query
}

const unescapeBytes = (text: string): string =>
  text.replace(ESCAPED, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
