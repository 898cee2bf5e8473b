import { DurableObject } from 'cloudflare:workers'
import type { Address } from '../../../protocol/address.ts'
import type { Release } from '../../../protocol/content/release.ts'
import type { Report } from '../../../protocol/content/report.ts'
import { encodeFeed, encodeSealed } from '../../../protocol/content/sealed.ts'
import { type Denial, denial } from '../../core/catalog/denial.ts'
import { publish, type PublishDecision, type PublishedFeed, type Shelf } from '../../core/catalog/publish.ts'
import { isOpen } from '../../core/catalog/publishers.ts'
import { CHANGES, SEARCHES } from '../../core/catalog/rates.ts'
import { makeRoom } from '../../core/catalog/room.ts'
import { matchExpression } from '../../core/catalog/search.ts'
import { planRoom, storedNetwork } from '../../core/catalog/shares.ts'
import type { Rate } from '../../core/gcra.ts'
import { Networks } from '../../core/networks.ts'
import { hasVersion } from '../conditional.ts'
import { type Environment, settings } from '../environment.ts'
import { type Channel, ChannelStorage, type Origin } from './channels.ts'
import { DroppedStorage } from './dropped.ts'
import { MetadataStorage } from './metadata.ts'
import { type Reported, ReportStorage } from './reports.ts'
import { type Found, SearchStorage } from './search.ts'

/** A text and what names this version of it in an `ETag`. */
export interface Tagged {
  /** `null` for who has this version. */
  readonly text: string | null
  readonly tag: string
}

export interface Published {
  readonly type: 'published'
  readonly number: number
  /** Whether the catalogue did not have it before. */
  readonly isNew: boolean
  /** Whether its metadata is here already. */
  readonly hasMetadata: boolean
}

/** Expired channels that are dropped at once, when there is no room for a new one. A guess. */
const DROPPED_AT_ONCE = 100

/** The catalogue: channels, their releases and what these name. One instance, and every method runs in one go. */
export class Catalog extends DurableObject<Environment> {
  readonly #changes = new Networks()
  readonly #searches = new Networks()
  readonly #channels: ChannelStorage
  readonly #dropped: DroppedStorage
  readonly #metadata: MetadataStorage
  readonly #search: SearchStorage
  readonly #reports: ReportStorage

  constructor(context: DurableObjectState, environment: Environment) {
    super(context, environment)
    const { sql } = context.storage
    this.#channels = new ChannelStorage(sql, Date.now())
    this.#dropped = new DroppedStorage(sql, settings.MAX_CHANNELS)
    this.#metadata = new MetadataStorage(sql)
    this.#search = new SearchStorage(sql)
    this.#reports = new ReportStorage(sql)
  }

  /** Takes releases whose signatures the Worker has verified. */
  publish(address: Address, feed: PublishedFeed): Denial | Published {
    const tooFast = charge(this.#changes, CHANGES, address)
    if (tooFast) return tooFast
    const { publisher, channel } = feed
    const origin: Origin = { network: storedNetwork(address), now: Date.now() }
    return this.ctx.storage.transactionSync(() => {
      const found = this.#channels.find(publisher, channel)
      if (!found && this.#channels.countOf(publisher) >= settings.MAX_CHANNELS_PER_PUBLISHER) {
        this.#dropExpired(origin.now)
      }
      const decision = publish(settings, this.#shelfOf(feed, found), feed, origin.now)
      if (decision.type === 'denied') return decision
      if (decision.type === 'store') {
        const full = found ? null : this.#makeRoom(origin)
        if (full) return full
        this.#store(feed, decision, origin)
      }
      const { number, metadata } = decision.newest.release
      const hasMetadata = this.#metadata.lengthOf(metadata.sha256) !== null
      return { type: 'published', number, isNew: decision.type === 'store', hasMetadata }
    })
  }

  /** @param ifNoneMatch what who asks has of it already, as HTTP says it */
  feed(publisher: string, channel: string, ifNoneMatch: string | null): Tagged | null {
    const found = this.#channels.find(publisher, channel)
    return found && tagged(found, ifNoneMatch, () => encodeFeed({ releases: this.#channels.feedOf(found) }))
  }

  sealed(publisher: string, channel: string, number: number): Tagged | null {
    const found = this.#channels.find(publisher, channel)
    const sealed = found && this.#channels.sealedOf(found, number)
    return sealed && { text: encodeSealed(sealed), tag: sealed.digest }
  }

  /** What is kept of a channel; `ifNoneMatch` is that of {@link feed}. */
  history(publisher: string, channel: string, ifNoneMatch: string | null): Tagged | null {
    const found = this.#channels.find(publisher, channel)
    return found && tagged(found, ifNoneMatch, () => `{"releases":[${this.#channels.historyOf(found).join(',')}]}`)
  }

  search(address: Address, query: string): Denial | { readonly type: 'found'; readonly releases: Found[] } {
    const tooFast = charge(this.#searches, SEARCHES, address)
    return tooFast ?? { type: 'found', releases: this.#search.find(matchExpression(query), Date.now()) }
  }

  /** Whether metadata that somebody wants to store is to be taken, and how long it may be. */
  expectMetadata(address: Address, sha256: string): Denial | { readonly type: 'wanted' | 'stored'; length: number } {
    const tooFast = charge(this.#changes, CHANGES, address)
    if (tooFast) return tooFast
    const stored = this.#metadata.lengthOf(sha256)
    if (stored !== null) return { type: 'stored', length: stored }
    const length = this.#channels.lengthOfMetadata(sha256)
    if (length === null) return unnamed
    // Whether there is room is asked once its length is sure: a stranger may have named it with another one.
    return { type: 'wanted', length }
  }

  /** Makes room for metadata that the Worker has verified and is about to store. */
  reserveMetadata(address: Address, sha256: string, length: number): Denial | null {
    return this.ctx.storage.transactionSync(() => {
      if (this.#channels.lengthOfMetadata(sha256) === null) return unnamed
      // Others brought the same, or began to.
      if (this.#metadata.has(sha256)) return null
      const dropped = this.#planRoom(address, length)
      if (!dropped) return noRoomForMetadata
      for (const other of dropped) this.#metadata.drop(other)
      this.#metadata.reserve(sha256, length, storedNetwork(address))
      return null
    })
  }

  storeChunk(sha256: string, position: number, bytes: Uint8Array): void {
    this.#metadata.storeChunk(sha256, position, bytes)
  }

  /**
   * Says that the Worker has verified and stored all of the metadata.
   *
   * @param paths of its files, as a text to be found by
   */
  completeMetadata(sha256: string, paths: string): Denial | null {
    return this.ctx.storage.transactionSync(() => {
      if (!this.#metadata.complete(sha256, paths)) return lostItsRoom
      for (const { id, release } of this.#channels.newestWith(sha256)) this.#search.put(id, release, paths)
      // Newer releases may have come meanwhile.
      this.#dropMetadata([sha256])
      return null
    })
  }

  metadataLength(sha256: string): number | null {
    return this.#metadata.lengthOf(sha256)
  }

  /** `null` for what is not, or no longer, here. */
  metadataChunk(sha256: string, position: number): ArrayBuffer | null {
    return this.#metadata.chunkOf(sha256, position)
  }

  report(address: Address, report: Report): Denial | null {
    const tooFast = charge(this.#changes, CHANGES, address)
    if (!tooFast) this.#reports.add(report)
    return tooFast
  }

  reported(): Reported {
    return this.#reports.total()
  }

  #shelfOf({ publisher, channel }: PublishedFeed, found: Channel | null): Shelf {
    return {
      known: found?.known ?? null,
      dropped: found ? null : this.#dropped.find(publisher, channel),
      handOvers: found ? this.#channels.handOversOf(found) : [],
      channelsOfPublisher: this.#channels.countOf(publisher),
    }
  }

  #store(feed: PublishedFeed, decision: Extract<PublishDecision, { type: 'store' }>, origin: Origin): void {
    const id = this.#channels.store(feed, decision, origin)
    this.#dropMetadata(this.#channels.trim(id, settings.MAX_HISTORY))
    this.#index(id, decision.newest.release)
  }

  #index(id: number, release: Release): void {
    if (release.isPublic) this.#search.put(id, release, this.#metadata.pathsOf(release.metadata.sha256))
    else this.#search.drop(id)
  }

  /** Makes room for one more channel. */
  #makeRoom({ network, now }: Origin): Denial | null {
    const isFull = (): boolean => this.#channels.count() >= settings.MAX_CHANNELS
    if (isFull()) this.#dropExpired(now)
    if (!isFull()) return null
    const longestAgo = this.#channels.renewedLongestAgo()
    const full = { shares: this.#channels.shares(), longestAgo: longestAgo?.renewed ?? null }
    const decision = makeRoom(settings, full, network, now)
    if (decision.type === 'denied') return decision
    const loser = decision.network === null ? longestAgo : this.#channels.renewedLongestAgoOf(decision.network)
    if (!loser) return null
    this.#dropped.remember(loser.id)
    this.#drop(loser.id)
    return null
  }

  /** What metadata gives room to so much of somebody's; `null` if none has to. */
  #planRoom(address: Address, length: number): readonly string[] | null {
    const excess = (): number => this.#metadata.total() + length - settings.MAX_METADATA_STORED
    if (excess() > 0) this.#dropExpired(Date.now())
    if (excess() <= 0) return []
    return isOpen(settings) ? planRoom(this.#metadata.items(), storedNetwork(address), length, excess()) : null
  }

  #dropExpired(now: number): void {
    for (const id of this.#channels.expired(now, DROPPED_AT_ONCE)) this.#drop(id)
  }

  #drop(id: number): void {
    this.#search.drop(id)
    this.#dropMetadata(this.#channels.drop(id))
  }

  /** Drops the metadata that no release keeps any more. */
  #dropMetadata(sha256s: readonly string[]): void {
    for (const sha256 of sha256s) {
      if (this.#channels.lengthOfMetadata(sha256) === null) this.#metadata.drop(sha256)
    }
  }
}

const unnamed = denial(409, 'no release names this metadata: publish the release first, and its metadata then')

const noRoomForMetadata = denial(
  507,
  'this catalogue has all the metadata that it can hold, and nobody holds more of it than you would; followers can still ' +
    'get it from peers and from the addresses that the release names, and its operator can make room',
)

const lostItsRoom = denial(507, 'others were given the room for this metadata while it came; send it again', 1)

/** The tag is that of the newest release: with it all of the channel changes. */
function tagged({ known: { digest } }: Channel, ifNoneMatch: string | null, text: () => string): Tagged {
  return { tag: digest, text: hasVersion(ifNoneMatch, digest) ? null : text() }
}

function charge(networks: Networks, rate: Rate, address: Address): Denial | null {
  const now = Date.now()
  const wait = networks.of(address, now).bucket.take(rate, now)
  return wait === 0 ? null : denial(429, 'your address asks too often; wait and try again', Math.ceil(wait / 1000))
}
