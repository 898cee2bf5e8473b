import { RESET } from '../../protocol/mesh/frame.ts'
import { EdgeswarmError } from '../error.ts'
import type { LinkStream } from '../shell/stream.ts'

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
  const reader: ReadableStreamDefaultReader<unknown> = body.getReader()
  const stop = () => void reader.cancel().catch(() => undefined)
  stream.onstop = stop
  let bytes = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      if (!(value instanceof Uint8Array)) throw new TypeError('A body is a stream of Uint8Array.')
      // It may be read long after its owner has written something else into it.
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
  const idle = new IdleTimer(idleTimeout, () => {
    const error = new EdgeswarmError('ERR_TIMEOUT', `The other side has sent nothing for ${idleTimeout} ms.`)
    stream.reset(RESET.aborted, error)
  })
  const done = () => {
    idle.stop()
    onDone?.()
  }
  let bytes = 0
  let isCancelled = false
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          idle.begin()
          const chunk = await stream.read()
          idle.end()
          if (isCancelled) return
          if (!chunk) {
            controller.close()
            done()
            return
          }
          bytes += chunk.length
          onProgress?.({ direction: 'received', bytes, total })
          controller.enqueue(chunk as Uint8Array<ArrayBuffer>)
        } catch (error) {
          stream.reset(RESET.aborted, error as Error)
          done()
          throw error
        }
      },
      cancel() {
        isCancelled = true
        stream.stop()
        done()
      },
    },
    // What nobody reads stays in the stream, whose window is bounded.
    { highWaterMark: 0 },
  )
}

/** Ends a wait that takes too long, by one timer for all the waits of a body: there are thousands a second. */
class IdleTimer {
  readonly #after: number
  readonly #late: () => void
  #timer: ReturnType<typeof setTimeout> | null = null
  #since: number | null = null

  /** @param after milliseconds; `Infinity` for never */
  constructor(after: number, late: () => void) {
    this.#after = after
    this.#late = late
  }

  begin(): void {
    this.#since = performance.now()
    if (this.#timer === null && this.#after !== Infinity) this.#arm(this.#after)
  }

  end(): void {
    this.#since = null
  }

  stop(): void {
    this.#since = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #arm(milliseconds: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      // Nobody waits: the next wait arms it again, and a body that is never read leaves no timer behind.
      if (this.#since === null) return
      const waited = performance.now() - this.#since
      if (waited >= this.#after) this.#late()
      else this.#arm(this.#after - waited)
    }, milliseconds)
  }
}
