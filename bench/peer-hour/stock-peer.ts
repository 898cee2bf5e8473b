import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { announcer } from '../tracker/announces.ts'
import type { Count } from './count.ts'
import type { Server } from './servers.ts'

/** What bittorrent-tracker's Client offers with each announce, whatever its swarm. */
const OFFERS = 5

/** What both trackers tell a WebSocket peer by default: seconds between its announces. */
export const INTERVAL = 120

/**
 * `all`: answers each offer that it gets, as bittorrent-tracker's Client does. `new`: lets those of peers that it is
 * linked to pass, as webtorrent does.
 */
export type Answers = 'all' | 'new'

interface Message {
  readonly interval?: number
  readonly 'failure reason'?: string
  readonly peer_id?: string
  readonly offer_id?: string
  readonly offer?: unknown
  readonly answer?: unknown
}

/** A stock peer as its tracker knows it: it says what a real one says, and makes no connections. */
export class StockPeer {
  readonly id: string
  /** Peer ids that it is linked to. */
  readonly linked = new Set<string>()
  readonly #infoHash: string
  readonly #announce: () => string
  readonly #answer: unknown
  readonly #answers: Answers
  readonly #count: Count
  readonly #socket: WebSocket

  private constructor({ kind, host }: Server, infoHash: string, answers: Answers, count: Count) {
    this.#infoHash = infoHash
    this.#announce = announcer(infoHash, OFFERS)
    this.#answers = answers
    this.#count = count
    const { peer_id: id, offers } = JSON.parse(this.#announce()) as {
      peer_id: string
      offers: readonly [{ readonly offer: { readonly sdp: string } }]
    }
    this.id = id
    this.#answer = { type: 'answer', sdp: offers[0].offer.sdp }
    const path = kind === 'edgeswarm' ? '/announce' : '/'
    this.#socket = new WebSocket(`ws://${host}${path}`)
    count.handled++
    this.#socket.on('message', (data: Buffer) => {
      this.#count.sent++
      this.#receive(JSON.parse(data.toString()) as Message)
    })
  }

  /** Settles when the tracker has answered its first announce. */
  static async start(server: Server, infoHash: string, answers: Answers, count: Count): Promise<StockPeer> {
    const peer = new StockPeer(server, infoHash, answers, count)
    await once(peer.#socket, 'open')
    const answered = once(peer.#socket, 'message')
    peer.#say(peer.#announce().replace('{', '{"event":"started",'))
    await answered
    return peer
  }

  announce(): void {
    this.#say(this.#announce())
  }

  async stop(): Promise<void> {
    const fields = { action: 'announce', event: 'stopped', info_hash: this.#infoHash, peer_id: this.id }
    this.#say(JSON.stringify({ ...fields, uploaded: 0, downloaded: 0, left: 0 }))
    // As the client: what is still to come is waited for, for a while.
    await wait(1000)
    this.end()
  }

  end(): void {
    this.#socket.terminate()
  }

  #say(text: string): void {
    this.#count.handled++
    this.#socket.send(text)
  }

  #receive(message: Message): void {
    const { interval, peer_id: from, offer, answer, offer_id } = message
    const failure = message['failure reason']
    if (failure !== undefined) throw new Error(`The tracker refused a stock peer: ${failure}`)
    if (interval !== undefined && interval !== INTERVAL) throw new Error(`The tracker asks for ${interval} s.`)
    if (from === undefined) return
    if (answer !== undefined) this.linked.add(from)
    if (offer === undefined || (this.#answers === 'new' && this.linked.has(from))) return
    this.linked.add(from)
    const fields = { action: 'announce', info_hash: this.#infoHash, peer_id: this.id }
    this.#say(JSON.stringify({ ...fields, to_peer_id: from, answer: this.#answer, offer_id }))
  }
}
