import { type ContentPath, parseUpload } from '../../../protocol/content/origin.ts'
import { type Denial, denial } from '../catalog/denial.ts'
import { denyListed, mayUpload } from '../catalog/publishers.ts'
import type { Settings } from '../limits.ts'

/** How far the clocks of an uploader and of the tracker may differ, in milliseconds. A guess. */
const CLOCK_TOLERANCE = 5 * 60_000

type UploadRequest = NonNullable<ReturnType<typeof parseUpload>>

/** Whether a file may be uploaded, but for the signature, which is still to be verified (rule U15). */
export function admitUpload(
  settings: Settings,
  { infoHash }: ContentPath,
  authorization: string | null,
  sha256: string | null,
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
  return denyListed(settings, infoHash) ?? upload
}
