import { MAX_HEADER, type Priority, RESET } from '../../protocol/mesh/frame.ts'
import { decodeResponseHeader, encodeHeader, type StreamHeader } from '../../protocol/mesh/header.ts'
import { EdgeswarmError } from '../error.ts'
import type { LinkStream } from '../shell/stream.ts'
import type { Member } from '../shell/swarm.ts'
import { lengthOf, receiveBody, sendBody } from './body.ts'
import { IDLE_WITHIN } from './fetch.ts'
import { report } from './emitter.ts'
import { LanesByPeer } from './lanes.ts'

type RequestHeader = Extract<StreamHeader, { type: 'request' }>

/** A request as it came in on a stream. */
export interface IncomingRequest {
  readonly member: Member
  readonly stream: LinkStream
  readonly header: RequestHeader
  readonly priority: Priority
}

/** Answers a request of a peer: a Hono app's `fetch`, say, to which `context` is its environment (`c.env.peer`). */
export type Handler<Context> = (request: Request, context: Context) => Response | Promise<Response>

/** The answering side of requests between peers. */
export class Server<Context> {
  readonly #contextOf: (member: Member) => Context
  readonly #lanes = new LanesByPeer()

  constructor(contextOf: (member: Member) => Context) {
    this.#contextOf = contextOf
  }

  receive(request: IncomingRequest, handler: Handler<Context>): void {
    const { stream } = request
    const aborted = new AbortController()
    stream.onclose = () => {
      aborted.abort(new EdgeswarmError('ERR_CLOSED', 'the peer gave up, or is gone'))
    }
    this.#serve(request, handler, aborted.signal).catch((error: unknown) => {
      // The peer is told by the reset; this side has nobody to tell that the other gave up.
      stream.reset(RESET.failed, error as Error)
    })
  }

  async #serve(request: IncomingRequest, handler: Handler<Context>, signal: AbortSignal): Promise<void> {
    const { member, stream, header, priority } = request
    const leave = await this.#lanes.of(member).enter(priority, signal)
    try {
      const response = await this.#answer(request, handler, signal)
      await respond(stream, response, header.method)
    } finally {
      leave()
    }
  }

  async #answer(
    { member, stream, header }: IncomingRequest,
    handler: Handler<Context>,
    signal: AbortSignal,
  ): Promise<Response> {
    let request: Request
    try {
      request = requestOf(stream, header, signal)
    } catch {
      return new Response('This request can not be read.\n', { status: 400 })
    }
    try {
      return await handler(request, this.#contextOf(member))
    } catch (error) {
      if (!signal.aborted) report(error)
      return new Response('The peer failed to answer.\n', { status: 500 })
    }
  }
}

async function respond(stream: LinkStream, response: Response, method: string): Promise<void> {
  const { status, statusText, headers } = response
  // Response.error() has the status 0.
  const head = encodeHeader({ status: status < 200 ? 500 : status, statusText, headers: [...headers] })
  if (head.length > MAX_HEADER || !decodeResponseHeader(head)) {
    report(new EdgeswarmError('ERR_TOO_LARGE', 'A response may have 128 headers, of 16 KB together.'))
    stream.reset(RESET.failed, new EdgeswarmError('ERR_TOO_LARGE', 'the head of the response is too long'))
    return
  }
  stream.respond(head)
  if (response.body && method !== 'HEAD') await sendBody(stream, response.body, lengthOf(headers))
  else {
    await response.body?.cancel()
    stream.end()
  }
  stream.stop()
}

/** The address of every request: who is asked is this peer, so only path and query say something. */
const ORIGIN = 'http://peer'

function requestOf(
  stream: LinkStream,
  { method, path, headers, hasBody }: RequestHeader,
  signal: AbortSignal,
): Request {
  const list = new Headers(headers.map(([name, value]): [string, string] => [name, value]))
  const init = { method, headers: list, signal }
  const body = hasBody ? receiveBody(stream, { total: lengthOf(list), idleTimeout: IDLE_WITHIN }) : null
  const takesBody = body !== null && takesStreams()
  const request = new Request(ORIGIN + path, takesBody ? ({ ...init, body, duplex: 'half' } as RequestInit) : init)
  // Browsers keep some headers from pages, the length among them, but here the page is the server.
  Object.defineProperty(request, 'headers', { value: list })
  return body && !takesBody ? withBody(request, body) : request
}

let streamsAreTaken: boolean | undefined

/** Whether a Request may have a stream for its body; where it may not, the stream becomes a text. */
const takesStreams = (): boolean =>
  (streamsAreTaken ??= !new Request(ORIGIN, {
    method: 'POST',
    body: new ReadableStream(),
    duplex: 'half',
  } as RequestInit).headers.has('content-type'))

/** Lets a request read the body of a response, which takes streams everywhere. */
function withBody(request: Request, body: ReadableStream<Uint8Array<ArrayBuffer>>): Request {
  const type = request.headers.get('content-type')
  const source = new Response(body, type === null ? {} : { headers: { 'content-type': type } })
  for (const name of ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] as const) {
    Object.defineProperty(request, name, { value: () => source[name]() })
  }
  return Object.defineProperties(request, {
    body: { get: () => source.body },
    bodyUsed: { get: () => source.bodyUsed },
  })
}
