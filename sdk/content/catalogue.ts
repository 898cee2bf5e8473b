import { formatLink, type Link } from '../../protocol/content/link.ts'
import { MAX_METADATA } from '../../protocol/content/release.ts'
import { MAX_FEED } from '../../protocol/content/sealed.ts'
import type { Report } from '../../protocol/content/report.ts'
import { EdgeswarmError } from '../error.ts'
import type { Bytes } from '../shell/bytes.ts'
import { ContentError } from './error.ts'

/** How long a tracker may take to answer, in milliseconds. */
const ANSWER_WITHIN = 15_000
/** And to take metadata, which may be long. */
const UPLOAD_WITHIN = 120_000

/** What a tracker keeps of a channel. Nothing that it says is believed before it is checked. */
export class Catalogue {
  readonly #link: Link
  readonly #address: string
  /** The last feed that came, and what it was called. */
  #feed: { readonly tag: string; readonly text: string } | null = null

  constructor(link: Link) {
    this.#link = link
    this.#address = formatLink(link)
  }

  /**
   * The channel's feed; `null` if the tracker has none.
   *
   * @throws {EdgeswarmError} `ERR_TRACKER` if it does not answer, or not with a feed
   */
  async feed(signal?: AbortSignal): Promise<string | null> {
    const headers = { accept: 'application/json', ...(this.#feed && { 'if-none-match': this.#feed.tag }) }
    const response = await this.#request(this.#address, { headers }, ANSWER_WITHIN, signal)
    if (response.status === 304 && this.#feed) return this.#feed.text
    if (response.status === 404) return null
    const bytes = await this.#body(response, MAX_FEED)
    const text = new TextDecoder().decode(bytes)
    const tag = response.headers.get('etag')
    this.#feed = tag === null ? null : { tag, text }
    return text
  }

  /** Metadata by its SHA-256, from the tracker or another address; `null` if it is not there. It is still to be checked. */
  async metadata(address: string, length: number, signal?: AbortSignal): Promise<Bytes | null> {
    const response = await this.#request(address, {}, UPLOAD_WITHIN, signal)
    if (!response.ok) {
      await response.body?.cancel()
      return null
    }
    return this.#body(response, Math.min(length, MAX_METADATA))
  }

  addressOf(sha256: string): string {
    return `${this.#link.tracker}/metadata/${sha256}`
  }

  /** @throws {EdgeswarmError} `ERR_REFUSED` with what the tracker says */
  async publish(feed: string, signal?: AbortSignal): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    await this.#put(this.#address, { headers, body: feed }, ANSWER_WITHIN, signal)
  }

  /** @throws {EdgeswarmError} `ERR_REFUSED` with what the tracker says */
  async publishMetadata(sha256: string, bytes: Bytes, signal?: AbortSignal): Promise<void> {
    await this.#put(this.addressOf(sha256), { body: bytes }, UPLOAD_WITHIN, signal)
  }

  /** Tells the tracker where bytes came from. It is for its figures only: nobody minds if it does not arrive. */
  async report(report: Report): Promise<void> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(report) }
    const response = await this.#request(`${this.#link.tracker}/reports`, init, ANSWER_WITHIN)
    await response.body?.cancel()
  }

  async #put(address: string, init: RequestInit, within: number, signal?: AbortSignal): Promise<void> {
    const response = await this.#request(address, { ...init, method: 'PUT' }, within, signal)
    const text = new TextDecoder().decode(await readSome(response, 2000))
    if (response.ok) return
    throw new EdgeswarmError('ERR_REFUSED', `The tracker answered ${response.status}: ${text.trim()}`)
  }

  async #request(address: string, init: RequestInit, within: number, signal?: AbortSignal): Promise<Response> {
    const late = AbortSignal.timeout(within)
    try {
      return await fetch(address, { ...init, signal: signal ? AbortSignal.any([signal, late]) : late })
    } catch (cause) {
      signal?.throwIfAborted()
      const why = late.aborted ? `did not answer within ${within / 1000} s` : 'can not be reached'
      throw new EdgeswarmError('ERR_TRACKER', `${new URL(address).origin} ${why}.`, { cause })
    }
  }

  async #body(response: Response, most: number): Promise<Bytes> {
    if (!response.ok) {
      await response.body?.cancel()
      throw new EdgeswarmError('ERR_TRACKER', `${this.#link.tracker} answered ${response.status}.`)
    }
    const bytes = await readSome(response, most + 1)
    if (bytes.length <= most) return bytes
    throw new ContentError('ERR_RELEASE', `${this.#link.tracker} sends more than there may be.`)
  }
}

/** The first bytes of a body; what is beyond them is not waited for. */
async function readSome({ body }: Response, most: number): Promise<Bytes> {
  const chunks: Uint8Array[] = []
  let length = 0
  if (body) {
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      chunks.push(chunk)
      length += chunk.length
      if (length >= most) break
    }
  }
  const bytes = new Uint8Array(Math.min(length, most))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, bytes.length - offset), offset)
    offset += chunk.length
  }
  return bytes
}
