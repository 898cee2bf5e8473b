import { contentKey, parseContentPath, UPLOAD_SHA256, uploadBytes } from '../../protocol/content/origin.ts'
import { toHex } from '../../protocol/ids.ts'
import { denial, isDenial } from '../core/catalog/denial.ts'
import { mediaType } from '../../protocol/content/media-type.ts'
import { admitUpload, uploadWithin } from '../core/origin/upload.ts'
import { clientAddress } from '../shell/client.ts'
import { denialResponse } from '../shell/denial.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { isSignedBy } from '../shell/signature.ts'
import { refuseFlood } from './catalog.ts'
import { noBucket, noContentPath } from './origin.ts'

/** `PUT /content/<info hash>/<name>/<path>`: a file, by who may upload (rule U15). */
export async function putContent(request: Request, environment: Environment): Promise<Response> {
  const bucket = environment.CONTENT
  if (!bucket) return denialResponse(noBucket)
  const file = parseContentPath(new URL(request.url).pathname)
  if (!file) return denialResponse(noContentPath)
  const flood = await refuseFlood(environment, clientAddress(request, settings.addressHeader))
  if (flood) return denialResponse(flood)
  const { headers } = request
  const told = {
    authorization: headers.get('authorization'),
    sha256: headers.get(UPLOAD_SHA256),
    contentLength: headers.get('content-length'),
  }
  const upload = admitUpload(settings, file, told, Date.now())
  if (isDenial(upload)) return denialResponse(upload)
  const key = contentKey(file)
  const { publisher, time, signature, sha256, length } = upload
  if (!(await isSignedBy(publisher, signature, uploadBytes(time, key, sha256)))) {
    return denialResponse(denial(403, 'the upload is not signed by the key that it names'))
  }
  const stored = await bucket.head(key)
  if (stored && stored.customMetadata?.['publisher'] !== publisher) {
    return denialResponse(denial(409, 'another publisher has put this file here'))
  }
  if (stored && hexOf(stored.checksums.sha256) === sha256) return done(200)
  return store(bucket, key, request.body, { publisher, sha256, length })
}

interface Expected {
  readonly publisher: string
  readonly sha256: string
  readonly length: number
}

/**
 * An upload is one request with one body: the bucket takes it only if its SHA-256 is right, and until then nothing of it
 * is there. It is given up once it takes too long: what still comes after the answer is read by nobody.
 */
async function store(
  bucket: R2Bucket,
  key: string,
  body: ReadableStream | null,
  { publisher, sha256, length }: Expected,
): Promise<Response> {
  const put = bucket.put(key, body ?? new Uint8Array(), {
    sha256,
    customMetadata: { publisher },
    httpMetadata: { contentType: mediaType(key) },
  })
  try {
    return (await Promise.race([put, aborted(AbortSignal.timeout(uploadWithin(length)))])) === 'aborted'
      ? denialResponse(denial(408, 'the upload was too slow to wait for; try again by a faster connection'))
      : done(201)
  } catch (error) {
    if (!/checksum/i.test(String(error))) throw error
    return denialResponse(denial(400, 'the body does not have the SHA-256 that x-content-sha256 says'))
  }
}

const aborted = (signal: AbortSignal): Promise<'aborted'> =>
  new Promise((resolve) => {
    const tell = (): void => {
      resolve('aborted')
    }
    signal.addEventListener('abort', tell, { once: true })
  })

const done = (status: number): Response =>
  new Response('The file is here.\n', { status, headers: { 'cache-control': 'no-store' } })

const hexOf = (bytes: ArrayBuffer | undefined): string | null =>
  bytes ? toHex(String.fromCharCode(...new Uint8Array(bytes))) : null
