import { RESET } from '../../protocol/mesh/frame.ts'
import { EdgeswarmError } from '../error.ts'
import type { LinkStream } from '../shell/stream.ts'
import { within } from './signal.ts'

/** How far a body has come. */
export interface Progress {
  readonly direction: 'sent' | 'received'
  /** Bytes so far. */
  readonly bytes: number
  /** All bytes that there will be; `null` if nobody said. */
  readonly total: number | null
}

export type OnProgress = (progress: Progress) => void

export const lengthOf = (headers: Headers): number | null => {
  const length = headers.get('content-length')
  return length !== null && /^\d+$/.test(length) ? Number(length) : null
}

/** Sends a body to its end, as fast as the other side reads. */
export async function sendBody(
  stream: LinkStream,
  body: ReadableStream<Uint8Array>,
  total: number | null,
  onProgress?: OnProgress,
): Promise<void> {
  const reader = body.getReader()
  const stop = () => void reader.cancel().catch(() => undefined)
  stream.onstop = stop
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      // The other side may read a chunk long after its owner wrote something else into it.
      await stream.write(value.slice())
      bytes += value.length
      onProgress?.({ direction: 'sent', bytes, total })
    }
    stream.end()
  } catch (error) {
    stop()
    stream.reset(RESET.aborted, error as Error)
    throw error
  }
}

/** How a body is received. */
export interface Receiving {
  readonly total: number | null
  /** No bytes for so long end it with `ERR_TIMEOUT`; milliseconds. */
  readonly idleTimeout: number
  readonly onProgress?: OnProgress | undefined
  /** Told once, when the body has been read or given up. */
  readonly onDone?: () => void
}

/** What comes in on a stream, read no faster than whoever has the body reads. */
export function receiveBody(stream: LinkStream, receiving: Receiving): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { total, idleTimeout, onProgress, onDone } = receiving
  let bytes = 0
  let isCancelled = false
  const idle = () => new EdgeswarmError('ERR_TIMEOUT', `The other side has sent nothing for ${idleTimeout} ms.`)
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const chunk = await within(idleTimeout, stream.read(), idle)
          if (isCancelled) return
          if (!chunk) {
            controller.close()
            onDone?.()
            return
          }
          bytes += chunk.length
          onProgress?.({ direction: 'received', bytes, total })
          controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
        } catch (error) {
          stream.reset(RESET.aborted, error as Error)
          onDone?.()
          throw error
        }
      },
      cancel() {
        isCancelled = true
        stream.stop()
        onDone?.()
      },
    },
    // What nobody reads stays in the stream, whose window is bounded.
    { highWaterMark: 0 },
  )
}
