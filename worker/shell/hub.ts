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
    const boundTo = infoHashFromHex(query.get('swarm') ?? '')
    const reply = this.#run({ type: 'open', socket: idOf(server), address, boundTo })
    if (reply?.type === 'refused') return refusalResponse(reply.refusal)
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
    this.#run({ type: 'message', socket: idOf(webSocket), text: typeof data === 'string' ? data : null })
  }

  override webSocketClose(webSocket: WebSocket): void {
    this.webSocketError(webSocket)
    // Until this side closes too, a client waits: Node's for ten seconds.
    webSocket.close(1000)
  }

  override webSocketError(webSocket: WebSocket): void {
    this.#run({ type: 'close', socket: idOf(webSocket) })
  }

  override alarm(): void {
    const pings = new Map<SocketId, number>()
    for (const webSocket of this.ctx.getWebSockets()) {
      const pinged = this.ctx.getWebSocketAutoResponseTimestamp(webSocket)
      if (pinged) pings.set(idOf(webSocket), pinged.getTime())
    }
    this.#run({ type: 'sweep', pings })
  }

  #wake(sweepAt: number | null): void {
    const sockets: [SocketId, Attachment][] = []
    for (const webSocket of this.ctx.getWebSockets()) {
      const attachment = webSocket.deserializeAttachment() as Attachment | null
      if (attachment) sockets.push([idOf(webSocket), attachment])
    }
    const httpPeers = this.#storage.httpPeers()
    const downloads = this.#storage.downloads()
    this.#run({ type: 'wake', memory: { sockets, httpPeers, downloads, sweepAt } })
  }

  #run(event: HubEvent): Reply | undefined {
    let reply: Reply | undefined
    for (const effect of handle(this.#state, event, Date.now(), Math.random)) {
      if (effect.type === 'reply') reply = effect.reply
      else this.#carryOut(effect)
    }
    return reply
  }

  #carryOut(effect: Exclude<Effect, { type: 'reply' }>): void {
    switch (effect.type) {
      case 'accept':
        this.ctx.acceptWebSocket(webSocketOf(effect.socket))
        break
      case 'send':
        send(webSocketOf(effect.to), effect.text)
        break
      case 'close':
        close(webSocketOf(effect.socket), effect.code, effect.reason)
        break
      case 'attach':
        webSocketOf(effect.socket).serializeAttachment(effect.attachment)
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
}

// The core knows a WebSocket by what it is, and does nothing with it but pass it back.
const idOf = (webSocket: WebSocket): SocketId => webSocket as unknown as SocketId
const webSocketOf = (socket: SocketId): WebSocket => socket as unknown as WebSocket

function send(webSocket: WebSocket, text: string): void {
  try {
    webSocket.send(text)
  } catch {
    // The connection is gone and its close event is on the way: nothing is lost that could have arrived.
  }
}

function close(webSocket: WebSocket, code: number, reason: string): void {
  // Until the other side has closed too the platform counts the socket; without an attachment no wake revives it.
  webSocket.serializeAttachment(null)
  webSocket.close(code, reason)
}
