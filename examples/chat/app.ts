import type { Peer, ServeContext } from 'edgeswarm'
import { Hono } from 'hono'
import type { History } from './history.ts'
import {
  FILE_NAME_HEADER,
  FILE_SIZE_HEADER,
  FILES_PATH,
  HISTORY_PATH,
  MAX_DECLINED_REASON,
  type Profile,
  readFileName,
  RECEIVED,
} from './protocol.ts'

/** A file that a peer would like to send. */
export interface Offer {
  readonly peer: Peer<Profile>
  readonly name: string
  /** In bytes; what comes is held to it. */
  readonly size: number
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  /** Aborted when the peer takes it back or is gone; also once all is over. */
  readonly signal: AbortSignal
}

/**
 * What becomes of an offer: declined with a reason that the sender reads, or received, which rejects if it is given up
 * on the way.
 */
export type Decision = { readonly declined: string } | { readonly receiving: Promise<unknown> }

/** What a peer of a room serves to the others: its history, and a place to send files to. */
export function roomApp(history: History, decide: (offer: Offer) => Promise<Decision>) {
  const app = new Hono<{ Bindings: ServeContext<Profile> }>()
  app.get(HISTORY_PATH, ({ json }) => json(history.messages))
  app.post(FILES_PATH, async ({ req, env, text }) => {
    const { body, signal } = req.raw
    const size = req.header(FILE_SIZE_HEADER) ?? ''
    if (!body || !/^\d{1,15}$/.test(size)) return text('Say how long the file is.', 400)
    const name = readFileName(req.header(FILE_NAME_HEADER))
    const decision = await decide({ peer: env.peer, name, size: Number(size), body, signal })
    // Answered before the body is read, which tells the sender to stop.
    if ('declined' in decision) return text(decision.declined.slice(0, MAX_DECLINED_REASON), 403)
    // The head says that it is accepted, at once; the body says that it has arrived, once it has.
    return new Response(afterwards(decision.receiving, RECEIVED))
  })
  return app
}

function afterwards(promise: Promise<unknown>, text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      await promise
      controller.enqueue(new TextEncoder().encode(text))
      controller.close()
    },
  })
}

/** Counts what passes, and lets exactly `size` bytes pass. */
export function exactly(size: number, onBytes: (bytes: number) => void) {
  let bytes = 0
  return new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      bytes += chunk.length
      if (bytes > size) throw new Error('More came than was announced.')
      onBytes(bytes)
      controller.enqueue(chunk)
    },
    flush() {
      if (bytes < size) throw new Error('Less came than was announced.')
    },
  })
}
