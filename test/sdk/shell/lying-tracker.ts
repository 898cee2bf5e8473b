import { once } from 'node:events'
import { type DataChannel, PeerConnection } from 'node-datachannel'
import { type WebSocket, WebSocketServer } from 'ws'

interface Message {
  readonly peer_id: string
  readonly to_peer_id?: string
  readonly info_hash: string
  readonly offer?: { readonly sdp: string }
  readonly answer?: { readonly sdp: string }
  readonly offer_id?: string
}

/**
 * A tracker that knows rendezvous and sits in the middle: it answers each offer itself, offers itself to the other
 * peer, and passes what comes over the one connection to the other.
 */
export class LyingTracker implements AsyncDisposable {
  readonly #server: WebSocketServer
  readonly #change: ((sdp: string) => string) | null
  readonly #sockets = new Map<string, WebSocket>()
  readonly #connections: PeerConnection[] = []
  readonly #answers = new Map<string, (sdp: string) => void>()
  /** What it heard of the peers' frames. */
  readonly heard: Buffer[] = []
  #relayed = 0
  #left = 0
  #wake: () => void = () => undefined

  private constructor(server: WebSocketServer, change: ((sdp: string) => string) | null) {
    this.#server = server
    this.#change = change
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        if (data.toString() !== 'ping') this.#receive(socket, JSON.parse(data.toString()) as Message)
      })
    })
  }

  /** @param change what it makes of an SDP that it relays; absent, it sits in the middle instead */
  static async start(change: ((sdp: string) => string) | null = null): Promise<LyingTracker> {
    const server = new WebSocketServer({ port: 0 })
    await once(server, 'listening')
    return new LyingTracker(server, change)
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`
  }

  #receive(socket: WebSocket, message: Message): void {
    if (message.offer) this.#serveOffer(message, message.offer.sdp)
    else if (message.answer) this.#serveAnswer(message, message.answer.sdp)
    else this.#serveAnnounce(socket, message)
  }

  #serveAnnounce(socket: WebSocket, { peer_id, info_hash }: Message): void {
    const peers = [...this.#sockets.keys()].filter((id) => id !== peer_id)
    this.#sockets.set(peer_id, socket)
    const counts = { complete: 0, incomplete: this.#sockets.size, interval: 120 }
    socket.send(JSON.stringify({ action: 'announce', info_hash, ...counts, rendezvous: 1, peers }))
  }

  #serveOffer(message: Message, sdp: string): void {
    if (this.#change) this.#relay(message, 'offer', this.#change(sdp))
    else void this.#sitBetween(message, sdp)
  }

  #serveAnswer(message: Message, sdp: string): void {
    if (this.#change) this.#relay(message, 'answer', this.#change(sdp))
    else this.#answers.get(message.offer_id ?? '')?.(sdp)
  }

  #relay({ peer_id, to_peer_id = '', info_hash, offer_id }: Message, kind: 'offer' | 'answer', sdp: string): void {
    const description = { type: kind, sdp }
    this.#sockets
      .get(to_peer_id)
      ?.send(JSON.stringify({ action: 'announce', info_hash, peer_id, offer_id, [kind]: description }))
    this.#relayed++
    this.#wake()
  }

  async #sitBetween(message: Message, offer: string): Promise<void> {
    const { peer_id: from, to_peer_id: to = '', info_hash, offer_id = '' } = message
    const [near, far] = [this.#open(), this.#open()]
    pipe(near.channel, far.channel, (bytes) => {
      this.heard.push(bytes)
      this.#wake()
    })
    take(near.connection, offer, 'offer')
    const answer = await near.describe()
    const own = await far.describe()
    const send = (peer: string, fields: object) => {
      this.#sockets.get(peer)?.send(JSON.stringify({ action: 'announce', info_hash, offer_id, ...fields }))
    }
    this.#answers.set(offer_id, (sdp) => {
      take(far.connection, sdp, 'answer')
    })
    send(from, { peer_id: to, answer: { type: 'answer', sdp: answer } })
    send(to, { peer_id: from, offer: { type: 'offer', sdp: own } })
  }

  #open() {
    const connection = new PeerConnection('liar', { iceServers: [], disableAutoNegotiation: true })
    this.#connections.push(connection)
    const channel = connection.createDataChannel('edgeswarm', { negotiated: true, id: 0 })
    const gathered = new Promise<void>((resolve) => {
      connection.onGatheringStateChange((state) => {
        if (state === 'complete') resolve()
      })
    })
    channel.onClosed(() => {
      this.#left++
      this.#wake()
    })
    const describe = async (): Promise<string> => {
      connection.setLocalDescription()
      await gathered
      return connection.localDescription()?.sdp ?? ''
    }
    return { connection, channel, describe }
  }

  /** Settles once so many frames have gone through the middle. */
  async hasPassed(count: number): Promise<void> {
    while (this.heard.length < count) await this.#next()
  }

  async hasRelayed(count: number): Promise<void> {
    while (this.#relayed < count) await this.#next()
  }

  /** Settles once a peer has closed its connection to the middle. */
  async isLeft(): Promise<void> {
    while (this.#left === 0) await this.#next()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.#connections) connection.close()
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** Without the candidates, which libdatachannel refuses now and then: the other side's checks show where it is. */
function take(connection: PeerConnection, sdp: string, type: 'offer' | 'answer'): void {
  connection.setRemoteDescription(sdp.replace(/^a=candidate:.*\r\n/gm, ''), type)
}

/** Passes what comes over one channel to the other, both ways, from the moment that both are open. */
function pipe(one: DataChannel, other: DataChannel, hear: (bytes: Buffer) => void): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const waiting: Buffer[] = []
    to.onOpen(() => {
      for (const bytes of waiting.splice(0)) to.sendMessageBinary(bytes)
    })
    from.onMessage((message) => {
      const bytes = Buffer.from(message as Buffer)
      hear(bytes)
      if (to.isOpen()) to.sendMessageBinary(bytes)
      else waiting.push(bytes)
    })
  }
}
