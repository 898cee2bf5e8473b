import { contentKey, parseContentPath, UPLOAD_SHA256, uploadBytes } from '../../protocol/content/origin.ts'
import { toHex } from '../../protocol/ids.ts'
import { denial, isDenial } from '../core/catalog/denial.ts'
import { mediaType } from '../../protocol/content/media-type.ts'
import { admitUpload } from '../core/origin/upload.ts'
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
  const upload = admitUpload(settings, file, headers.get('authorization'), headers.get(UPLOAD_SHA256), Date.now())
  if (isDenial(upload)) return denialResponse(upload)
  const key = contentKey(file)
  const { publisher, time, signature, sha256 } = upload
  if (!(await isSignedBy(publisher, signature, uploadBytes(time, key, sha256)))) {
    return denialResponse(denial(403, 'the upload is not signed by the key that it names'))
  }
  const stored = await bucket.head(key)
  if (stored && stored.customMetadata?.['publisher'] !== publisher) {
    return denialResponse(denial(409, 'another publisher has put this file here'))
  }
  if (stored && hexOf(stored.checksums.sha256) === sha256) return done(200)
  return store(bucket, key, request, publisher, sha256)
}

/** The bucket takes the file only if its SHA-256 is right; until then nothing of it is there. */
async function store(
  bucket: R2Bucket,
  key: string,
  { headers, body }: Request,
  publisher: string,
  sha256: string,
): Promise<Response> {
  if (headers.get('content-length') === null) {
    return denialResponse(denial(411, 'an upload has to say its length in content-length'))
  }
  try {
    await bucket.put(key, body ?? new Uint8Array(), {
      sha256,
      customMetadata: { publisher },
      httpMetadata: { contentType: mediaType(key) },
    })
  } catch (error) {
    if (!/checksum/i.test(String(error))) throw error
    return denialResponse(denial(400, 'the body does not have the SHA-256 that x-content-sha256 says'))
  }
  return done(201)
}

const done = (status: number): Response =>
  new Response('The file is here.\n', { status, headers: { 'cache-control': 'no-store' } })

const hexOf = (bytes: ArrayBuffer | undefined): string | null =>
  bytes ? toHex(String.fromCharCode(...new Uint8Array(bytes))) : null
