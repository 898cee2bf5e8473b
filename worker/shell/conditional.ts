/** A response that a client may keep and ask for again with its tag. */
export interface Versioned {
  /** What names this version, without quotes. */
  readonly tag: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * 304 if the client has this version, and otherwise 200; without its body to HEAD (RFC 9110 §13.1.2).
 *
 * @param body is called if it is to be sent
 */
export function conditionalResponse(
  { method, headers: asked }: Request,
  { tag, headers }: Versioned,
  body: () => BodyInit,
): Response {
  const all = { ...headers, etag: `"${tag}"` }
  if (hasVersion(asked.get('if-none-match'), tag)) return new Response(null, { status: 304, headers: all })
  return new Response(method === 'HEAD' ? null : body(), { headers: all })
}

/** Whether who sends this `If-None-Match` has the version of this tag. */
export function hasVersion(ifNoneMatch: string | null, tag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? []
  return tags.includes('*') || tags.includes(`"${tag}"`)
}
