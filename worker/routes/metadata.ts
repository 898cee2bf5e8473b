import { decodeMetadata } from '../../protocol/content/metadata.ts'
import { isSha256 } from '../../protocol/content/text.ts'
import { denial } from '../core/catalog/denial.ts'
import { indexedPaths } from '../core/catalog/search.ts'
import { readBody } from '../shell/body.ts'
import type { Catalog } from '../shell/catalog/catalog.ts'
import { CHUNK } from '../shell/catalog/metadata.ts'
import { clientAddress } from '../shell/client.ts'
import { conditionalResponse } from '../shell/conditional.ts'
import { denialResponse } from '../shell/denial.ts'
import { type Environment, settings } from '../shell/environment.ts'
import { catalogOf } from '../shell/routing.ts'
import { sha256Of } from '../shell/signature.ts'
import { refuseFlood } from './catalog.ts'

/** `PUT /metadata/<sha256>`: the info dictionary that a release names (rule U11). */
export async function putMetadata(request: Request, environment: Environment, sha256: string): Promise<Response> {
  const address = clientAddress(request, settings.addressHeader)
  const refused = (await refuseFlood(environment, address)) ?? (isSha256(sha256) ? null : noSha256)
  if (refused) return denialResponse(refused)
  const catalog = catalogOf(environment)
  const expected = await catalog.expectMetadata(address, sha256)
  if (expected.type === 'denied') return denialResponse(expected)
  if (expected.type === 'stored') return stored(200)
  const bytes = await readBody(request, expected.length)
  if (!bytes)
    return denialResponse(denial(413, `no release says that this metadata has more than ${expected.length} bytes`))
  if ((await sha256Of(bytes)) !== sha256) return denialResponse(denial(400, 'the body does not have this SHA-256'))
  const metadata = decodeMetadata(bytes)
  if (!metadata) return denialResponse(denial(400, 'the body is not the metadata of a release by rule U8'))
  const full = await catalog.reserveMetadata(address, sha256, bytes.length)
  if (full) return denialResponse(full)
  for (let position = 0; position * CHUNK < bytes.length; position++) {
    // A copy: a view would be sent with all of the buffer behind it.
    await catalog.storeChunk(sha256, position, bytes.slice(position * CHUNK, (position + 1) * CHUNK))
  }
  const lost = await catalog.completeMetadata(sha256, indexedPaths(metadata.files.map(({ path }) => path)))
  return lost ? denialResponse(lost) : stored(201)
}

/** `GET /metadata/<sha256>`, and HEAD. */
export async function getMetadata(request: Request, environment: Environment, sha256: string): Promise<Response> {
  if (!isSha256(sha256)) return denialResponse(noSha256)
  const flood = await refuseFlood(environment, clientAddress(request, settings.addressHeader))
  if (flood) return denialResponse(flood)
  const catalog = catalogOf(environment)
  const length = await catalog.metadataLength(sha256)
  if (length === null) return denialResponse(denial(404, 'this metadata is not here'))
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': `${length}`,
    'cache-control': 'public, max-age=31536000, immutable',
  }
  return conditionalResponse(request, { tag: sha256, headers }, () => chunksOf(catalog, sha256, length))
}

const noSha256 = denial(400, 'the address must be /metadata/<SHA-256 of 64 hex digits in lower case>')

const stored = (status: number): Response =>
  new Response('The metadata is here.\n', { status, headers: { 'cache-control': 'no-store' } })

/** The chunks one after the other, each asked for when the one before has been read. */
function chunksOf(catalog: DurableObjectStub<Catalog>, sha256: string, length: number): ReadableStream {
  const { readable, writable } = new FixedLengthStream(length)
  const send = async (): Promise<void> => {
    const writer = writable.getWriter()
    for (let position = 0; position * CHUNK < length; position++) {
      const chunk = await catalog.metadataChunk(sha256, position)
      if (!chunk) {
        await writer.abort(new Error('The metadata was dropped while it was sent.'))
        return
      }
      await writer.write(new Uint8Array(chunk))
    }
    await writer.close()
  }
  // Who reads it has gone.
  void send().catch(() => undefined)
  return readable
}
