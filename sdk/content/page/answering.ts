import type { OpenFile } from '../reading.ts'
import { respondWith } from '../swarm-fetch.ts'
import type { PageAnswer, RequestMessage, WorkerWish } from './messages.ts'

/** Where a message is answered: as much of a MessagePort as is used. */
export interface AnswerPort {
  postMessage(answer: PageAnswer, transfer?: Transferable[]): void
  onmessage: ((event: MessageEvent) => void) | null
  close(): void
}

/**
 * Answers a request of the service worker, byte by byte as it asks for them.
 *
 * @param open gives the file, or `null` if there is none; waits until it is known which
 */
export async function answerRequest(
  { url, method, range }: RequestMessage,
  port: AnswerPort,
  open: (signal: AbortSignal) => Promise<OpenFile | null>,
): Promise<void> {
  const cancelled = new AbortController()
  const wishes = new Wishes(port, cancelled)
  port.postMessage({ type: 'heard' })
  const body = await begin(port, cancelled.signal, async () => {
    const file = await open(cancelled.signal)
    const request = new Request(url, { method, headers: range === null ? {} : { range } })
    return file && respondWith(file, request, () => undefined)
  })
  if (body) await send(body, port, wishes)
  port.close()
}

interface Body {
  readonly reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>
  readonly first: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>
}

/** Sends the head once the first byte is there: until then the origin can still be asked instead. */
async function begin(
  port: AnswerPort,
  cancelled: AbortSignal,
  respond: () => Promise<Response | null>,
): Promise<Body | null> {
  try {
    const response = await respond()
    if (!response) {
      port.postMessage({ type: 'none' })
      return null
    }
    const reader = response.body?.getReader()
    cancelled.addEventListener('abort', () => void reader?.cancel().catch(() => undefined))
    const first = await reader?.read()
    port.postMessage({ type: 'head', status: response.status, headers: [...response.headers] })
    return reader && first ? { reader, first } : null
  } catch {
    port.postMessage({ type: 'none' })
    return null
  }
}

async function send({ reader, first }: Body, port: AnswerPort, wishes: Wishes): Promise<void> {
  try {
    for (let read = first; await wishes.next(); read = await reader.read()) {
      if (read.done) {
        port.postMessage({ type: 'end' })
        return
      }
      // A copy, as whoever reads the disk keeps what was read.
      const bytes = read.value.slice()
      port.postMessage({ type: 'chunk', bytes }, [bytes.buffer])
    }
  } catch {
    port.postMessage({ type: 'failed' })
  }
}

/** What the worker wishes, one after the other. */
class Wishes {
  #pulls = 0
  #isCancelled = false
  #wake: () => void = () => undefined

  constructor(port: AnswerPort, cancelled: AbortController) {
    port.onmessage = ({ data }: MessageEvent<WorkerWish>) => {
      if (data === 'pull') this.#pulls++
      else {
        this.#isCancelled = true
        cancelled.abort()
      }
      this.#wake()
    }
  }

  /** Settles once more is wished for; `false` if nothing is any more. */
  async next(): Promise<boolean> {
    while (this.#pulls === 0 && !this.#isCancelled) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#pulls--
    return !this.#isCancelled
  }
}
