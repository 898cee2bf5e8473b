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
  const replaced = await bucket.head(key)
  return (
    answerStored(replaced, upload) ??
    (await store({ bucket, key, replaced }, request.body, { publisher, sha256, length }))
  )
}

interface Expected {
  readonly publisher: string
  readonly sha256: string
  readonly length: number
}

/** Where an upload goes. */
interface Place {
  readonly bucket: R2Bucket
  readonly key: string
  /** What was there when the upload was admitted. */
  readonly replaced: R2Object | null
}

/** The answer to who uploads what is there already, or is another's; `null` if the upload may take its place. */
function answerStored(
  stored: R2Object | null,
  { publisher, sha256 }: Pick<Expected, 'publisher' | 'sha256'>,
): Response | null {
  if (!stored) return null
  if (stored.customMetadata?.['publisher'] !== publisher) {
    return denialResponse(denial(409, 'another publisher has put this file here'))
  }
  return hexOf(stored.checksums.sha256) === sha256 ? done(200) : null
}

/**
 * An upload is one request with one body: the bucket takes it only if its SHA-256 is right, and until then nothing of it
 * is there. Of uploads at once the first to be complete is taken. One is given up once it takes too long: what still
 * comes after the answer is read by nobody.
 */
async function store(
  { bucket, key, replaced }: Place,
  body: ReadableStream | null,
  { publisher, sha256, length }: Expected,
): Promise<Response> {
  const put = bucket.put(key, body ?? new Uint8Array(), {
    onlyIf: replaced ? { etagMatches: replaced.etag } : { etagDoesNotMatch: '*' },
    sha256,
    customMetadata: { publisher },
    httpMetadata: { contentType: mediaType(key) },
  })
  try {
    const stored = await Promise.race([put, aborted(AbortSignal.timeout(uploadWithin(length)))])
    if (stored === 'aborted') {
      return denialResponse(denial(408, 'the upload was too slow to wait for; try again by a faster connection'))
    }
    if (stored) return done(201)
    const faster = answerStored(await bucket.head(key), { publisher, sha256 })
    return faster ?? denialResponse(denial(409, 'the file here changed while this upload came; try again'))
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
