import { formatLink, type Link } from '../../protocol/content/link.ts'
import type { Release } from '../../protocol/content/release.ts'
import { encodeFeed } from '../../protocol/content/sealed.ts'
import { toBase64Url } from '../../protocol/content/text.ts'
import { EdgeswarmError } from '../error.ts'
import { Emitter } from '../mesh/emitter.ts'
import type { Identity } from '../shell/identity.ts'
import { Catalogue } from './catalogue.ts'
import { Membership } from './channel/membership.ts'
import type { ChannelOptions } from './channel/swarm.ts'
import { Counters, type Traffic } from './counters.ts'
import type { DescribeOptions, Description } from './description.ts'
import { Throttle } from './exchange/throttle.ts'
import { newestOf, releaseOf, type Statement } from './next-release.ts'
import { overtakenBy } from './overtaken.ts'
import { type PublisherMemory, rememberingIn } from './publisher-memory.ts'
import { sealRelease } from './sign.ts'
import { type StockOptions, stockPeersOf } from './stock/options.ts'
import type { Store } from './store.ts'
import { type OtherPeer, type Sharing, Transfer } from './transfer.ts'
import { defaultMemory } from '#disk'

/** How long followers that come are asked what they have, in milliseconds: they find a tracker again sooner. A guess. */
const ASK_FOR = 60_000

export interface PublishOptions extends ChannelOptions, StockOptions, Statement {
  /** Where peers meet, and where the release is kept: `https://tracker.example.com`. */
  readonly tracker: string
  /** Who publishes, from `createIdentity` or a key file. */
  readonly key: Identity
  /** 43 characters of base64url; of whoever published first, if the key has been handed over since. */
  readonly publisher?: string
  /** `stable` if absent. */
  readonly channel?: string
  /** The torrent's name, and that of the folder at web seeds; the directory's, or that of the first file, if absent. */
  readonly name?: string
  /** Bytes a second; as fast as it goes if absent. */
  readonly upload?: number
  /** Called while the files are read: bytes so far, and all of them. */
  readonly onProgress?: (bytes: number, total: number) => void
  /**
   * Called if the tracker does not keep the release or its metadata: this key may not publish there, it is too much, too
   * often, or there is no room. The message has the tracker's own sentence. Those who come while it is shared learn of it
   * from here. If absent, publishing fails.
   */
  readonly onRefused?: (error: EdgeswarmError) => void
  /**
   * Where it is remembered what was published last, so that the next release is above it even if the tracker has
   * forgotten the channel, or is another one; `null` for nowhere. If absent, beside the keys in Node, and in a page
   * nowhere.
   */
  readonly memory?: PublisherMemory | null
  /** Called if that can't be remembered; publishing goes on. */
  readonly onNotRemembered?: (error: Error) => void
}

/** Files to publish, wherever they lie. */
export interface Source<Described extends Description> {
  describe(options: DescribeOptions): Promise<Described>
  /** Called before anything is told. Resolves to further web seeds. */
  prepare(described: Described): Promise<readonly string[]>
  /** @param problem is told of what can't be read any more */
  open(described: Described, problem: (text: string) => void): Store | Promise<Store>
}

// A type and not an interface: only a type has an index signature.
type PublicationEvents = { problem: string }

/** A release that is published and shared from where its files are. */
export class Publication extends Emitter<PublicationEvents> implements AsyncDisposable {
  readonly release: Release
  /** What is passed on to those who are to follow the channel. */
  readonly link: string
  readonly #membership: Membership
  readonly #store: Store
  readonly #counters: Counters
  readonly #transfer: Transfer
  #closing: Promise<void> | null = null

  /** @internal */
  constructor(release: Release, link: Link, membership: Membership, store: Store, sharing: SharingOf) {
    super()
    this.release = release
    this.link = formatLink(link)
    this.#membership = membership
    this.#store = store
    this.#counters = sharing.counters
    this.#transfer = Transfer.ofWhole(release.infoHash, store, sharing)
    membership.add(this.#transfer)
  }

  /** Peers that follow the channel, as far as is known. */
  get peers(): number {
    return this.#membership.peers
  }

  /** Those who exchange the release, stock peers among them. */
  get others(): readonly OtherPeer[] {
    return this.#transfer.others
  }

  /** Why the tracker can't be reached, and nobody new comes; `null` while it can. */
  get trackerProblem(): string | null {
    return this.#membership.swarm?.trackerProblem ?? null
  }

  get traffic(): Traffic {
    return this.#counters
  }

  /** Shares no longer; the release stays published. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await this.#membership.leave()
    await this.#store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

type SharingOf = Sharing & { readonly counters: Counters }

/** Publishes files as the next release of a channel, and shares them until what it resolves to is closed. */
export async function publishSource<Described extends Description>(
  source: Source<Described>,
  options: PublishOptions,
): Promise<Publication> {
  const { tracker, key, channel = 'stable', signal, onProgress, upload = Infinity } = options
  const own = toBase64Url(key.publicKey)
  const link: Link = { tracker: tracker.replace(/\/+$/, ''), publisher: options.publisher ?? own, channel }
  const catalogue = new Catalogue(link)
  const memory = options.memory === undefined ? defaultMemory() : options.memory
  const before = await newestOf(link, catalogue, own, (await memory?.read(link)) ?? null, signal)
  const described = await source.describe({
    ...(before?.pieceLength != null && { pieceLength: before.pieceLength }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  })
  const webSeeds = [...(options.webSeeds ?? []), ...(await source.prepare(described))]
  const release = releaseOf(described, link, { ...options, webSeeds }, own, before)
  const feed = encodeFeed({ releases: [...(before?.chain ?? []), await sealRelease(release, key)] })
  let publication: Publication | null = null
  const problem = (text: string) => publication?.emit('problem', text)
  const remember = rememberingIn(memory, link, options.onNotRemembered)
  const returned = Promise.withResolvers<undefined>()
  let isTold = false
  const host = {
    feed: () => (isTold ? feed : null),
    metadata: (sha256: string) => Promise.resolve(sha256 === described.sha256 ? described.bytes : null),
    heard: overtakenBy(link, release, { from: returned.promise, remember, problem }),
  }
  const membership = new Membership(stockPeersOf(link, options, problem))
  const swarm = await membership.enter(link, host, options)
  let store: Store | null = null
  try {
    store = await source.open(described, problem)
    const sharing = { throttle: new Throttle(upload), counters: new Counters(), problem }
    publication = new Publication(release, link, membership, store, sharing)
    await keep(catalogue, feed, described, options)
    await remember(feed)
    isTold = true
    await swarm.tell(feed)
    swarm.askForFeeds(AbortSignal.timeout(ASK_FOR))
    // Not before the caller has it and can listen.
    setTimeout(returned.resolve, 0, undefined)
    return publication
  } catch (error) {
    await membership.leave()
    await store?.close()
    throw error
  }
}

/**
 * What a tracker answers that keeps no such release by its rules or for want of room. Anything else, such as 409 for a
 * release that does not follow the one before, is what followers refuse too.
 */
const NOT_KEPT: readonly number[] = [403, 413, 429, 507]

function isNotKept(error: unknown): error is EdgeswarmError {
  if (!(error instanceof EdgeswarmError) || error.code !== 'ERR_REFUSED') return false
  return NOT_KEPT.includes(Number(/^The tracker answered (\d+)/.exec(error.message)?.[1]))
}

/** Gives the release to the tracker, and then its metadata, which it takes of releases alone that it keeps. */
export async function keep(
  catalogue: Catalogue,
  feed: string,
  { sha256, bytes }: Pick<Description, 'sha256' | 'bytes'>,
  { signal, onRefused }: Pick<PublishOptions, 'signal' | 'onRefused'>,
): Promise<void> {
  try {
    await catalogue.publish(feed, signal)
    await catalogue.publishMetadata(sha256, bytes, signal)
  } catch (error) {
    if (!onRefused || !isNotKept(error)) throw error
    onRefused(error)
  }
}
