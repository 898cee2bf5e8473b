import type { Link } from '../../../protocol/content/link.ts'
import { MAX_METADATA } from '../../../protocol/content/release.ts'
import { MAX_FEED } from '../../../protocol/content/sealed.ts'
import { join, type JoinOptions } from '../../mesh/join.ts'
import type { Mesh, ServeContext } from '../../mesh/mesh.ts'
import type { Topic } from '../../mesh/topic.ts'
import { abortable } from '../../mesh/signal.ts'
import type { Bytes } from '../../shell/bytes.ts'
import { shuffled } from '../shuffled.ts'
import { type Candidate, WirePool } from './pool.ts'

/** How often it is looked whom to open wires to, in milliseconds. */
const LOOK_EVERY = 500
/** Torrents that a peer says it exchanges: the release that it has, and those on their way. */
const MOST_TORRENTS = 4
/** Peers that are asked for something before it is given up. A guess. */
const ASKED = 5
/** How long a peer may take to answer, and for all of a list of files, in milliseconds. */
const ANSWER_WITHIN = 10_000
const METADATA_WITHIN = 60_000

/** What the swarm of a channel asks of whoever is in it. */
export interface ChannelHost {
  /** The text of the newest feed that is trusted here. */
  feed(): string | null
  /** Metadata by its SHA-256, as far as it is here. */
  metadata(sha256: string): Promise<Bytes | null>
  /** A peer has told of a feed. It may be anything. */
  heard(feed: string): void
}

/** What a peer publishes of itself in the swarm of a channel. */
interface Told {
  readonly torrents: readonly { readonly infoHash: string; readonly isDone: boolean }[]
}

export type ChannelOptions = Pick<JoinOptions, 'iceServers' | 'identity' | 'signal' | 'timeout'>

/** The mesh of those who follow a channel: word of releases, their metadata, and wires. */
export class ChannelSwarm {
  readonly mesh: Mesh
  readonly #host: ChannelHost
  readonly #feeds: Topic<string>
  readonly #pools = new Map<string, WirePool>()
  readonly #timer: ReturnType<typeof setInterval>
  #told = ''
  #trackerProblem: string | null = null

  private constructor(mesh: Mesh, host: ChannelHost) {
    this.mesh = mesh
    this.#host = host
    mesh.serve((request, { peer }: ServeContext) => this.#serve(request, peer.id))
    mesh.on('tracker', ({ problem }) => {
      this.#trackerProblem = problem
    })
    this.#feeds = mesh.topic<string>('feed')
    this.#feeds.subscribe(
      ({ data }) => {
        if (typeof data === 'string' && data.length <= MAX_FEED) host.heard(data)
      },
      { history: true },
    )
    this.#timer = setInterval(() => {
      this.#look()
    }, LOOK_EVERY)
  }

  /** @throws {EdgeswarmError} as `join` does */
  static async enter(link: Link, host: ChannelHost, options: ChannelOptions): Promise<ChannelSwarm> {
    const { tracker, publisher, channel } = link
    const metadata: unknown = { torrents: [] }
    const mesh = await join(`content/${publisher}/${channel}`, { ...options, tracker, metadata })
    return new ChannelSwarm(mesh, host)
  }

  /** Why the tracker can't be reached; `null` while it can. */
  get trackerProblem(): string | null {
    return this.#trackerProblem
  }

  /** Tells everyone who follows the channel of its newest feed. */
  async tell(feed: string): Promise<void> {
    await this.#feeds.publish(feed)
  }

  add(pool: WirePool): void {
    this.#pools.set(pool.infoHash, pool)
    this.#look()
  }

  remove(infoHash: string): void {
    this.#pools.get(infoHash)?.close()
    this.#pools.delete(infoHash)
    this.#look()
  }

  /**
   * Metadata, asked of peers one after the other: those first that exchange the torrent, others at random.
   *
   * @returns `null` if none of them has it. What comes is still to be checked
   */
  async metadata(sha256: string, infoHash: string, signal: AbortSignal): Promise<Bytes | null> {
    const exchanging = this.candidates(infoHash).map(({ id }) => id)
    const asked = new Set([...shuffled(exchanging), ...shuffled([...this.mesh.peers.keys()])])
    for (const peer of [...asked].slice(0, ASKED)) {
      const bytes = await this.#ask(peer, `/metadata/${sha256}`, MAX_METADATA, METADATA_WITHIN, signal)
      if (bytes) return bytes
      signal.throwIfAborted()
    }
    return null
  }

  /** Asks some peers for their feeds, which the host hears of; and, until it is enough, those who come. */
  askForFeeds(signal: AbortSignal): void {
    let asked = 0
    const ask = async ({ id }: { readonly id: string }) => {
      if (asked++ >= ASKED) return
      const bytes = await this.#ask(id, '/feed', MAX_FEED, ANSWER_WITHIN, signal)
      if (bytes && !signal.aborted) this.#host.heard(new TextDecoder().decode(bytes))
    }
    for (const peer of shuffled([...this.mesh.peers.values()])) void ask(peer)
    const off = this.mesh.on(
      'join',
      (peer) => {
        void ask(peer)
        if (asked >= ASKED) off()
      },
      { signal },
    )
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer)
    for (const pool of this.#pools.values()) pool.close()
    this.#pools.clear()
    await this.mesh.leave()
  }

  /** @param within milliseconds for all of the answer */
  async #ask(peer: string, path: string, most: number, within: number, given: AbortSignal): Promise<Bytes | null> {
    const giveUp = new AbortController()
    const signal = AbortSignal.any([given, giveUp.signal, AbortSignal.timeout(within)])
    try {
      const { ok, body } = await this.mesh.fetch(peer, path, { timeout: ANSWER_WITHIN, signal })
      return ok && body ? await abortable(readAtMost(body, most), signal) : null
    } catch {
      return null
    } finally {
      giveUp.abort()
    }
  }

  async #serve(request: Request, peer: string): Promise<Response> {
    const [, kind, name = ''] = new URL(request.url).pathname.split('/')
    if (kind === 'feed') return answer(this.#host.feed())
    if (kind === 'metadata') return answer(await this.#host.metadata(name))
    const pool = kind === 'wire' && request.method === 'POST' ? this.#pools.get(name) : undefined
    return pool && request.body ? pool.receive(peer, request.body) : answer(null)
  }

  #look(): void {
    const torrents = [...this.#pools.values()]
      .slice(-MOST_TORRENTS)
      .map(({ infoHash, exchange }) => ({ infoHash, isDone: exchange.isDone }))
    const told = JSON.stringify(torrents)
    if (told !== this.#told) this.mesh.setMetadata({ torrents })
    this.#told = told
    const now = performance.now()
    for (const pool of this.#pools.values()) pool.fill(this.candidates(pool.infoHash), now)
  }

  /** Who exchanges a torrent, as they say. */
  candidates(infoHash: string): readonly Candidate[] {
    const candidates: Candidate[] = []
    for (const { id, metadata } of this.mesh.peers.values()) {
      const torrent = torrentsOf(metadata).find((told) => told.infoHash === infoHash)
      if (torrent) candidates.push({ id, isDone: torrent.isDone })
    }
    return candidates
  }
}

/** What a stranger says of itself, as far as it makes sense. */
function torrentsOf(metadata: unknown): Told['torrents'] {
  const { torrents } = (metadata ?? {}) as Readonly<Record<string, unknown>>
  if (!Array.isArray(torrents)) return []
  return torrents.slice(0, MOST_TORRENTS).flatMap((item: unknown) => {
    const { infoHash, isDone } = (item ?? {}) as Readonly<Record<string, unknown>>
    return typeof infoHash === 'string' ? [{ infoHash, isDone: isDone === true }] : []
  })
}

const answer = (body: string | Bytes | null): Response =>
  body === null ? new Response(null, { status: 404 }) : new Response(body)

/** @throws {Error} for what is longer */
async function readAtMost(body: ReadableStream<Uint8Array>, most: number): Promise<Bytes> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = body.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    length += read.value.length
    if (length > most) {
      await reader.cancel()
      throw new Error('The peer sends more than there may be.')
    }
    chunks.push(read.value)
  }
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
