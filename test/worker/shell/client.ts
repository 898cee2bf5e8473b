import { evictDurableObject } from 'cloudflare:test'
import { env, exports } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { Environment } from '../../../worker/shell/environment.ts'
import type { Hub } from '../../../worker/shell/hub.ts'
import type { Stats } from '../../../worker/routes/figures.ts'

const worker = (exports as unknown as { default: Fetcher }).default
const opened: WebSocket[] = []

/** A WebSocket on the Worker, as a peer has it. */
export class PeerSocket {
  readonly #webSocket: WebSocket
  readonly #received: string[] = []
  readonly #waiting: ((text: string) => void)[] = []
  readonly closed: Promise<CloseEvent>

  private constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket
    this.closed = new Promise((resolve) => {
      webSocket.addEventListener('close', resolve)
    })
    webSocket.addEventListener('message', ({ data }) => {
      const next = this.#waiting.shift()
      if (next) next(String(data))
      else this.#received.push(String(data))
    })
    webSocket.accept()
    opened.push(webSocket)
  }

  static async open(path = '/announce', address = '192.0.2.1'): Promise<PeerSocket> {
    const { webSocket, status } = await upgrade(path, { 'cf-connecting-ip': address })
    if (!webSocket) throw new Error(`The Worker opened no WebSocket; it answered ${status}.`)
    return new PeerSocket(webSocket)
  }

  send(message: object | string | ArrayBuffer): void {
    const isRaw = typeof message === 'string' || message instanceof ArrayBuffer
    this.#webSocket.send(isRaw ? message : JSON.stringify(message))
  }

  /** The next message that has not been read. */
  next(): Promise<string> {
    const received = this.#received.shift()
    if (received !== undefined) return Promise.resolve(received)
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  async ask(message: object): Promise<unknown> {
    this.send(message)
    return JSON.parse(await this.next()) as unknown
  }

  close(): void {
    this.#webSocket.close(1000, 'done')
  }
}

export const fetchWorker = (path: string, init: RequestInit): Promise<Response> =>
  worker.fetch(`https://tracker.example${path}`, init)

export const upgrade = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetchWorker(path, { headers: { upgrade: 'websocket', ...headers } })

export const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetchWorker(path, { headers })

/** An id of 20 bytes, all values among them, the first ones telling it from others. */
export const id = (number: number): string =>
  String.fromCharCode(number >> 8, number & 0xff, ...Array.from({ length: 18 }, (_, index) => (index * 15) & 0xff))

export const announce = (infoHash: string, peerId: string, more: object = {}): object => ({
  action: 'announce',
  info_hash: infoHash,
  peer_id: peerId,
  left: 1,
  numwant: 0,
  ...more,
})

export const offers = (...numbers: number[]): object[] =>
  numbers.map((number) => ({ offer: { type: 'offer', sdp: `v=0\r\n${number}` }, offer_id: id(number) }))

export const hub = (): DurableObjectStub<Hub> => (env as unknown as Environment).HUB.getByName('hub-0')

export const stats = async (): Promise<Stats> => (await get('/stats.json')).json()

/** Closes all sockets and has the hub start anew, for the next test. Not by `reset`: workerd reports each as an error. */
export async function cleanUp(): Promise<void> {
  for (const webSocket of opened.splice(0)) {
    if (webSocket.readyState === WebSocket.OPEN) webSocket.close(1000, 'the test is over')
  }
  await expect.poll(stats, { timeout: 5000 }).toMatchObject({ sockets: 0 })
  await evictDurableObject(hub())
}
