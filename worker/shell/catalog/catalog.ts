import { DurableObject } from 'cloudflare:workers'
import type { Address } from '../../../protocol/address.ts'
import type { Release } from '../../../protocol/content/release.ts'
import type { Report } from '../../../protocol/content/report.ts'
import { encodeFeed, encodeSealed } from '../../../protocol/content/sealed.ts'
import { type Denial, denial } from '../../core/catalog/denial.ts'
import { publish, type PublishDecision, type PublishedFeed } from '../../core/catalog/publish.ts'
import { CHANGES, SEARCHES } from '../../core/catalog/rates.ts'
import { matchExpression } from '../../core/catalog/search.ts'
import type { Rate } from '../../core/gcra.ts'
import { Networks } from '../../core/networks.ts'
import { type Environment, settings } from '../environment.ts'
import { ChannelStorage, type ReleaseSummary } from './channels.ts'
import { MetadataStorage } from './metadata.ts'
import { type Reported, ReportStorage } from './reports.ts'
import { type Found, SearchStorage } from './search.ts'

/** A text and what names this version of it in an `ETag`. */
export interface Tagged {
  readonly text: string
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
  readonly #metadata: MetadataStorage
  readonly #search: SearchStorage
  readonly #reports: ReportStorage

  constructor(context: DurableObjectState, environment: Environment) {
    super(context, environment)
    const { sql } = context.storage
    this.#channels = new ChannelStorage(sql)
    this.#metadata = new MetadataStorage(sql)
    this.#search = new SearchStorage(sql)
    this.#reports = new ReportStorage(sql)
  }

  /** Takes releases whose signatures the Worker has verified. */
  publish(address: Address, feed: PublishedFeed): Denial | Published {
    const tooFast = charge(this.#changes, CHANGES, address)
    if (tooFast) return tooFast
    const { publisher, channel } = feed
    const now = Date.now()
    return this.ctx.storage.transactionSync(() => {
      if (!this.#channels.find(publisher, channel)) this.#makeRoom(publisher, now)
      const decision = publish(settings, this.#shelfOf(publisher, channel), feed, now)
      if (decision.type === 'denied') return decision
      if (decision.type === 'store') this.#store(feed, decision)
      const { number, metadata } = decision.newest.release
      const hasMetadata = this.#metadata.lengthOf(metadata.sha256) !== null
      return { type: 'published', number, isNew: decision.type === 'store', hasMetadata }
    })
  }

  feed(publisher: string, channel: string): Tagged | null {
    const found = this.#channels.find(publisher, channel)
    return found && { text: encodeFeed({ releases: this.#channels.feedOf(found) }), tag: found.known.digest }
  }

  sealed(publisher: string, channel: string, number: number): Tagged | null {
    const found = this.#channels.find(publisher, channel)
    const sealed = found && this.#channels.sealedOf(found, number)
    return sealed && { text: encodeSealed(sealed), tag: sealed.digest }
  }

  history(publisher: string, channel: string): ReleaseSummary[] | null {
    const found = this.#channels.find(publisher, channel)
    return found && this.#channels.historyOf(found)
  }

  search(address: Address, query: string): Denial | { readonly type: 'found'; readonly releases: Found[] } {
    const tooFast = charge(this.#searches, SEARCHES, address)
    return tooFast ?? { type: 'found', releases: this.#search.find(matchExpression(query), Date.now()) }
  }

  /** Whether metadata that somebody wants to store is to be taken, and how long it has to be. */
  expectMetadata(address: Address, sha256: string): Denial | { readonly type: 'wanted' | 'stored'; length: number } {
    const tooFast = charge(this.#changes, CHANGES, address)
    if (tooFast) return tooFast
    const stored = this.#metadata.lengthOf(sha256)
    if (stored !== null) return { type: 'stored', length: stored }
    const length = this.#channels.lengthOfMetadata(sha256)
    if (length === null) {
      return denial(409, 'no release names this metadata: publish the release first, and its metadata then')
    }
    if (this.#metadata.total() + length > settings.MAX_METADATA_STORED) this.#dropExpired(Date.now())
    return this.#metadata.total() + length > settings.MAX_METADATA_STORED
      ? denial(507, 'this catalogue has all the metadata it can hold')
      : { type: 'wanted', length }
  }

  storeChunk(sha256: string, position: number, bytes: Uint8Array): void {
    this.#metadata.storeChunk(sha256, position, bytes)
  }

  /**
   * Says that the Worker has verified and stored all of the metadata.
   *
   * @param paths of its files, as a text to be found by
   */
  completeMetadata(sha256: string, length: number, paths: string): void {
    this.ctx.storage.transactionSync(() => {
      this.#metadata.complete(sha256, length, paths)
      for (const { id, release } of this.#channels.newestWith(sha256)) this.#search.put(id, release, paths)
      // Newer releases may have come meanwhile.
      this.#dropMetadata([sha256])
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

  #shelfOf(publisher: string, channel: string): Parameters<typeof publish>[1] {
    const found = this.#channels.find(publisher, channel)
    return {
      known: found?.known ?? null,
      handOvers: found ? this.#channels.handOversOf(found) : [],
      channels: this.#channels.count(),
      channelsOfPublisher: this.#channels.countOf(publisher),
    }
  }

  #store({ publisher, channel }: PublishedFeed, decision: Extract<PublishDecision, { type: 'store' }>): void {
    const { newest, added, known } = decision
    const id = this.#channels.store(publisher, channel, added, newest, known)
    this.#dropMetadata(this.#channels.trim(id, settings.MAX_HISTORY))
    this.#index(id, newest.release)
  }

  #index(id: number, release: Release): void {
    if (release.isPublic) this.#search.put(id, release, this.#metadata.pathsOf(release.metadata.sha256))
    else this.#search.drop(id)
  }

  #makeRoom(publisher: string, now: number): void {
    const { MAX_CHANNELS, MAX_CHANNELS_PER_PUBLISHER } = settings
    const isFull =
      this.#channels.count() >= MAX_CHANNELS || this.#channels.countOf(publisher) >= MAX_CHANNELS_PER_PUBLISHER
    if (isFull) this.#dropExpired(now)
  }

  #dropExpired(now: number): void {
    for (const id of this.#channels.expired(now, DROPPED_AT_ONCE)) {
      this.#search.drop(id)
      this.#dropMetadata(this.#channels.drop(id))
    }
  }

  /** Drops the metadata that no release keeps any more. */
  #dropMetadata(sha256s: readonly string[]): void {
    for (const sha256 of sha256s) {
      if (this.#channels.lengthOfMetadata(sha256) === null) this.#metadata.drop(sha256)
    }
  }
}

function charge(networks: Networks, rate: Rate, address: Address): Denial | null {
  const now = Date.now()
  const wait = networks.of(address, now).bucket.take(rate, now)
  return wait === 0 ? null : denial(429, 'your address asks too often; wait and try again', Math.ceil(wait / 1000))
}
