import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type RawData, WebSocket, WebSocketServer } from 'ws'

/** What went through the tracker, both ways together. An HTTP request is one message, and its response one. */
export interface Traffic {
  readonly messages: number
  readonly bytes: number
}

/**
 * Stands between peers and a tracker, passes on what they say, and counts it: text messages, and the bodies of HTTP
 * responses with the paths of their requests. Neither the headers of HTTP nor pings and pongs count.
 */
export class CountingProxy implements AsyncDisposable {
  readonly #target: string
  readonly #server: Server
  readonly #upgrades = new WebSocketServer({ noServer: true })
  #traffic: Traffic = { messages: 0, bytes: 0 }
  #onReply: () => void = () => undefined
  /** Settles when the tracker has answered something. */
  readonly replied = new Promise<void>((resolve) => {
    this.#onReply = resolve
  })

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((request, response) => {
      void this.#fetch(request, response)
    })
    this.#server.on('upgrade', (request, socket, head) => {
      this.#upgrades.handleUpgrade(request, socket, head, (peer) => {
        this.#bridge(peer, request.url ?? '/')
      })
    })
  }

  /** @param target `http://127.0.0.1:<port>` of the tracker */
  static async start(target: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(target)
    await new Promise<void>((resolve) => {
      proxy.#server.listen(0, '127.0.0.1', resolve)
    })
    return proxy
  }

  /** `127.0.0.1:<port>` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get traffic(): Traffic {
    return this.#traffic
  }

  #count(bytes: number): void {
    this.#traffic = { messages: this.#traffic.messages + 1, bytes: this.#traffic.bytes + bytes }
  }

  #bridge(peer: WebSocket, path: string): void {
    const tracker = new WebSocket(this.#target.replace('http', 'ws') + path, { perMessageDeflate: false })
    const early: string[] = []
    peer.on('message', (data) => {
      const text = this.#countText(data)
      if (tracker.readyState === WebSocket.OPEN) tracker.send(text)
      else early.push(text)
    })
    tracker.on('open', () => {
      for (const text of early) tracker.send(text)
    })
    tracker.on('message', (data) => {
      peer.send(this.#countText(data))
      this.#onReply()
    })
    for (const [one, other] of [
      [peer, tracker],
      [tracker, peer],
    ] as const) {
      one.on('close', () => {
        other.close()
      })
      // A close follows.
      one.on('error', () => undefined)
    }
  }

  #countText(data: RawData): string {
    const text = (data as Buffer).toString()
    if (text !== 'ping' && text !== 'pong') this.#count(Buffer.byteLength(text))
    return text
  }

  async #fetch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    this.#count(path.length)
    const answer = await fetch(this.#target + path)
    const body = Buffer.from(await answer.arrayBuffer())
    this.#count(body.length)
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.#upgrades.clients) peer.terminate()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }
}
