import { isPageAnswer, type PageAnswer, type RequestMessage, type WorkerWish } from './messages.ts'
import type { PageClient, PageClients } from './worker-scope.ts'

/** A page that has not begun to answer by then is busy or frozen, in milliseconds: the origin is asked. */
const ANSWER_WITHIN = 1000
/** A page that is waited for is looked after so often, in milliseconds: nobody tells that it was closed. */
const LOOK_EVERY = 1000
/** Bytes that are kept ready for the element: a few chunks, so that the page reads on while they are on their way. */
const AHEAD = 262_144

/** Asks a page for a file; `null` if it can not give it. */
export async function askPage(page: PageClient, request: Request, clients: PageClients): Promise<Response | null> {
  const answers = new Answers(page, request, clients)
  const heard = await answers.next(ANSWER_WITHIN)
  const head = heard?.type === 'heard' ? await answers.next() : null
  if (head?.type !== 'head') {
    answers.cancel()
    return null
  }
  const { status } = head
  const headers = head.headers.map(([name, value]): [string, string] => [name, value])
  const hasBody = request.method === 'GET' && status < 300
  return new Response(hasBody ? bodyOf(answers) : null, { status, headers })
}

function bodyOf(answers: Answers): ReadableStream<Uint8Array> {
  const ahead = new ByteLengthQueuingStrategy({ highWaterMark: AHEAD })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        answers.pull()
        const answer = await answers.next()
        if (answer?.type === 'chunk') controller.enqueue(answer.bytes)
        else if (answer?.type === 'end') controller.close()
        else controller.error(new TypeError('The page that read this file has stopped.'))
      },
      cancel() {
        answers.cancel()
      },
    },
    ahead,
  )
}

/** What a page answers to one request. */
class Answers {
  readonly #page: string
  readonly #clients: PageClients
  readonly #port: MessagePort
  readonly #arrived: PageAnswer[] = []
  #wake: () => void = () => undefined

  constructor(page: PageClient, request: Request, clients: PageClients) {
    this.#page = page.id
    this.#clients = clients
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    port1.onmessage = ({ data }) => {
      if (isPageAnswer(data)) this.#arrived.push(data)
      this.#wake()
    }
    const { url, method, headers, signal } = request
    const message: RequestMessage = { edgeswarm: 'request', url, method, range: headers.get('range') }
    page.postMessage(message, [port2])
    signal.addEventListener('abort', () => {
      this.cancel()
    })
  }

  pull(): void {
    this.#say('pull')
  }

  cancel(): void {
    this.#say('cancel')
    this.#port.close()
  }

  /** @returns `null` if the page is gone, or says nothing for so many milliseconds */
  async next(within = Infinity): Promise<PageAnswer | null> {
    for (let waited = 0; waited < within; waited += LOOK_EVERY) {
      if (this.#arrived.length === 0) await this.#arrival()
      const answer = this.#arrived.shift()
      if (answer) return answer
      if (!(await this.#clients.get(this.#page))) return null
    }
    return null
  }

  /** Settles with whatever comes, at the latest when the page is to be looked after. */
  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_EVERY)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #say(wish: WorkerWish): void {
    this.#port.postMessage(wish)
  }
}
