import { formatLink, type Link } from '../../protocol/content/link.ts'
import { decodeMetadata } from '../../protocol/content/metadata.ts'
import { decodeRelease, type Release } from '../../protocol/content/release.ts'
import { decodeFeed, encodeFeed, type Feed, MAX_SEALED, type Sealed } from '../../protocol/content/sealed.ts'
import { toBase64Url } from '../../protocol/content/text.ts'
import type { Identity } from '../shell/identity.ts'
import { Emitter } from '../mesh/emitter.ts'
import { Catalogue } from './catalogue.ts'
import { Membership } from './channel/membership.ts'
import type { ChannelOptions } from './channel/swarm.ts'
import { Counters, type Traffic } from './counters.ts'
import { ContentError } from './error.ts'
import { Throttle } from './exchange/throttle.ts'
import { type Made, makeMetadata } from './make.ts'
import { digestOf, openFeed, sealRelease } from './sign.ts'
import { type StockOptions, stockPeersOf } from './stock/options.ts'
import { openStore } from '#disk'
import type { Store } from './store.ts'
import { type Sharing, Transfer } from './transfer.ts'

/** What a release is believed for if nothing else is said, in milliseconds: a year, as who publishes rarely forgets to renew. */
const LASTS = 365 * 24 * 3_600_000

export interface PublishOptions extends ChannelOptions, StockOptions {
  /** Where peers meet, and where the release is kept: `https://tracker.example.com`. */
  readonly tracker: string
  /** Who publishes, from `createIdentity` or a key file. */
  readonly key: Identity
  /** 43 characters of base64url; of whoever published first, if the key has been handed over since. */
  readonly publisher?: string
  /** `stable` if absent. */
  readonly channel?: string
  /** For people: `1.4.0`. */
  readonly version: string
  /** The torrent's name, and that of the folder at web seeds; the directory's if absent. */
  readonly name?: string
  readonly summary?: string
  readonly tags?: readonly string[]
  /** Whether those who search the tracker may find it; yes if absent. */
  readonly isPublic?: boolean
  /** Base addresses by BEP 19: `name` and the path of a file follow. */
  readonly webSeeds?: readonly string[]
  /** Milliseconds for which the release is believed; a year if absent. */
  readonly lasts?: number
  /** The key that alone signs from the next release on. */
  readonly successor?: string | null
  /** Bytes a second; as fast as it goes if absent. */
  readonly upload?: number
  /** Called while the files are read: bytes so far, and all of them. */
  readonly onProgress?: (bytes: number, total: number) => void
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
  readonly #sharing: Sharing

  /** @internal */
  constructor(release: Release, link: Link, membership: Membership, store: Store, upload: number) {
    super()
    this.release = release
    this.link = formatLink(link)
    this.#membership = membership
    this.#store = store
    const problem = (text: string) => {
      this.emit('problem', text)
    }
    this.#sharing = { throttle: new Throttle(upload), counters: new Counters(), problem }
    membership.add(Transfer.ofWhole(release.infoHash, store, this.#sharing))
  }

  /** Peers that follow the channel, as far as is known. */
  get peers(): number {
    return this.#membership.peers
  }

  get traffic(): Traffic {
    return this.#sharing.counters
  }

  /** Shares no longer; the release stays published. */
  async close(): Promise<void> {
    await this.#membership.leave()
    await this.#store.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Publishes a directory as the next release of a channel: hashes and signs it, tells the tracker and all who follow the
 * channel, and shares it until it is closed.
 *
 * @throws {ContentError} `ERR_FILES` for files that can't be published, `ERR_RELEASE`, `ERR_KEY`
 * @throws {EdgeswarmError} `ERR_TRACKER` if the tracker does not answer, `ERR_REFUSED` with what it says
 */
export async function publish(directory: string, options: PublishOptions): Promise<Publication> {
  const { tracker, key, channel = 'stable', signal } = options
  const own = toBase64Url(key.publicKey)
  const link: Link = { tracker: tracker.replace(/\/+$/, ''), publisher: options.publisher ?? own, channel }
  const catalogue = new Catalogue(link)
  const before = await newestOf(link, catalogue, own)
  const made = await makeMetadata(directory, options.name ?? nameOf(directory), {
    ...(before && { pieceLength: before.pieceLength }),
    ...(signal && { signal }),
    ...(options.onProgress && { onProgress: options.onProgress }),
  })
  const release = releaseOf(made, link, options, own, before)
  const sealed = await sealRelease(release, key)
  const feed = encodeFeed({ releases: [...(before?.chain ?? []), sealed] })
  let isTold = false
  const host = {
    feed: () => (isTold ? feed : null),
    metadata: (sha256: string) => Promise.resolve(sha256 === made.sha256 ? made.bytes : null),
    heard: () => undefined,
  }
  let tell: (text: string) => void = () => undefined
  const membership = new Membership(
    stockPeersOf(link, options, (text) => {
      tell(text)
    }),
  )
  const swarm = await membership.enter(link, host, options)
  try {
    const store = await openStore(made.root, made.metadata)
    const publication = new Publication(release, link, membership, store, options.upload ?? Infinity)
    tell = (text) => {
      publication.emit('problem', text)
    }
    await catalogue.publish(feed, signal)
    isTold = true
    await swarm.tell(feed)
    await catalogue.publishMetadata(made.sha256, made.bytes, signal)
    return publication
  } catch (error) {
    await membership.leave()
    throw error
  }
}

interface Before {
  readonly release: Release
  readonly digest: string
  /** What the next feed begins with: the releases that handed over. */
  readonly chain: readonly Sealed[]
  readonly pieceLength: number
}

/** The release before, as far as the tracker knows; `null` if this is the first. */
async function newestOf(link: Link, catalogue: Catalogue, own: string): Promise<Before | null> {
  const text = await catalogue.feed()
  if (text === null) return null
  const judgement = await openFeed(text, { ...link, known: null, now: Date.now() })
  // What has expired is what is to be renewed.
  if (judgement.type === 'refused' && judgement.code !== 'expired') {
    throw new ContentError(
      'ERR_RELEASE',
      `${link.tracker} has a channel that can't be gone on with: ${judgement.message}.`,
    )
  }
  const feed = decodeFeed(text)
  const sealed = feed?.releases.at(-1)
  const release = sealed && decodeRelease(sealed.release)
  if (!feed || !release) throw new ContentError('ERR_RELEASE', `${link.tracker} has no feed that can be read.`)
  const signer = release.successor ?? release.key
  if (signer !== own) {
    throw new ContentError(
      'ERR_KEY',
      `Only the key ${signer} may sign the next release of this channel, and this is ${own}.`,
    )
  }
  const { sha256, length } = release.metadata
  const bytes = await catalogue.metadata(catalogue.addressOf(sha256), length)
  const metadata = bytes && decodeMetadata(bytes)
  return {
    release,
    digest: await digestOf(sealed),
    chain: chainOf(feed),
    ...(metadata ? { pieceLength: metadata.pieceLength } : {}),
  } as Before
}

/** The releases that handed over to another key, which all feeds to come begin with. */
function chainOf({ releases }: Feed): Sealed[] {
  const chain = releases.filter(({ release }) => decodeRelease(release)?.successor != null)
  if (chain.length < MAX_SEALED) return chain
  throw new ContentError(
    'ERR_RELEASE',
    `The key of this channel was handed over ${chain.length} times, and that is all it takes.`,
  )
}

function releaseOf(made: Made, link: Link, options: PublishOptions, key: string, before: Before | null): Release {
  const now = Date.now()
  const { publisher, channel, tracker } = link
  return {
    format: 1,
    publisher,
    key,
    channel,
    version: options.version,
    number: (before?.release.number ?? 0) + 1,
    published: now,
    expires: now + (options.lasts ?? LASTS),
    name: made.metadata.name,
    summary: options.summary ?? '',
    tags: options.tags ?? [],
    isPublic: options.isPublic ?? true,
    infoHash: made.infoHash,
    metadata: { sha256: made.sha256, length: made.bytes.length, urls: [`${tracker}/metadata/${made.sha256}`] },
    bytes: made.length,
    files: made.metadata.files.length,
    webSeeds: options.webSeeds ?? [],
    previous: before?.digest ?? null,
    successor: options.successor ?? null,
  }
}

const nameOf = (directory: string): string =>
  directory
    .replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .at(-1) ?? 'content'
