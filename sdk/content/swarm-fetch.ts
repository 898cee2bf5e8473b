import { contentRange, parseRange, partOf } from '../../protocol/content/range.ts'
import { mediaType } from '../../protocol/content/media-type.ts'
import type { Release } from '../../protocol/content/release.ts'
import { abortable } from '../mesh/signal.ts'
import type { OpenFile } from './reading.ts'
import { subscribe, type SubscribeOptions } from './subscribe.ts'
import type { Subscription } from './subscription.ts'

export interface SwarmFetchInit extends SubscribeOptions {
  /** The channel whose newest release names the address among its web seeds; or what follows it already. */
  readonly link: string | Subscription
  readonly method?: string
  readonly headers?: NonNullable<RequestInit['headers']>
  readonly signal?: AbortSignal
}

/** A channel that is followed for fetches alone is left so long after the last one, in milliseconds. A guess. */
const IDLE = 30_000
/** What is not known of a channel by then is fetched as if there were none, in milliseconds. A guess. */
const PATIENCE = 2000

interface Shared {
  readonly subscription: Promise<Subscription>
  /** How many fetches are under way. */
  users: number
  timer: ReturnType<typeof setTimeout> | null
}

/** By link: all fetches of a channel share what follows it, as all joins of a page share one identity. */
const followed = new Map<string, Shared>()

/**
 * `fetch` that spares the origin: of a file that the channel's newest release has at this address, the bytes come from
 * peers and from the disk, and from the origin only where those are late. Each is checked before it is given. Whatever
 * else is fetched as ever.
 *
 * @throws what `fetch` does, and what `subscribe` does
 */
export async function swarmFetch(input: string | URL, init: SwarmFetchInit): Promise<Response> {
  const { link, method = 'GET', headers, signal, ...options } = init
  const request: RequestInit = { method, ...(headers && { headers }), ...(signal && { signal }) }
  if (method !== 'GET' && method !== 'HEAD') return fetch(input, request)
  const { subscription, release } =
    typeof link === 'string' ? follow(link, options) : { subscription: link, release: () => undefined }
  const file = await findFile(subscription, new URL(input), signal ?? undefined)
  signal?.throwIfAborted()
  if (file) return respondWith(file, new Request(input, request), release)
  release()
  return fetch(input, request)
}

/** `null` also if it is not known soon what the channel holds: then the origin is there, and the next fetch profits. */
async function findFile(
  following: Promise<Subscription> | Subscription,
  url: URL,
  signal: AbortSignal | undefined,
): Promise<OpenFile | null> {
  const patience = AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(signal ? [signal] : [])])
  try {
    return await fileAt(await abortable(Promise.resolve(following), patience), url, patience)
  } catch {
    return null
  }
}

function follow(link: string, options: SubscribeOptions): { subscription: Promise<Subscription>; release: () => void } {
  let shared = followed.get(link)
  if (!shared) {
    const subscription = subscribe(link, { isLazy: true, ...options })
    followed.set(link, (shared = { subscription, users: 0, timer: null }))
    subscription.catch(() => followed.delete(link))
  }
  const { subscription } = shared
  const used = shared
  used.users++
  if (used.timer !== null) clearTimeout(used.timer)
  let isReleased = false
  const release = () => {
    if (isReleased) return
    isReleased = true
    used.users--
    if (used.users > 0) return
    used.timer = setTimeout(() => {
      followed.delete(link)
      subscription.then((open) => open.close()).catch(() => undefined)
    }, IDLE)
  }
  return { subscription, release }
}

/** The file of the newest release that this is the address of, at one of its web seeds. */
async function fileAt(subscription: Subscription, url: URL, signal: AbortSignal | undefined): Promise<OpenFile | null> {
  const release = await subscription.known(signal)
  const path = pathAt(release, url)
  return path === null ? null : subscription.open(path, signal)
}

/** The path of the file that the address names; `null` if it is none of the release's. */
export function pathAt(
  { webSeeds, name }: Pick<Release, 'webSeeds' | 'name'>,
  { href, search, hash }: URL,
): string | null {
  const address = href.slice(0, href.length - search.length - hash.length)
  for (const webSeed of webSeeds) {
    const base = new URL(`${encodeURIComponent(name)}/`, webSeed).href
    if (!address.startsWith(base)) continue
    try {
      return address.slice(base.length).split('/').map(decodeURIComponent).join('/')
    } catch {
      return null
    }
  }
  return null
}

/**
 * Answers a request for a file, with ranges (RFC 9110 §14).
 *
 * @param onEnd is told when the body has been read or given up
 */
export function respondWith(file: OpenFile, request: Request, onEnd: () => void): Response {
  const { path, length } = file
  const headers = new Headers({ 'content-type': mediaType(path), 'accept-ranges': 'bytes' })
  const asked = parseRange(request.headers.get('range'))
  const part = asked ? partOf(asked, length) : { offset: 0, length }
  if (!part) {
    onEnd()
    headers.set('content-range', `bytes */${length}`)
    return new Response(null, { status: 416, headers })
  }
  headers.set('content-length', `${part.length}`)
  if (asked) headers.set('content-range', contentRange(part, length))
  const status = asked ? 206 : 200
  if (request.method === 'HEAD') {
    onEnd()
    return new Response(null, { status, headers })
  }
  const body = file.read({ start: part.offset, end: part.offset + part.length })
  return new Response(ending(body, onEnd), { status, headers })
}

/** Tells of the end of a body, however it comes. */
function ending(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onEnd: () => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader()
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (!done) {
            controller.enqueue(value)
            return
          }
          onEnd()
          controller.close()
        } catch (error) {
          onEnd()
          throw error
        }
      },
      cancel(reason) {
        onEnd()
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
