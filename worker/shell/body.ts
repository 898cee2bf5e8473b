/** The body of a request; `null` as soon as it turns out to be longer than `most` bytes. */
export async function readBody({ body, headers }: Request, most: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (Number(headers.get('content-length') ?? 0) > most) return null
  if (!body) return new Uint8Array()
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body as ReadableStream<Uint8Array>) {
    length += part.length
    if (length > most) return null
    parts.push(part)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
