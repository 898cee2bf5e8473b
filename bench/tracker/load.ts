import { once } from 'node:events'
import { WebSocket } from 'ws'
import { announcer } from './announces.ts'

/** What one round measured. */
export interface Measured {
  readonly announces: number
  readonly messages: number
  readonly seconds: number
  /** Milliseconds from each announce to its reply. */
  readonly latencies: readonly number[]
}

/** In bytes. */
export interface MessageLengths {
  readonly reply: number
  readonly relayed: number
}

/** A message that is longer is a relayed offer, whichever server sends it. */
const LONGEST_REPLY = 500

/** How many announces wait for their reply at once, over all sockets. */
const IN_FLIGHT = 50

interface Client {
  readonly socket: WebSocket
  readonly announce: () => string
  sentAt: number
}

/** A swarm of sockets on one server, which announces as fast as it is answered. */
export class Load implements AsyncDisposable {
  readonly #clients: Client[] = []
  readonly #offers: number
  #onMessage: (client: Client, isReply: boolean) => void = () => undefined
  #lengths: MessageLengths = { reply: 0, relayed: 0 }

  constructor(offers: number) {
    this.#offers = offers
  }

  /** How long the last messages were that the server sent. */
  get lengths(): MessageLengths {
    return this.#lengths
  }

  async connect(url: string, sockets: number, infoHash: string): Promise<void> {
    for (let index = 0; index < sockets; index++) {
      const socket = new WebSocket(url, { perMessageDeflate: false })
      const client: Client = { socket, announce: announcer(infoHash, this.#offers), sentAt: 0 }
      socket.on('message', (data: Buffer) => {
        const isReply = data.length < LONGEST_REPLY
        this.#lengths = { ...this.#lengths, [isReply ? 'reply' : 'relayed']: data.length }
        this.#onMessage(client, isReply)
      })
      await once(socket, 'open')
      this.#clients.push(client)
    }
    // Each peer is present before the first round begins.
    await this.#run((sent) => sent < sockets)
  }

  measure(milliseconds: number): Promise<Measured> {
    const end = performance.now() + milliseconds
    return this.#run(() => performance.now() < end)
  }

  async #run(goOn: (sent: number) => boolean): Promise<Measured> {
    const latencies: number[] = []
    const start = performance.now()
    let sent = 0
    let relayed = 0
    const send = () => {
      const client = this.#clients[sent % this.#clients.length]
      if (!client) return
      sent++
      client.sentAt = performance.now()
      client.socket.send(client.announce())
    }
    await new Promise<void>((resolve) => {
      this.#onMessage = (client, isReply) => {
        if (isReply) {
          latencies.push(performance.now() - client.sentAt)
          if (goOn(sent)) send()
        } else relayed++
        if (latencies.length === sent && !goOn(sent)) resolve()
      }
      for (let first = 0; first < IN_FLIGHT && goOn(sent); first++) send()
    })
    const seconds = (performance.now() - start) / 1000
    return { announces: latencies.length, messages: sent + latencies.length + relayed, seconds, latencies }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#clients.map(async ({ socket }) => {
        socket.terminate()
        if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close')
      }),
    )
  }
}
