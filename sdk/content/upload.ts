import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { ReadableStream } from 'node:stream/web'
import {
  contentBase,
  contentKey,
  type ContentPath,
  formatContentPath,
  formatUpload,
  UPLOAD_SHA256,
  uploadBytes,
} from '../../protocol/content/origin.ts'
import type { Metadata } from '../../protocol/content/metadata.ts'
import { toBase64Url } from '../../protocol/content/text.ts'
import { EdgeswarmError } from '../error.ts'
import type { Identity } from '../shell/identity.ts'
import { codeOf } from './errno.ts'
import { ContentError } from './error.ts'
import { inParallel } from './in-parallel.ts'
import type { Made } from './make.ts'
import { sleep } from './sleep.ts'

/** Files on their way at once. A guess: it hides the round trips of small ones. */
const AT_ONCE = 4
/** How often a file is tried, and how long after the first failure, in milliseconds; it doubles. Guesses. */
const TRIES = 5
const AGAIN = 1000
/** Longer than so, in milliseconds, no tracker is let make us wait for the next try. */
const LONGEST_WAIT = 120_000
/** How long a tracker may say nothing at all, in milliseconds, and how slow a connection may be, in bytes a second. */
const ANSWER_WITHIN = 60_000
const SLOWEST = 20_000
/** Read at once, in bytes. */
const CHUNK = 262_144

export interface UploadOptions {
  /** Its address, without `/` at its end. */
  readonly tracker: string
  /** Who publishes: the tracker's operator has listed its public key. */
  readonly key: Identity
  readonly signal?: AbortSignal
  /** Called for each part that is sent; a file that is tried again is not counted twice. */
  readonly onProgress?: (bytes: number, total: number) => void
}

type FileOf = Metadata['files'][number]

/**
 * Puts the files of a directory into a tracker's bucket (rule U15), which is then an origin of them.
 *
 * @returns the base address for `webSeeds`
 * @throws {EdgeswarmError} `ERR_REFUSED` with what the tracker says, `ERR_TRACKER` if it does not answer
 * @throws {ContentError} `ERR_FILES` if a file can't be read
 */
export async function uploadFiles(made: Made, options: UploadOptions): Promise<string> {
  const { tracker, signal = new AbortController().signal, onProgress } = options
  let bytes = 0
  await inParallel(made.metadata.files, AT_ONCE, async (file) => {
    let sent = 0
    await uploadInTheEnd(made, file, { ...options, signal }, (part) => {
      const before = sent
      sent = part
      bytes += sent - before
      onProgress?.(bytes, made.length)
    })
  })
  return contentBase(tracker, made.infoHash)
}

type Upload = UploadOptions & { readonly signal: AbortSignal }

/** @param onSent is told how many bytes of the file are sent */
async function uploadInTheEnd(
  made: Made,
  file: FileOf,
  options: Upload,
  onSent: (bytes: number) => void,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const wait = await upload(made, file, options, onSent, attempt === TRIES)
    if (wait === null) {
      onSent(file.length)
      return
    }
    onSent(0)
    await sleep(Math.max(wait, AGAIN * 2 ** (attempt - 1)), options.signal)
  }
}

/**
 * @param isLast whether it is not tried again
 * @returns milliseconds after which to try again; `null` if the file is there
 */
async function upload(
  { metadata, infoHash, root }: Made,
  file: FileOf,
  { tracker, key, signal }: Upload,
  onSent: (bytes: number) => void,
  isLast: boolean,
): Promise<number | null> {
  const place: ContentPath = { infoHash, name: metadata.name, path: file.path }
  const late = AbortSignal.timeout(ANSWER_WITHIN + Math.ceil((1000 * file.length) / SLOWEST))
  const body = file.length === 0 ? '' : ReadableStream.from(read(join(root, file.path), file, onSent))
  const init = {
    method: 'PUT',
    headers: await headersOf(place, file, key),
    body: body as BodyInit,
    // Node sends what it streams in this way only, and the types of the web don't know it yet.
    duplex: 'half',
    redirect: 'error' as const,
    signal: AbortSignal.any([signal, late]),
  }
  let response: Response
  try {
    response = await fetch(tracker + formatContentPath(place), init)
  } catch (cause) {
    signal.throwIfAborted()
    const reason = cause instanceof TypeError ? cause.cause : cause
    if (reason instanceof ContentError) throw reason
    if (!isLast) return AGAIN
    throw new EdgeswarmError('ERR_TRACKER', `${tracker} did not take ${file.path}, and does not say why.`, { cause })
  }
  const text = await response.text().catch(() => '')
  if (response.ok) return null
  if (!isLast && (response.status === 429 || response.status >= 502)) return retryAfter(response)
  throw new EdgeswarmError(
    'ERR_REFUSED',
    `${tracker} does not take ${file.path} (${response.status}): ${text.slice(0, 500).trim()}`,
  )
}

async function headersOf(place: ContentPath, { length, sha256 }: FileOf, key: Identity): Promise<HeadersInit> {
  const time = Date.now()
  const hex = Buffer.from(sha256).toString('hex')
  const signature = toBase64Url(await key.sign(uploadBytes(time, contentKey(place), hex)))
  return {
    authorization: formatUpload({ publisher: toBase64Url(key.publicKey), time }, signature),
    [UPLOAD_SHA256]: hex,
    'content-length': `${length}`,
  }
}

async function* read(path: string, { length }: FileOf, onSent: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  const changed = (cause?: unknown) =>
    new ContentError('ERR_FILES', `${path} changed while it was uploaded (${codeOf(cause) || 'another length'}).`, {
      cause,
    })
  // A file that became a link meanwhile is not followed; Windows has no such flag.
  const { O_RDONLY = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>
  const file = await open(path, O_RDONLY | O_NOFOLLOW).catch((cause: unknown) => {
    throw changed(cause)
  })
  try {
    for (let position = 0; position < length;) {
      const buffer = new Uint8Array(Math.min(CHUNK, length - position))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
      if (bytesRead === 0) throw changed()
      position += bytesRead
      yield buffer.subarray(0, bytesRead)
      onSent(position)
    }
  } finally {
    await file.close()
  }
}

/** What the tracker asks for, in milliseconds; 0 if it asks for nothing. */
function retryAfter({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? '')
  return Number.isFinite(seconds) ? Math.min(LONGEST_WAIT, Math.max(0, 1000 * seconds)) : 0
}
