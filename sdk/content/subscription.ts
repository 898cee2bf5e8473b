import type { Link } from '../../protocol/content/link.ts'
import type { Release } from '../../protocol/content/release.ts'
import { Emitter } from '../mesh/emitter.ts'
import { Catalogue } from './catalogue.ts'
import { Membership } from './channel/membership.ts'
import type { ChannelOptions } from './channel/swarm.ts'
import type { Pause, Policy } from './core/policy.ts'
import { Counters, sum, type Traffic } from './counters.ts'
import { Downloader, type DownloadProgress } from './downloader.ts'
import { Throttle } from './exchange/throttle.ts'
import { Governor } from './governor.ts'
import { FeedReader } from './feed-reader.ts'
import { MetadataFinder } from './metadata-finder.ts'
import { ReleaseQueue } from './release-queue.ts'
import { type FileProgress, filesOf, openFile, type OpenFile } from './reading.ts'
import { aborted } from './sleep.ts'
import { type StockOptions, stockPeersOf } from './stock/options.ts'
import type { Store } from './store.ts'
import { type OtherPeer, type Sharing, Transfer } from './transfer.ts'
import type { Installation } from './versions.ts'

/** The tracker is asked for a newer release so often, in milliseconds, in case that no peer tells of it. */
const ASK_EVERY = 300_000

// A type and not an interface: only a type has an index signature.
type SubscriptionEvents = {
  /** A newer release is to be believed, and is fetched. */
  release: Release
  progress: DownloadProgress
  /** What is on the disk is looked at: what there may be of a release before it is fetched, and all of it at the end. */
  checking: DownloadProgress
  /** The release is complete, checked, and in its place. */
  installed: Release
  /** Something went wrong that may mend itself: a tracker that does not answer or serves an old release, an origin that fails. */
  problem: string
  /** It goes no further: no room on the disk, say. */
  failed: Error
}

export interface SubscriptionOptions extends ChannelOptions, StockOptions, Policy {
  /** What the user has chosen: it counts in place of what the app says. */
  readonly user?: Policy
  /** Whether only what is read is fetched, as for a page that plays one video of many; no if absent. */
  readonly isLazy?: boolean
}

/** Follows a channel: fetches each release, keeps it on this device and shares it with others. */
export class Subscription extends Emitter<SubscriptionEvents> implements AsyncDisposable {
  readonly link: Link
  readonly #installation: Installation
  readonly #options: SubscriptionOptions
  readonly #catalogue: Catalogue
  readonly #membership: Membership
  readonly #feeds: FeedReader
  readonly #metadata: MetadataFinder
  readonly #downloader: Downloader
  readonly #governor: Governor
  readonly #sharing: Sharing & { readonly counters: Counters }
  readonly #closed = new AbortController()
  /** What shares the version that is in its place. */
  #shared: Transfer | null = null
  /** Ends the download that is under way, or the wait for a newer release. */
  #superseded = new AbortController()
  readonly #work: Promise<void>
  #failure: Error | null = null
  #closing: Promise<void> | null = null
  /** Who waits for a release to begin. */
  readonly #waiting: (() => void)[] = []

  /** @internal */
  constructor(link: Link, installation: Installation, options: SubscriptionOptions) {
    super()
    this.link = link
    this.#installation = installation
    this.#options = options
    const problem = (text: string) => {
      this.emit('problem', text)
    }
    this.#sharing = { throttle: new Throttle(Infinity), counters: new Counters(), problem }
    this.#membership = new Membership(stockPeersOf(link, options, problem))
    this.#catalogue = new Catalogue(link)
    this.#metadata = new MetadataFinder(this.#catalogue, () => this.#membership.swarm)
    this.#downloader = new Downloader(installation, this.#membership, this.#sharing, options.isLazy ?? false, {
      progress: (progress) => {
        this.emit('progress', progress)
        this.#wake()
      },
      checking: (progress) => {
        this.emit('checking', progress)
      },
    })
    const { throttle, counters } = this.#sharing
    this.#governor = new Governor(this.#membership, throttle, counters, policyOf(options), options.user ?? {})
    const newer = (release: Release) => {
      this.#governor.began()
      this.emit('release', release)
      this.#wake()
      this.#superseded.abort()
    }
    this.#feeds = new FeedReader(installation, { newer, problem })
    // Begins when whoever made it has put its listeners on.
    this.#work = Promise.resolve().then(() => this.#run())
  }

  /** The newest release that is to be believed, in its place or on its way. */
  get newest(): Release | null {
    return this.#feeds.newest
  }

  /** The number of the release that is complete and in its place. */
  get installed(): number | null {
    return this.#installation.current?.number ?? null
  }

  /** Peers that follow the channel too, as far as is known. */
  get peers(): number {
    return this.#membership.peers
  }

  /** Those who exchange the newest release, stock peers among them. */
  get others(): readonly OtherPeer[] {
    return this.#readable?.transfer.others ?? []
  }

  /** Why the tracker can't be reached, and no new peers are met; `null` while it can. */
  get trackerProblem(): string | null {
    return this.#membership.swarm?.trackerProblem ?? null
  }

  /** Why nothing is sent to peers; `null` while something may be. */
  get pause(): Pause | null {
    return this.#governor.pause
  }

  /** The user's choice, in place of the one before. */
  set user(policy: Policy) {
    this.#governor.user = policy
  }

  get traffic(): Traffic {
    return this.#sharing.counters
  }

  /** Every release once it is in its place: the one that is there first, then those to come. Throws what `failed` tells. */
  get releases(): AsyncIterableIterator<Release> {
    const first = this.newest?.number === this.installed ? [this.newest] : []
    const queue = new ReleaseQueue(first)
    const offs = [
      this.on('installed', (release) => {
        queue.push(release)
      }),
      this.on('failed', (error) => {
        queue.fail(error)
      }),
    ]
    const end = () => {
      for (const off of offs) off()
      queue.end()
    }
    if (this.#failure) queue.fail(this.#failure)
    void aborted(this.#closed.signal).then(end)
    return queue.read(end)
  }

  /** The newest release, as soon as any is known. @throws the reason of the signal, or what `failed` tells */
  known(signal?: AbortSignal): Promise<Release> {
    return this.#until(() => this.newest, signal)
  }

  /**
   * A file of the newest release, to be read while it comes. Waits until it is known what the release holds.
   *
   * @returns `null` if the release has no such file
   */
  async open(path: string, signal?: AbortSignal): Promise<OpenFile | null> {
    const { transfer, store } = await this.#until(() => this.#readable, signal)
    return openFile(transfer, store, path)
  }

  /** The files of the newest release, and how far each has come; `null` while it is not known what it holds. */
  get files(): readonly FileProgress[] | null {
    const readable = this.#readable
    return readable && filesOf(readable.transfer, readable.store)
  }

  /** What the files of the newest release can be read from. */
  get #readable(): { readonly transfer: Transfer; readonly store: Store } | null {
    const { newest } = this
    const { current } = this.#installation
    if (current && this.#shared && newest?.number === current.number) {
      return { transfer: this.#shared, store: current.store }
    }
    const coming = this.#downloader.current
    return newest && coming?.transfer.infoHash === newest.infoHash ? coming : null
  }

  /** What `look` finds, as soon as it finds something. */
  async #until<Found>(look: () => Found | null, given?: AbortSignal): Promise<Found> {
    const signal = given ? AbortSignal.any([given, this.#closed.signal]) : this.#closed.signal
    for (;;) {
      signal.throwIfAborted()
      if (this.#failure) throw this.#failure
      const found = look()
      if (found !== null) return found
      await Promise.race([aborted(signal), new Promise<void>((resolve) => this.#waiting.push(resolve))])
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Stops fetching and sharing; what is there stays. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#closed.abort()
    this.#governor.close()
    try {
      await this.#work
      await this.#membership.leave()
    } finally {
      await this.#installation.close()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed
    const asking = setInterval(() => void this.#ask(), ASK_EVERY)
    const entering = this.#enter().catch(() => undefined)
    try {
      await this.#restore()
      // A tracker that hangs holds up nothing that is known already.
      void this.#ask()
      while (!signal.aborted) await this.#catchUp()
    } catch (error) {
      if (!signal.aborted) this.#fail(error as Error)
    }
    if (signal.aborted) clearInterval(asking)
    await aborted(signal)
    clearInterval(asking)
    await entering
  }

  #fail(error: Error): void {
    this.#failure = error
    this.#wake()
    this.emit('failed', error)
  }

  /** Goes on with what is there. */
  async #restore(): Promise<void> {
    await this.#feeds.restore()
    const { current } = this.#installation
    if (!current) return
    await this.#metadata.remember(current.store.places.metadata)
    this.#share(Transfer.ofWhole(current.infoHash, current.store, this.#sharing))
    if (this.newest) this.#governor.completed(this.newest.bytes)
  }

  /** Fetches the newest release if it is not there, and else waits for the next one. */
  async #catchUp(): Promise<void> {
    const release = this.#feeds.newest
    this.#superseded = new AbortController()
    const signal = AbortSignal.any([this.#closed.signal, this.#superseded.signal])
    if (!release || release.number === this.installed) {
      await aborted(signal)
      return
    }
    try {
      await this.#fetch(release, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async #fetch(release: Release, signal: AbortSignal): Promise<void> {
    const { counters, problem } = this.#sharing
    const count = () => [sum(counters.fromPeers), sum(counters.fromOrigins), counters.fromDisk] as const
    const before = count()
    const metadata = await this.#metadata.find(release, signal, problem)
    const transfer = await this.#downloader.fetch(release, metadata, signal)
    this.#share(transfer)
    this.#governor.completed(release.bytes)
    const [fromPeers = 0, fromOrigin = 0, fromDisk = 0] = count().map((bytes, index) => bytes - (before[index] ?? 0))
    // It is for the tracker's figures only.
    this.#catalogue.report({ fromPeers, fromOrigin, fromDisk }).catch(() => undefined)
    this.emit('installed', release)
  }

  #share(transfer: Transfer): void {
    if (this.#shared) this.#membership.remove(this.#shared)
    this.#membership.add(transfer)
    this.#shared = transfer
    this.#wake()
  }

  async #ask(): Promise<void> {
    const { tracker } = this.link
    this.#feeds.lookAtTheClock()
    this.#membership.swarm?.askForFeeds(AbortSignal.any([this.#closed.signal, AbortSignal.timeout(ASK_EVERY)]))
    try {
      const feed = await this.#catalogue.feed(this.#closed.signal)
      if (feed === null) this.emit('problem', `${tracker} does not know this channel (yet).`)
      else await this.#feeds.hear(feed, tracker)
    } catch (error) {
      if (!this.#closed.signal.aborted) this.emit('problem', (error as Error).message)
    }
  }

  async #enter(): Promise<void> {
    const { iceServers, identity, timeout } = this.#options
    const options = { ...(iceServers && { iceServers }), ...(identity && { identity }), ...(timeout && { timeout }) }
    const host = {
      feed: () => this.#installation.feed,
      metadata: (sha256: string) => this.#metadata.known(sha256),
      heard: (feed: string) =>
        void this.#feeds.hear(feed, null).catch((error: unknown) => {
          this.#fail(error as Error)
        }),
    }
    const { signal } = this.#closed
    const swarm = await this.#membership.enterInTheEnd(this.link, host, { ...options, signal }, this.#sharing.problem)
    // A tracker may keep a release back.
    swarm.askForFeeds(signal)
  }
}

/** What the options say of the policy. */
function policyOf({ upload, download, seedUntil, onMetered, minBattery, hours }: SubscriptionOptions): Policy {
  return {
    ...(upload !== undefined && { upload }),
    ...(download !== undefined && { download }),
    ...(seedUntil && { seedUntil }),
    ...(onMetered !== undefined && { onMetered }),
    ...(minBattery !== undefined && { minBattery }),
    ...(hours && { hours }),
  }
}
