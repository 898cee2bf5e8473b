/** A value that BEP 3 can encode. Strings are binary: a character a byte. */
export type Bencodable = number | string | readonly Bencodable[] | { readonly [key: string]: Bencodable | undefined }

/** The BEP 3 encoding as a binary string. Dictionary keys come sorted by bytes; undefined members are left out. */
export function bencode(value: Bencodable): string {
  if (typeof value === 'number') return `i${value}e`
  if (typeof value === 'string') return `${value.length}:${value}`
  if (isList(value)) return `l${value.map(bencode).join('')}e`
  let members = ''
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members += bencode(key) + bencode(member)
  }
  return `d${members}e`
}

// Array.isArray does not narrow a readonly array.
const isList = (value: object): value is readonly Bencodable[] => Array.isArray(value)

/** The bytes of a binary string. */
export function toBytes(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}
