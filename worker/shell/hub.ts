import { DurableObject } from 'cloudflare:workers'
import { type Address, parseAddress } from '../../protocol/address.ts'
import type { HttpAnnounce } from '../../protocol/http/request.ts'
import { type InfoHash, infoHashFromHex } from '../../protocol/ids.ts'
import type { Attachment } from '../core/attachment.ts'
import type { Effect, HubEvent, Reply } from '../core/event.ts'
import type { Figures } from '../core/figures.ts'
import { figuresOf, handle } from '../core/hub.ts'
import type { SocketId } from '../core/socket.ts'
import { type HubState, newHubState } from '../core/state.ts'
import { type Environment, settings } from './environment.ts'
import { refusalResponse } from './refusal.ts'
import { HubStorage } from './storage.ts'

/** Holds the sockets of peers, and the swarms that they speak of. Everything it decides, the core decides. */
export class Hub extends DurableObject<Environment> {
  readonly #state: HubState = newHubState(settings, Date.now())
  readonly #storage: HubStorage
  readonly #sockets = new Map<SocketId, WebSocket>()
  readonly #ids = new Map<WebSocket, SocketId>()
  #lastId = 0

  constructor(context: DurableObjectState, environment: Environment) {
    super(context, environment)
    this.#storage = new HubStorage(context.storage.sql)
    context.setWebSocketAutoResponse(new WebSocketRequestResponsePair('ping', 'pong'))
    void context.blockConcurrencyWhile(async () => {
      this.#wake(await context.storage.getAlarm())
    })
  }

  /** The Worker asks for a WebSocket here, with `address` and perhaps `swarm` (hex) in the query. */
  override fetch(request: Request): Response {
    const query = new URL(request.url).searchParams
    const address = parseAddress(query.get('address') ?? '')
    if (!address) return new Response('The Worker sent no client address.', { status: 500 })
    const { 0: client, 1: server } = new WebSocketPair()
    const socket = this.#remember(server)
    const reply = this.#run(
      { type: 'open', socket, address, boundTo: infoHashFromHex(query.get('swarm') ?? '') },
      () => {
        this.ctx.acceptWebSocket(server)
      },
    )
    if (reply?.type === 'refused') {
      this.#forget(socket)
      return refusalResponse(reply.refusal)
    }
    return new Response(null, { status: 101, webSocket: client })
  }

  announce(address: Address, announce: HttpAnnounce): Reply | undefined {
    return this.#run({ type: 'httpAnnounce', address, announce })
  }

  scrape(address: Address, infoHashes: readonly InfoHash[] | 'all'): Reply | undefined {
    return this.#run({ type: 'httpScrape', address, infoHashes })
  }

  figures(): Figures {
    return figuresOf(this.#state, Date.now())
  }

  override webSocketMessage(webSocket: WebSocket, data: string | ArrayBuffer): void {
    const socket = this.#ids.get(webSocket)
    if (socket === undefined) return
    this.#run({ type: 'message', socket, text: typeof data === 'string' ? data : null })
  }

  override webSocketClose(webSocket: WebSocket): void {
    const socket = this.#ids.get(webSocket)
    if (socket === undefined) return
    this.#run({ type: 'close', socket })
    this.#forget(socket)
  }

  override webSocketError(webSocket: WebSocket): void {
    this.webSocketClose(webSocket)
  }

  override alarm(): void {
    const pings = new Map<SocketId, number>()
    for (const [socket, webSocket] of this.#sockets) {
      const pinged = this.ctx.getWebSocketAutoResponseTimestamp(webSocket)
      if (pinged) pings.set(socket, pinged.getTime())
    }
    this.#run({ type: 'sweep', pings })
  }

  #wake(sweepAt: number | null): void {
    const sockets: [SocketId, Attachment][] = []
    for (const webSocket of this.ctx.getWebSockets()) {
      const attachment = webSocket.deserializeAttachment() as Attachment | null
      if (attachment) sockets.push([this.#remember(webSocket), attachment])
    }
    const httpPeers = this.#storage.httpPeers()
    const downloads = this.#storage.downloads()
    this.#run({ type: 'wake', memory: { sockets, httpPeers, downloads, sweepAt } })
  }

  #run(event: HubEvent, accept?: () => void): Reply | undefined {
    let reply: Reply | undefined
    for (const effect of handle(this.#state, event, Date.now(), Math.random)) {
      if (effect.type === 'reply') {
        reply = effect.reply
        if (reply.type === 'accepted') accept?.()
      } else this.#carryOut(effect)
    }
    return reply
  }

  #carryOut(effect: Exclude<Effect, { type: 'reply' }>): void {
    switch (effect.type) {
      case 'send':
        this.#send(effect.to, effect.text)
        break
      case 'close':
        this.#sockets.get(effect.socket)?.close(effect.code, effect.reason)
        this.#forget(effect.socket)
        break
      case 'attach':
        this.#sockets.get(effect.socket)?.serializeAttachment(effect.attachment)
        break
      case 'sweepAt':
        void this.ctx.storage.setAlarm(effect.at)
        break
      case 'storePeer':
      case 'deletePeer':
      case 'storeDownloads':
        this.#storage.apply(effect)
        break
    }
  }

  #send(socket: SocketId, text: string): void {
    try {
      this.#sockets.get(socket)?.send(text)
    } catch {
      // The connection is gone and its close event is on the way: nothing is lost that could have arrived.
    }
  }

  #remember(webSocket: WebSocket): SocketId {
    const socket = ++this.#lastId as SocketId
    this.#sockets.set(socket, webSocket)
    this.#ids.set(webSocket, socket)
    return socket
  }

  #forget(socket: SocketId): void {
    const webSocket = this.#sockets.get(socket)
    if (!webSocket) return
    this.#sockets.delete(socket)
    this.#ids.delete(webSocket)
  }
}
