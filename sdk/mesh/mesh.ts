import { peerIdFromHex, toHex } from '../../protocol/ids.ts'
import { isMetadata, MAX_METADATA } from '../../protocol/mesh/control.ts'
import { RESET } from '../../protocol/mesh/frame.ts'
import { MAX_TOPIC } from '../../protocol/mesh/header.ts'
import { decodeValue, encodeValue } from '../../protocol/mesh/value.ts'
import { EdgeswarmError } from '../error.ts'
import type { LocalPeer } from '../shell/local-peer.ts'
import { MAX_PEERS, type Member, type Swarm, type SwarmEvents } from '../shell/swarm.ts'
import { type Broadcast, DirectBroadcast } from './broadcast.ts'
import { Emitter } from './emitter.ts'
import type { Fetcher, MeshRequestInit } from './fetch.ts'
import { type BrowserMediaStream, Peer } from './peer.ts'
import type { Handler, IncomingRequest, Server } from './serve.ts'
import { Topic } from './topic.ts'

/** What happened at a tracker. The mesh goes on by itself; this is for showing it. */
export interface TrackerNotice {
  readonly url: string
  /** What went wrong, for a person to read; `null` when the tracker has answered. */
  readonly problem: string | null
}

// A type and not an interface: only a type has an index signature.
type MeshEvents<Metadata> = {
  /** A peer of the swarm is linked. */
  join: Peer<Metadata>
  /** It has left, or has not been heard of for some 12 seconds. */
  leave: Peer<Metadata>
  /** It has published other metadata. */
  metadata: Peer<Metadata>
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
export type MeshSwarmEvents = Pick<SwarmEvents, 'joined' | 'left' | 'changed' | 'media' | 'opened' | 'refused'>

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
  readonly #broadcast: Broadcast
  #requests: Promise<{ fetcher: Fetcher; server: Server<ServeContext<Metadata>> }> | null = null
  #handler: Handler<ServeContext<Metadata>> | null = null
  readonly #streams = new Set<MediaStream>()
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(name: string, local: LocalPeer, enter: (events: MeshSwarmEvents) => Swarm) {
    super()
    this.name = name
    this.id = local.identity.id
    this.#local = local
    const swarm = enter(this.#swarmEvents)
    this.#swarm = swarm
    this.#broadcast = new DirectBroadcast(
      swarm,
      async (topic, from, message) => {
        await this.#topics.get(topic)?.receive(from, message)
      },
      (topic) => this.#topics.get(topic)?.isWanted === true,
    )
  }

  /** The peers that are linked, by id. */
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
          await this.#broadcast.publish(topicName, message)
        },
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
   * @throws {EdgeswarmError} `ERR_UNREACHABLE` if the peer is not here, `ERR_REFUSED` if it serves nothing,
   *   `ERR_TIMEOUT`, `ERR_CLOSED` if it left meanwhile; or the reason of `init.signal`
   */
  async fetch(peer: string | Peer<Metadata>, input: string | URL | Request, init?: MeshRequestInit): Promise<Response> {
    this.#requireOpen()
    const id = peerIdFromHex(typeof peer === 'string' ? peer : peer.id)
    const member = id && this.#swarm.members.get(id)
    if (!member) throw new EdgeswarmError('ERR_UNREACHABLE', 'No such peer is in the swarm; mesh.peers are.')
    const { fetcher } = await this.#loadRequests()
    return fetcher.fetch(member, input, init)
  }

  #loadRequests() {
    this.#requests ??= import('./requests.ts').then(({ Fetcher, Server }) => ({
      fetcher: new Fetcher(this.#swarm),
      server: new Server((member) => ({ peer: this.#peerOf(member) })),
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
    joined: (member) => {
      const peer = new Peer<Metadata>(member)
      this.#peers.set(peer.id, peer)
      this.emit('join', peer)
    },
    left: (member) => {
      const peer = this.#peerOf(member)
      this.#peers.delete(peer.id)
      this.emit('leave', peer)
    },
    changed: (member) => {
      const peer = this.#peerOf(member)
      peer.emit('metadata', member.metadata)
      this.emit('metadata', peer)
    },
    media: (member, stream) => {
      this.#peerOf(member).emit('stream', stream)
    },
    opened: (member, stream, header, priority) => {
      if (header.type === 'topic') this.#broadcast.receive(member, stream, header)
      else this.#serve({ member, stream, header, priority })
    },
    refused: (by, reason) => {
      // A member says so; but who is linked to others is in, whatever one of them says.
      if (reason === 'full' && this.#peers.size === 0) void this.#close(fullError())
      else this.emit('denied', { id: toHex(by) })
    },
  }

  #peerOf(member: Member): Peer<Metadata> {
    return this.#peers.get(toHex(member.id)) ?? new Peer<Metadata>(member)
  }

  #requireOpen(): void {
    if (this.#closing) throw new EdgeswarmError('ERR_CLOSED', 'This mesh has been left.')
  }
}

export function fullError(): EdgeswarmError {
  return new EdgeswarmError(
    'ERR_FULL',
    `This swarm has ${MAX_PEERS} peers, which is all that can be linked to each other. Use another name for the next ones.`,
  )
}

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
