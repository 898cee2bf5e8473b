/** Bytes that are taken at first where more are to come. */
const FIRST = 65_536

/**
 * The body of a request; `null` as soon as it turns out to be longer than `most` bytes. It is held once, in a buffer that
 * grows as the bytes come: who only says that many will come takes no memory.
 */
export async function readBody({ body, headers }: Request, most: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const told = headers.get('content-length') ?? ''
  // What is no length tells nothing: the bytes are counted anyway.
  const longest = /^\d+$/.test(told) ? Number(told) : most
  if (longest > most) return null
  if (!body) return new Uint8Array()
  let bytes = new Uint8Array(Math.min(longest, FIRST))
  let length = 0
  for await (const part of body as ReadableStream<Uint8Array>) {
    const needed = length + part.length
    if (needed > most) return null
    if (needed > bytes.length) {
      const size = Math.max(needed, Math.min(longest, 2 * bytes.length))
      bytes = new Uint8Array(bytes.buffer.transfer(size))
    }
    bytes.set(part, length)
    length = needed
  }
  return bytes.subarray(0, length)
}
