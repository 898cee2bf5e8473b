import { type ContentPath, parseUpload } from '../../../protocol/content/origin.ts'
import { type Denial, denial } from '../catalog/denial.ts'
import { denyListed, mayUpload } from '../catalog/publishers.ts'
import type { Settings } from '../limits.ts'

/** How far the clocks of an uploader and of the tracker may differ, in milliseconds. A guess. */
const CLOCK_TOLERANCE = 5 * 60_000

/** Bytes of a file. Cloudflare takes bodies of 100 to 500 MB, by the plan; without it nothing else would end them. */
export const MAX_UPLOAD = 536_870_912

/** How slow an upload may be: what the SDK gives up at, in milliseconds to begin with and in bytes a second. */
const PATIENCE = 60_000
const SLOWEST = 20_000

/** The headers of an upload; `null` for those that are absent. */
export interface UploadHeaders {
  readonly authorization: string | null
  readonly sha256: string | null
  readonly contentLength: string | null
}

type UploadRequest = NonNullable<ReturnType<typeof parseUpload>> & {
  /** Bytes. */
  readonly length: number
}

/** Whether a file may be uploaded, but for the signature, which is still to be verified (rule U15). */
export function admitUpload(
  settings: Settings,
  { infoHash }: ContentPath,
  { authorization, sha256, contentLength }: UploadHeaders,
  now: number,
): Denial | UploadRequest {
  const upload = parseUpload(authorization, sha256)
  if (!upload) return denial(401, 'an upload needs the headers authorization and x-content-sha256 of rule U15')
  if (!mayUpload(settings, upload.publisher)) {
    return denial(403, 'the operator has not listed this key in PUBLISHERS, so it may not upload here')
  }
  if (Math.abs(upload.time - now) > CLOCK_TOLERANCE) {
    return denial(401, 'the time of this upload is more than 5 minutes off; set the clock and sign it again')
  }
  if (contentLength === null || !/^\d{1,15}$/.test(contentLength)) {
    return denial(411, 'an upload has to say its length in content-length')
  }
  const length = Number(contentLength)
  if (length > MAX_UPLOAD) {
    return denial(413, `an upload may have ${MAX_UPLOAD} bytes; put larger files into the bucket itself`)
  }
  return denyListed(settings, infoHash) ?? { ...upload, length }
}

/** Milliseconds within which an upload of so many bytes has to be all there. */
export const uploadWithin = (length: number): number => PATIENCE + Math.ceil((1000 * length) / SLOWEST)
