import { type PeerId, peerIdFromHex, toHex } from '../../protocol/ids.ts'
import { isMetadata, MAX_METADATA } from '../../protocol/mesh/control.ts'
import { RESET } from '../../protocol/mesh/frame.ts'
import { MAX_MESSAGE } from '../../protocol/mesh/header.ts'
import { MAX_DATA, MAX_TOPIC } from '../../protocol/mesh/publication.ts'
import { decodeValue, encodeValue } from '../../protocol/mesh/value.ts'
import { EdgeswarmError } from '../error.ts'
import type { LocalPeer } from '../shell/local-peer.ts'
import type { LinkStream } from '../shell/stream.ts'
import type { Member, Swarm, SwarmEvents } from '../shell/swarm.ts'
import { Emitter } from './emitter.ts'
import type { Fetcher, MeshRequestInit } from './fetch.ts'
import { type BrowserMediaStream, Peer } from './peer.ts'
import { abortable } from './signal.ts'
import type { Handler, IncomingRequest, Server } from './serve.ts'
import { Topic } from './topic.ts'

/** What is loaded with the first request or message. */
interface Requests<Metadata> extends Omit<typeof import('./requests.ts'), 'Fetcher' | 'Server'> {
  readonly fetcher: Fetcher
  readonly server: Server<ServeContext<Metadata>>
}

/** What happened at a tracker. The mesh goes on by itself; this is for showing it. */
export interface TrackerNotice {
  readonly url: string
  /** What went wrong, for a person to read; `null` when the tracker has answered. */
  readonly problem: string | null
}

// A type and not an interface: only a type has an index signature.
type MeshEvents<Metadata> = {
  /** A peer is in the swarm. */
  join: Peer<Metadata>
  /** It has left, or has not been heard of for some seconds; or the swarm has grown large, and it is not in the sample. */
  leave: Peer<Metadata>
  /** It has published other metadata. */
  metadata: Peer<Metadata>
  /** A peer has sent a message to this one alone, by `peer.send`. It may be anything: it comes from a stranger. */
  message: { readonly from: Peer<Metadata>; readonly data: unknown }
  tracker: TrackerNotice
  /** A peer did not let this one in: its `admit` said no. */
  denied: { readonly id: string }
  /** The mesh is closed; `error` says why if nobody asked for it. */
  close: { readonly error: EdgeswarmError | null }
}

/** What `serve` handlers get beside the request. */
export interface ServeContext<Metadata = unknown> {
  readonly peer: Peer<Metadata>
}

/** What is said before leaving may take so long to arrive, in milliseconds. */
const GOODBYE = 3000

/** What of a swarm's events is the mesh's own; `join` serves the others. */
export type MeshSwarmEvents = Omit<SwarmEvents, 'announced' | 'trackerFailed' | 'admit'>

/** How many peers are in a swarm. */
export interface Presence {
  /** This one among them. */
  readonly count: number
  /** Whether `count` is what is known, and `peers` are all of them; in a large swarm it is estimated from a sample. */
  readonly isExact: boolean
}

/** A swarm that this peer is in. */
export class Mesh<Metadata = unknown> extends Emitter<MeshEvents<Metadata>> implements AsyncDisposable {
  /** This peer's id: 40 hex digits. */
  readonly id: string
  /** The swarm's name. */
  readonly name: string
  readonly #local: LocalPeer
  readonly #swarm: Swarm
  readonly #peers = new Map<string, Peer<Metadata>>()
  readonly #topics = new Map<string, Topic<unknown>>()
  #requests: Promise<Requests<Metadata>> | null = null
  #handler: Handler<ServeContext<Metadata>> | null = null
  readonly #streams = new Set<MediaStream>()
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(name: string, local: LocalPeer, enter: (events: MeshSwarmEvents) => Swarm) {
    super()
    this.name = name
    this.id = local.identity.id
    this.#local = local
    this.#swarm = enter(this.#swarmEvents)
  }

  /** How many peers are in the swarm, as far as this one knows. */
  get presence(): Presence {
    return this.#swarm.overlay.presence
  }

  /** The peers that are in the swarm, by id: all of them while `presence.isExact`, and else those that are known of. */
  get peers(): ReadonlyMap<string, Peer<Metadata>> {
    return this.#peers
  }

  /** What this peer publishes about itself. */
  get metadata(): Metadata {
    return this.#swarm.metadata as Metadata
  }

  /**
   * Publishes something small about this peer to all others, those that come later too.
   *
   * @throws {EdgeswarmError} `ERR_TOO_LARGE` over 4 KiB
   */
  setMetadata(metadata: Metadata): void {
    this.#requireOpen()
    checkMetadata(metadata)
    this.#swarm.publish(copyOf(metadata))
  }

  /** Messages to and from everyone, by a name that all use: the same object each time. */
  topic<Data = unknown>(name: string): Topic<Data> {
    if (typeof name !== 'string' || name.length > MAX_TOPIC) {
      throw new EdgeswarmError('ERR_ARGUMENT', `The name of a topic is a text of at most ${MAX_TOPIC} characters.`)
    }
    let topic = this.#topics.get(name) as unknown as Topic<Data> | undefined
    if (!topic) {
      topic = new Topic<Data>(name, {
        publish: async (topicName, message) => {
          this.#requireOpen()
          if (message.length > MAX_DATA) throw tooLargeError(message.length, MAX_DATA)
          await this.#swarm.overlay.publish(topicName, message)
        },
        past: (topicName) => this.#swarm.overlay.past(topicName),
      })
      this.#topics.set(name, topic as unknown as Topic<unknown>)
      if (this.#closing) topic.close()
    }
    return topic
  }

  /**
   * Answers the requests of peers, instead of whatever did before.
   *
   * @param handler a Hono app's `fetch`, or any function from a Request to a Response; its second argument, in Hono
   *   `c.env`, has the peer that asks
   * @returns ends it
   */
  serve(handler: Handler<ServeContext<Metadata>>): () => void {
    this.#handler = handler
    return () => {
      if (this.#handler === handler) this.#handler = null
    }
  }

  /**
   * `fetch`, asked of a peer: its `serve` answers. Of the address only path and query count.
   *
   * @param peer its id, or itself
   * @param init what `fetch` takes; `priority` is honoured, and `timeout`, `idleTimeout` and `onProgress` are more
   * A peer that is not linked is linked first, if that can be done.
   *
   * @throws {EdgeswarmError} `ERR_UNREACHABLE` if the peer is not here, `ERR_REFUSED` if it serves nothing,
   *   `ERR_TIMEOUT`, `ERR_CLOSED` if it left meanwhile; or the reason of `init.signal`
   */
  async fetch(peer: string | Peer<Metadata>, input: string | URL | Request, init?: MeshRequestInit): Promise<Response> {
    this.#requireOpen()
    const id = peerIdFromHex(typeof peer === 'string' ? peer : peer.id)
    if (!id) throw new EdgeswarmError('ERR_UNREACHABLE', 'The id of a peer is 40 hex digits.')
    const [member, { fetcher }] = await Promise.all([
      abortable(this.#swarm.reach(id), init?.signal ?? undefined),
      this.#loadRequests(),
    ])
    return fetcher.fetch(member, input, init)
  }

  readonly #send = async (peer: PeerId, data: unknown, signal: AbortSignal | undefined): Promise<void> => {
    this.#requireOpen()
    const message = encodeValue(data)
    if (message.length > MAX_MESSAGE) throw tooLargeError(message.length, MAX_MESSAGE)
    const [member, { sendMessage }] = await Promise.all([
      abortable(this.#swarm.reach(peer), signal),
      this.#loadRequests(),
    ])
    await sendMessage(this.#swarm, member, message, signal)
  }

  async #receiveMessage(member: Member, stream: LinkStream): Promise<void> {
    const { receiveMessage } = await this.#loadRequests()
    const data = await receiveMessage(stream)
    const from = this.#peerOf(member)
    from.emit('message', data)
    this.emit('message', { from, data })
  }

  #loadRequests(): Promise<Requests<Metadata>> {
    this.#requests ??= import('./requests.ts').then(({ Fetcher, Server, ...messages }) => ({
      fetcher: new Fetcher(this.#swarm),
      server: new Server((member) => ({ peer: this.#peerOf(member) })),
      ...messages,
    }))
    return this.#requests
  }

  #serve(request: IncomingRequest): void {
    const refused = () => {
      request.stream.reset(RESET.refused, new EdgeswarmError('ERR_REFUSED', 'nothing is served here'))
    }
    if (!this.#handler) {
      refused()
      return
    }
    this.#loadRequests().then(({ server }) => {
      if (this.#handler) server.receive(request, this.#handler)
      else refused()
    }, refused)
  }

  /**
   * Passes a media stream to every peer, those that come later too; they get it by `peer.on('stream')`.
   *
   * @throws {EdgeswarmError} `ERR_UNSUPPORTED` in Node
   */
  addStream(stream: BrowserMediaStream): void {
    this.#requireOpen()
    requireMedia(stream)
    this.#streams.add(stream)
    void this.#local.media().then((media) => {
      if (this.#streams.has(stream) && !this.#closing) media.add(stream, this.#swarm)
    })
  }

  removeStream(stream: BrowserMediaStream): void {
    if (!this.#streams.delete(stream)) return
    void this.#local.media().then((media) => {
      if (!this.#streams.has(stream)) media.remove(stream, this.#swarm)
    })
  }

  /** Says goodbye to everyone and leaves nothing behind. */
  leave(): Promise<void> {
    return this.#close(null)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave()
  }

  #close(error: EdgeswarmError | null): Promise<void> {
    this.#closing ??= this.#leave(error)
    return this.#closing
  }

  async #leave(error: EdgeswarmError | null): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise((resolve) => (timer = setTimeout(resolve, GOODBYE)))
    this.#handler = null
    await this.#local.leave(this.#swarm, late)
    clearTimeout(timer)
    for (const stream of this.#streams) this.removeStream(stream)
    for (const topic of this.#topics.values()) topic.close()
    this.#peers.clear()
    this.emit('close', { error })
  }

  readonly #swarmEvents: MeshSwarmEvents = {
    joined: (remote) => {
      const peer = new Peer<Metadata>(remote, this.#send)
      this.#peers.set(peer.id, peer)
      this.emit('join', peer)
    },
    left: ({ id }) => {
      const peer = this.#peers.get(toHex(id))
      if (this.#peers.delete(toHex(id)) && peer) this.emit('leave', peer)
    },
    changed: ({ id, metadata }) => {
      const peer = this.#peers.get(toHex(id))
      peer?.emit('metadata', metadata)
      if (peer) this.emit('metadata', peer)
    },
    media: ({ id }, stream) => {
      this.#peers.get(toHex(id))?.emit('stream', stream)
    },
    opened: (member, stream, header, priority) => {
      if (header.type === 'request') this.#serve({ member, stream, header, priority })
      // The stream is reset, and tells the sender.
      else this.#receiveMessage(member, stream).catch(() => undefined)
    },
    published: async (delivery) => {
      await this.#topics.get(delivery.publication.topic)?.receive(delivery)
    },
    refused: (by) => {
      this.emit('denied', { id: toHex(by) })
    },
  }

  #peerOf(member: Member): Peer<Metadata> {
    return (
      this.#peers.get(toHex(member.id)) ??
      new Peer<Metadata>({ id: member.id, member, metadata: undefined }, this.#send)
    )
  }

  #requireOpen(): void {
    if (this.#closing) throw new EdgeswarmError('ERR_CLOSED', 'This mesh has been left.')
  }
}

const tooLargeError = (length: number, most: number): EdgeswarmError =>
  new EdgeswarmError(
    'ERR_TOO_LARGE',
    `A message may have ${most} bytes, and this has ${length}. Send what is larger with mesh.fetch.`,
  )

/** What is changed afterwards is not published. */
export const copyOf = (metadata: unknown): unknown => decodeValue(encodeValue(metadata))

export function checkMetadata(metadata: unknown): void {
  if (isMetadata(metadata)) return
  throw new EdgeswarmError('ERR_TOO_LARGE', `What a peer publishes about itself may have ${MAX_METADATA} bytes.`)
}

function requireMedia(stream: unknown): void {
  if (typeof MediaStream === 'undefined') {
    throw new EdgeswarmError('ERR_UNSUPPORTED', 'Media streams pass between browsers only; Node has none.')
  }
  if (!(stream instanceof MediaStream)) throw new EdgeswarmError('ERR_ARGUMENT', 'addStream takes a MediaStream.')
}
