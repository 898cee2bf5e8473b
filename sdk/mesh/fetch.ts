import { HIGH, LOW, MAX_HEADER, NORMAL, type Priority, RESET } from '../../protocol/mesh/frame.ts'
import {
  decodeResponseHeader,
  decodeStreamHeader,
  encodeHeader,
  type StreamHeader,
} from '../../protocol/mesh/header.ts'
import { EdgeswarmError } from '../error.ts'
import type { LinkStream } from '../shell/stream.ts'
import type { Member, Swarm } from '../shell/swarm.ts'
import { lengthOf, type OnProgress, receiveBody, sendBody } from './body.ts'
import { LanesByPeer } from './lanes.ts'
import { abortable, within } from './signal.ts'

/** What `mesh.fetch` takes beside what `fetch` does. */
export interface MeshRequestInit extends RequestInit {
  /** How long the head of the response may take, in milliseconds; 30 s if absent, `Infinity` for as long as it takes. */
  readonly timeout?: number
  /** How long the body of the response may pause, in milliseconds; 60 s if absent. */
  readonly idleTimeout?: number
  readonly onProgress?: OnProgress
  /** What is urgent overtakes; types that lack the DOM do not know it of `RequestInit`. */
  priority?: 'high' | 'low' | 'auto'
}

const HEAD_WITHIN = 30_000
export const IDLE_WITHIN = 60_000

const PRIORITIES: Readonly<Record<string, Priority>> = { high: HIGH, auto: NORMAL, low: LOW }

/** A request as it goes over a link. */
interface Outgoing {
  readonly header: Omit<Extract<StreamHeader, { type: 'request' }>, 'swarm'>
  readonly body: ReadableStream<Uint8Array> | null
  readonly bodyLength: number | null
  readonly priority: Priority
  readonly signal: AbortSignal | undefined
}

/** Statuses whose responses have no body (Fetch §2.2.3). */
const NULL_BODY = [204, 205, 304]

/** The asking side of requests between peers. */
export class Fetcher {
  readonly #swarm: Swarm
  readonly #lanes = new LanesByPeer()

  constructor(swarm: Swarm) {
    this.#swarm = swarm
  }

  async fetch(member: Member, input: string | URL | Request, init: MeshRequestInit = {}): Promise<Response> {
    const { header, body, bodyLength, priority, signal } = outgoing(input, init)
    const { timeout = HEAD_WITHIN, idleTimeout = IDLE_WITHIN, onProgress } = init
    signal?.throwIfAborted()
    // One deadline for all that comes before the head: a free lane, a stream, and the peer's answer.
    const giveUp = new AbortController()
    const abort = () => {
      giveUp.abort(signal?.reason)
    }
    signal?.addEventListener('abort', abort)
    let stream: LinkStream | null = null
    let leave = (): void => undefined
    const done = () => {
      signal?.removeEventListener('abort', abort)
      leave()
    }
    const late = () => new EdgeswarmError('ERR_TIMEOUT', `The peer did not answer within ${timeout} ms.`)
    try {
      const asking = async (): Promise<Response> => {
        leave = await this.#lanes.of(member).enter(priority, giveUp.signal)
        stream = await this.#open(member, header, priority, giveUp.signal)
        stream.onclose = leave
        // What goes wrong with the body shows in the response, or in its absence.
        if (body) void sendBody(stream, body, bodyLength, onProgress).catch(() => undefined)
        else stream.end()
        const head = decodeResponseHeader(await stream.response())
        if (!head) throw new EdgeswarmError('ERR_PROTOCOL', 'The peer answered with a head that can not be read.')
        return responseOf(stream, head, header.method, { idleTimeout, onProgress, onDone: done })
      }
      return await abortable(within(timeout, asking(), late), giveUp.signal)
    } catch (error) {
      giveUp.abort(error)
      done()
      throw error
    }
  }

  /** Opens a stream that is reset as soon as it is given up, even if it opens only then. */
  async #open(
    member: Member,
    header: Outgoing['header'],
    priority: Priority,
    giveUp: AbortSignal,
  ): Promise<LinkStream> {
    const stream = await member.link.open({ ...header, swarm: this.#swarm.number }, priority)
    const reset = () => {
      stream.reset(RESET.aborted, giveUp.reason as Error)
    }
    if (giveUp.aborted) reset()
    else giveUp.addEventListener('abort', reset)
    return stream
  }
}

function responseOf(
  stream: LinkStream,
  { status, statusText, headers }: NonNullable<ReturnType<typeof decodeResponseHeader>>,
  method: string,
  receiving: { idleTimeout: number; onProgress: OnProgress | undefined; onDone: () => void },
): Response {
  let list: Headers
  try {
    list = new Headers(headers.map(([name, value]): [string, string] => [name, value]))
  } catch (cause) {
    throw new EdgeswarmError('ERR_PROTOCOL', 'The peer answered with headers that are none.', { cause })
  }
  if (method === 'HEAD' || NULL_BODY.includes(status)) {
    stream.stop()
    receiving.onDone()
    return new Response(null, { status, statusText, headers: list })
  }
  const body = receiveBody(stream, { ...receiving, total: lengthOf(list) })
  return new Response(body, { status, statusText, headers: list })
}

function outgoing(input: string | URL | Request, init: MeshRequestInit): Outgoing {
  const request = input instanceof Request ? input : null
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase()
  const headers = new Headers(init.headers ?? request?.headers)
  const content = init.body ?? null
  // Response knows how every kind of body becomes bytes, streams too, which Request does not in every browser.
  const payload = content === null ? null : new Response(content)
  const type = payload?.headers.get('content-type')
  if (type !== null && type !== undefined && !headers.has('content-type')) headers.set('content-type', type)
  const length = lengthOfContent(content)
  if (length !== null && !headers.has('content-length')) headers.set('content-length', `${length}`)
  const body = payload?.body ?? request?.body ?? null
  if (body && (method === 'GET' || method === 'HEAD')) {
    throw new EdgeswarmError('ERR_ARGUMENT', `A ${method} request has no body.`)
  }
  const header = {
    type: 'request',
    method,
    path: pathOf(input),
    headers: [...headers],
    hasBody: body !== null,
  } as const
  const encoded = encodeHeader({ ...header, swarm: 0 })
  // Read as the other side will: what it can't read would cost the link.
  if (encoded.length > MAX_HEADER - 16 || !decodeStreamHeader(encoded)) {
    throw new EdgeswarmError(
      'ERR_TOO_LARGE',
      'A request may have a path of 8,192 characters, 128 headers, and 16 KB of both together.',
    )
  }
  const priority = PRIORITIES[init.priority ?? 'auto'] ?? NORMAL
  return { header, body, bodyLength: lengthOf(headers), priority, signal: init.signal ?? request?.signal }
}

function lengthOfContent(content: BodyInit | null): number | null {
  if (content instanceof Blob) return content.size
  if (content instanceof ArrayBuffer || ArrayBuffer.isView(content)) return content.byteLength
  return null
}

/** Which peer is asked is said apart, so of an address only path and query count. */
function pathOf(input: string | URL | Request): string {
  const address = input instanceof Request ? input.url : input
  try {
    const { pathname, search } = new URL(address, 'http://peer')
    return pathname + search
  } catch (cause) {
    throw new EdgeswarmError('ERR_ARGUMENT', `${String(address)} is no address or path.`, { cause })
  }
}
