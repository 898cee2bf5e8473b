import { DurableObject } from 'cloudflare:workers'

interface Environment {
  readonly BARE: DurableObjectNamespace<Bare>
}

/**
 * The limit of the platform: an object that reads nothing of a message, and sends as many messages of the same
 * size as the tracker would. The query says how many and how long.
 */
export class Bare extends DurableObject<Environment> {
  readonly #sockets: WebSocket[] = []
  #reply = ''
  #relayed = ''
  #relays = 0
  #next = 0

  override fetch(request: Request): Response {
    const query = new URL(request.url).searchParams
    this.#reply = 'r'.repeat(Number(query.get('reply')))
    this.#relayed = 'o'.repeat(Number(query.get('relayed')))
    this.#relays = Number(query.get('relays'))
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    this.#sockets.push(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  override webSocketMessage(webSocket: WebSocket): void {
    webSocket.send(this.#reply)
    for (let relay = 0; relay < this.#relays; relay++) {
      this.#next = (this.#next + 1) % this.#sockets.length
      this.#sockets[this.#next]?.send(this.#relayed)
    }
  }
}

export default {
  fetch(request: Request, environment: Environment): Promise<Response> {
    return environment.BARE.getByName(new URL(request.url).search).fetch(request)
  },
}
