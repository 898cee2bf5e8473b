import { contentKey, parseContentPath } from '../../protocol/content/origin.ts'
import { denial } from '../core/catalog/denial.ts'
import { mediaType } from '../../protocol/content/media-type.ts'
import {
  type AskedRange,
  contentRange,
  entityTags,
  parseRange,
  partOf,
  strongTag,
} from '../../protocol/content/range.ts'
import { denialResponse } from '../shell/denial.ts'
import type { Environment } from '../shell/environment.ts'

/** `GET /content/<info hash>/<name>/<path>`, and HEAD: a file of a release, from the operator's bucket (rule U14). */
export async function getContent(request: Request, { CONTENT: bucket }: Environment): Promise<Response> {
  const file = parseContentPath(new URL(request.url).pathname)
  if (!file) return denialResponse(noContentPath)
  if (!bucket) return denialResponse(noBucket)
  const key = contentKey(file)
  const answer = request.method === 'HEAD' ? await head(bucket, key) : await get(bucket, key, request.headers)
  return answer ?? denialResponse(denial(404, 'this origin has no such file'))
}

export const noContentPath = denial(400, 'the address must be /content/<info hash of 40 hex digits>/<name>/<path>')

export const noBucket = denial(
  501,
  'this tracker has no bucket for files: its operator binds one as CONTENT, see docs/OPERATING.md',
)

async function head(bucket: R2Bucket, key: string): Promise<Response | null> {
  const object = await bucket.head(key)
  if (!object) return null
  const headers = headersOf(object)
  headers.set('content-length', `${object.size}`)
  return new Response(null, { headers })
}

/** One operation of the bucket, but for what is rare: a range that isn't there, or of another version. */
async function get(bucket: R2Bucket, key: string, asked: Headers): Promise<Response | null> {
  const ifNoneMatch = entityTags(asked.get('if-none-match'))
  const ifRange = asked.get('if-range')
  const range = parseRange(asked.get('range'))
  // With both conditions all of it is served, which is always right.
  const isPart = range !== null && (ifRange === null || (ifNoneMatch === null && strongTag(ifRange) !== null))
  if (!isPart) {
    return whole(await bucket.get(key, { onlyIf: unlessMatches(ifNoneMatch) }))
  }
  return getPart(bucket, key, range, ifNoneMatch, ifRange === null ? null : strongTag(ifRange))
}

async function getPart(
  bucket: R2Bucket,
  key: string,
  range: AskedRange,
  ifNoneMatch: string | null,
  ifTag: string | null,
): Promise<Response | null> {
  const onlyIf =
    ifTag !== null ? { etagMatches: ifTag } : new Headers(ifNoneMatch === null ? [] : [['if-none-match', ifNoneMatch]])
  let object: R2Object | R2ObjectBody | null
  try {
    object = await bucket.get(key, { range, onlyIf })
  } catch (error) {
    const stored = await bucket.head(key)
    // The bucket throws at a range that isn't there; at anything else that is wrong too.
    if (stored && partOf(range, stored.size)) throw error
    return stored && unsatisfiable(stored)
  }
  if (!object) return null
  if (!('body' in object)) return ifTag === null ? notModified(object) : whole(await bucket.get(key))
  const part = partOf(range, object.size)
  if (!part) return unsatisfiable(object)
  const headers = headersOf(object)
  headers.set('content-range', contentRange(part, object.size))
  headers.set('content-length', `${part.length}`)
  return new Response(object.body, { status: 206, headers })
}

/** The condition as R2 reads it by itself. */
const unlessMatches = (ifNoneMatch: string | null): Headers =>
  new Headers(ifNoneMatch === null ? {} : { 'if-none-match': ifNoneMatch })

function whole(object: R2Object | R2ObjectBody | null): Response | null {
  if (!object) return null
  if (!('body' in object)) return notModified(object)
  const headers = headersOf(object)
  headers.set('content-length', `${object.size}`)
  return new Response(object.body, { headers })
}

const notModified = (object: R2Object): Response => new Response(null, { status: 304, headers: headersOf(object) })

const unsatisfiable = ({ size }: R2Object): Response =>
  new Response('This file has no such range.\n', { status: 416, headers: { 'content-range': `bytes */${size}` } })

const headersOf = ({ key, httpEtag }: R2Object): Headers =>
  new Headers({
    etag: httpEtag,
    'content-type': mediaType(key),
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=31536000, immutable',
    // Files of strangers come from the tracker's own origin: none may act as a page of it.
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'cross-origin',
  })
