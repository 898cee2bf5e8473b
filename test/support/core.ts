import { type Address, parseAddress } from '../../protocol/address.ts'
import type { HttpAnnounce } from '../../protocol/http/request.ts'
import type { HttpAnnounceReply } from '../../protocol/http/reply.ts'
import { type InfoHash, isInfoHash, isOfferId, isPeerId, type OfferId, type PeerId } from '../../protocol/ids.ts'
import type { Attachment } from '../../worker/core/attachment.ts'
import type { Effect, HubEvent, HubMemory, Reply, StoredPeer } from '../../worker/core/event.ts'
import { handle } from '../../worker/core/hub.ts'
import { parseSettings } from '../../worker/core/limits.ts'
import type { SocketId } from '../../worker/core/socket.ts'
import { type HubState, newHubState } from '../../worker/core/state.ts'

/** A name made 20 characters long, as readable ids for tests. */
const idOf = (name: string): string => name.padEnd(20, '.')

export function infoHashOf(name: string): InfoHash {
  const id = idOf(name)
  if (isInfoHash(id)) return id
  throw new Error(`${name} is no info hash`)
}

export function peerIdOf(name: string): PeerId {
  const id = idOf(name)
  if (isPeerId(id)) return id
  throw new Error(`${name} is no peer id`)
}

export function offerIdOf(name: string): OfferId {
  const id = idOf(name)
  if (isOfferId(id)) return id
  throw new Error(`${name} is no offer id`)
}

export function addressOf(text: string): Address {
  const address = parseAddress(text)
  if (address) return address
  throw new Error(`${text} is no address`)
}

export const SWARM = infoHashOf('swarm')
export const OTHER_SWARM = infoHashOf('other swarm')
export const START = 1_760_000_000_000
export const SECOND = 1000
export const MINUTE = 60_000

/** mulberry32: uniform in [0, 1), and the same each time. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A message on its way to a socket, parsed. */
export interface Sent {
  readonly to: SocketId
  readonly message: unknown
}

export const sentIn = (effects: readonly Effect[]): Sent[] =>
  effects.flatMap((effect) =>
    effect.type === 'send' ? [{ to: effect.to, message: JSON.parse(effect.text) as unknown }] : [],
  )

export const effectsOf = <Type extends Effect['type']>(effects: readonly Effect[], type: Type) =>
  effects.filter((effect): effect is Extract<Effect, { type: Type }> => effect.type === type)

/** The fields of an announce that a test does not care about, and those it does. */
export const announceBy = (name: string, fields: object = {}): object => ({
  action: 'announce',
  info_hash: SWARM,
  peer_id: peerIdOf(name),
  left: 100,
  ...fields,
})

export const offersOf = (...names: readonly string[]): object[] =>
  names.map((name) => ({ offer: { type: 'offer', sdp: `sdp of ${name}` }, offer_id: offerIdOf(name) }))

/** The answer of one peer to an offer of another. */
export const answerBy = (from: string, to: string, offer: string, fields: object = {}): object => ({
  action: 'announce',
  info_hash: SWARM,
  peer_id: peerIdOf(from),
  to_peer_id: peerIdOf(to),
  answer: { type: 'answer', sdp: `sdp of ${from}` },
  offer_id: offerIdOf(offer),
  ...fields,
})

/** The dial of one peer to another. */
export const dialBy = (from: string, to: string, offer: string, fields: object = {}): object => ({
  action: 'announce',
  info_hash: SWARM,
  peer_id: peerIdOf(from),
  to_peer_id: peerIdOf(to),
  offer: { type: 'offer', sdp: `sdp of ${from}` },
  offer_id: offerIdOf(offer),
  ...fields,
})

export const httpAnnounceBy = (name: string, fields: Partial<HttpAnnounce> = {}): HttpAnnounce => ({
  infoHash: SWARM,
  peerId: peerIdOf(name),
  port: 6881,
  event: 'none',
  left: 100,
  numwant: null,
  compact: true,
  noPeerId: false,
  ip: null,
  ...fields,
})

/** A failure as a client gets it, its sentence left open. */
export const failure = (fields: { action?: string; info_hash?: string; 'retry in'?: number }, reason: unknown) => ({
  action: 'announce',
  info_hash: SWARM,
  'failure reason': reason,
  ...fields,
})

/** The core only passes a socket's id back, so any value does; a number reads best in a failed test. */
export const socketIdOf = (number: number): SocketId => number as unknown as SocketId

/** What outlives a hub, kept as the effects say. */
class FakeMemory {
  readonly attachments = new Map<SocketId, Attachment>()
  readonly httpPeers = new Map<string, StoredPeer>()
  readonly downloads = new Map<InfoHash, number>()
  sweepAt: number | null = null

  apply(effects: readonly Effect[]): void {
    for (const effect of effects) this.#applyOne(effect)
  }

  forget(socket: SocketId): void {
    this.attachments.delete(socket)
  }

  forgetSockets(): void {
    this.attachments.clear()
  }

  read(): HubMemory {
    return {
      sockets: [...this.attachments],
      httpPeers: [...this.httpPeers.values()],
      downloads: [...this.downloads],
      sweepAt: this.sweepAt,
    }
  }

  #applyOne(effect: Effect): void {
    switch (effect.type) {
      case 'attach':
        this.attachments.set(effect.socket, effect.attachment)
        break
      case 'close':
        this.attachments.delete(effect.socket)
        break
      case 'storePeer':
        this.httpPeers.set(peerKey(effect.peer.infoHash, effect.peer), effect.peer)
        break
      case 'deletePeer':
        this.httpPeers.delete(peerKey(effect.infoHash, effect))
        break
      case 'storeDownloads':
        if (effect.downloads === 0) this.downloads.delete(effect.infoHash)
        else this.downloads.set(effect.infoHash, effect.downloads)
        break
      case 'sweepAt':
        this.sweepAt = effect.at
        break
      case 'accept':
      case 'send':
      case 'reply':
        break
    }
  }
}

const peerKey = (infoHash: InfoHash, { address, port }: { readonly address: string; readonly port: number }): string =>
  `${infoHash}|${address}|${port}`

/** A hub without a platform: its clock stands still until a test moves it, and its memory is a few maps. */
export class TestHub {
  now = START
  state: HubState
  readonly memory = new FakeMemory()
  readonly random: () => number
  #lastSocket = 0

  constructor(environment: Readonly<Record<string, unknown>> = {}, random = seededRandom(1)) {
    this.random = random
    this.state = newHubState(parseSettings(environment), this.now)
  }

  handle(event: HubEvent): Effect[] {
    const effects = handle(this.state, event, this.now, this.random)
    this.memory.apply(effects)
    return effects
  }

  wait(milliseconds: number): void {
    this.now += milliseconds
  }

  tryOpen(address = '192.0.2.1', boundTo: InfoHash | null = null): { socket: SocketId; effects: Effect[] } {
    const socket = socketIdOf(++this.#lastSocket)
    return { socket, effects: this.handle({ type: 'open', socket, address: addressOf(address), boundTo }) }
  }

  open(address?: string, boundTo?: InfoHash | null): SocketId {
    const { socket, effects } = this.tryOpen(address, boundTo)
    if (effectsOf(effects, 'accept').length !== 1) throw new Error(`refused: ${JSON.stringify(effects)}`)
    return socket
  }

  /** Opens a socket and has a peer announce itself on it. */
  join(name: string, fields: object = {}, address?: string): SocketId {
    const socket = this.open(address)
    this.say(socket, announceBy(name, fields))
    return socket
  }

  /** A client sends a message; returns what the hub sends thereupon. */
  say(socket: SocketId, message: object): Sent[] {
    return sentIn(this.sayText(socket, JSON.stringify(message)))
  }

  sayText(socket: SocketId, text: string | null): Effect[] {
    return this.handle({ type: 'message', socket, text })
  }

  close(socket: SocketId): Effect[] {
    const effects = this.handle({ type: 'close', socket })
    this.memory.forget(socket)
    return effects
  }

  sweep(pings: Iterable<readonly [SocketId, number]> = []): Effect[] {
    // The alarm rang, so it is set no more.
    this.memory.sweepAt = null
    return this.handle({ type: 'sweep', pings: new Map(pings) })
  }

  httpAnnounce(announce: HttpAnnounce, address = '192.0.2.1'): Reply {
    return replyIn(this.handle({ type: 'httpAnnounce', address: addressOf(address), announce }))
  }

  /** The reply to an HTTP announce that must be served. */
  httpServed(announce: HttpAnnounce, address?: string): HttpAnnounceReply {
    const reply = this.httpAnnounce(announce, address)
    if (reply.type !== 'announced') throw new Error(`refused: ${JSON.stringify(reply)}`)
    return reply.reply
  }

  httpScrape(infoHashes: readonly InfoHash[] | 'all', address = '192.0.2.1'): Reply {
    return replyIn(this.handle({ type: 'httpScrape', address: addressOf(address), infoHashes }))
  }

  /** The hub sleeps and wakes with what the platform kept for it: its sockets too. */
  hibernate(): void {
    this.state = newHubState(this.state.settings, this.now)
    this.handle({ type: 'wake', memory: this.memory.read() })
  }

  /** The hub's process ends and starts anew: the sockets are gone. */
  restart(): void {
    this.memory.forgetSockets()
    this.hibernate()
  }

  /** What a scrape of the swarm says, whoever asks. */
  counts(infoHash = SWARM): unknown {
    const { complete, incomplete, downloaded } = this.state.swarms.get(infoHash)?.counts ?? {}
    return { complete: complete ?? 0, incomplete: incomplete ?? 0, downloaded: downloaded ?? 0 }
  }
}

export function replyIn(effects: readonly Effect[]): Reply {
  const [reply, ...more] = effectsOf(effects, 'reply')
  if (!reply || more.length > 0) throw new Error(`${effects.length} effects, and not one reply among them`)
  return reply.reply
}
