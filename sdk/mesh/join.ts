import { type InfoHash, toHex } from '../../protocol/ids.ts'
import { EdgeswarmError } from '../error.ts'
import { createIdentity, type Identity } from '../shell/identity.ts'
import { LocalPeer } from '../shell/local-peer.ts'
import { deriveSecrets } from '../shell/secrets.ts'
import { Swarm } from '../shell/swarm.ts'
import { iceServersOf, type IceServers } from './ice.ts'
import { report } from './emitter.ts'
import { checkMetadata, copyOf, Mesh } from './mesh.ts'
import { abortable, within } from './signal.ts'
import { requireRtc } from '#rtc'

export interface JoinOptions<Metadata = unknown> {
  /**
   * Where the peers meet: `https://tracker.example.com` for an Edgeswarm tracker, `wss://…` for any WebTorrent
   * tracker; several at once if you like. `http:` and `ws:` too, for a tracker on this machine.
   */
  readonly tracker: string | readonly string[]
  /** Who this peer is, from `createIdentity`. Absent: one for all joins of this page or process, made at the first. */
  readonly identity?: Identity
  /** Only who knows it gets in, and nobody else can tell what the swarm is. */
  readonly password?: string
  /** What this peer publishes about itself, up to 4 KiB. */
  readonly metadata?: Metadata
  /** Whether a peer may come in; asked before anything is told to it. */
  readonly admit?: (peer: { readonly id: string }) => boolean | Promise<boolean>
  /**
   * STUN and TURN servers, or a function that is asked for them anew before they are needed. Absent: what the
   * tracker tells (`GET /ice`).
   */
  readonly iceServers?: IceServers
  /** Gives up joining; the mesh is then left. Of no effect once the promise is settled. */
  readonly signal?: AbortSignal
  /** How long a tracker may take to answer, in milliseconds; 20 s if absent. */
  readonly timeout?: number
}

const ANSWER_WITHIN = 20_000

/** The identity of whoever brings none, and what of every identity is at work. */
let ownIdentity: Promise<Identity> | undefined
const atWork = new Map<string, LocalPeer>()

/**
 * Joins a swarm by its name.
 *
 * @param name shared by all who are to meet: `my-app/lobby`
 * @returns settles as soon as a tracker has answered; peers come with `mesh.on('join')`
 * @throws {EdgeswarmError} `ERR_TRACKER` if no tracker answers, `ERR_UNSUPPORTED` or `ERR_ARGUMENT`; or
 *   the reason of `options.signal`
 */
export async function join<Metadata = unknown>(name: string, options: JoinOptions<Metadata>): Promise<Mesh<Metadata>> {
  const { password, metadata, signal, timeout = ANSWER_WITHIN } = options
  const urls = checkArguments(name, options)
  signal?.throwIfAborted()
  const iceServers = iceServersOf(options.iceServers, urls)
  const [identity, secrets] = await abortable(
    Promise.all([options.identity ?? (ownIdentity ??= createIdentity()), deriveSecrets(name, password), requireRtc()]),
    signal,
  )
  const local = localPeerOf(identity)
  if (local.hasJoined(secrets.infoHash)) {
    throw new EdgeswarmError('ERR_ARGUMENT', 'This identity is in that swarm already: use the mesh that join gave.')
  }
  const answer = Promise.withResolvers<undefined>()
  const problems = new Map<string, string>()
  const mesh = new Mesh<Metadata>(name, local, (events) => {
    const swarm = new Swarm(identity, local.id, local.nextNumber(), secrets, copyOf(metadata), local.links, {
      ...events,
      admit: async (id) => {
        try {
          return (await options.admit?.({ id: toHex(id) })) ?? true
        } catch (error) {
          report(error)
          return false
        }
      },
      announced: ({ url }) => {
        answer.resolve(undefined)
        mesh.emit('tracker', { url, problem: null })
      },
      trackerFailed: ({ url }, problem) => {
        problems.set(url, problem)
        if (problems.size === urls.length) answer.reject(trackerError(problems))
        mesh.emit('tracker', { url, problem })
      },
    })
    local.join(swarm, iceServers)
    for (const url of urls) swarm.enter(local.tracker(socketUrl(url, swarm.infoHash), isStock(url)))
    return swarm
  })
  const late = () => new EdgeswarmError('ERR_TIMEOUT', `No tracker answered within ${timeout} ms: ${urls.join(', ')}.`)
  try {
    await abortable(within(timeout, answer.promise, late), signal)
    return mesh
  } catch (error) {
    await mesh.leave()
    throw error
  }
}

function localPeerOf(identity: Identity): LocalPeer {
  let local = atWork.get(identity.id)
  if (!local) {
    local = new LocalPeer(identity, () => {
      if (atWork.get(identity.id) === local) atWork.delete(identity.id)
    })
    atWork.set(identity.id, local)
  }
  return local
}

/** A WebTorrent tracker of any make, by the address of its WebSocket; ours go by that of their page. */
const isStock = (url: string): boolean => /^wss?:/i.test(url)

function socketUrl(tracker: string, infoHash: InfoHash): string {
  if (isStock(tracker)) return tracker
  const url = new URL(tracker)
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:'
  url.pathname = `${url.pathname.replace(/\/$/, '')}/announce/${toHex(infoHash)}`
  return url.href
}

const trackerError = (problems: ReadonlyMap<string, string>): EdgeswarmError =>
  new EdgeswarmError(
    'ERR_TRACKER',
    `No tracker let this peer in. ${[...problems].map(([url, problem]) => `${url}: ${problem}`).join('; ')}.`,
  )

/** Checks what callers without types may get wrong; returns the trackers' addresses. */
function checkArguments(name: unknown, options: unknown): readonly string[] {
  if (typeof name !== 'string' || name === '') {
    throw new EdgeswarmError('ERR_ARGUMENT', 'The name of a swarm is a text: join("my-app/lobby", …).')
  }
  const { tracker, password, metadata } = (options ?? {}) as Readonly<Record<keyof JoinOptions, unknown>>
  const urls: readonly unknown[] = Array.isArray(tracker) ? tracker : [tracker]
  const wrong = urls.find((url) => typeof url !== 'string' || !URL.canParse(url) || !/^(?:https?|wss?):/i.test(url))
  if (urls.length === 0 || urls.includes(undefined) || wrong !== undefined) {
    throw new EdgeswarmError(
      'ERR_ARGUMENT',
      `The option tracker must be an address such as https://tracker.example.com, or several; this is ${JSON.stringify(wrong ?? tracker)}.`,
    )
  }
  if (password !== undefined && (typeof password !== 'string' || password === '')) {
    throw new EdgeswarmError('ERR_ARGUMENT', 'The option password must be a text that is not empty.')
  }
  checkMetadata(metadata)
  return [...new Set((urls as readonly string[]).map((url) => new URL(url).href))]
}
