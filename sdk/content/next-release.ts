import type { Link } from '../../protocol/content/link.ts'
import { decodeMetadata } from '../../protocol/content/metadata.ts'
import { decodeRelease, type Release } from '../../protocol/content/release.ts'
import { type DistrustCode, type Judgement, type Known, keyAfter } from '../../protocol/content/trust.ts'
import { decodeFeed, type Feed, MAX_SEALED, type Sealed } from '../../protocol/content/sealed.ts'
import type { Catalogue } from './catalogue.ts'
import type { Description } from './description.ts'
import { ContentError } from './error.ts'
import { digestOf, openFeed } from './sign.ts'

/**
 * What a release is believed for if nothing else is said, in milliseconds: a year, as who publishes rarely forgets to
 * renew.
 */
const LASTS = 365 * 24 * 3_600_000

/** What the publisher says of a release. */
export interface Statement {
  /** For people: `1.4.0`. */
  readonly version: string
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
}

/** What the next release follows. */
export interface Before {
  readonly release: Release
  readonly digest: string
  /** What the next feed begins with: the releases that handed over. */
  readonly chain: readonly Sealed[]
  /** `null` if the tracker does not have its metadata any more. */
  readonly pieceLength: number | null
}

/**
 * The newest release of those that the tracker and the publisher itself know; `null` if this is the first.
 *
 * @param own the key that is to sign the next one, in base64url
 * @param remembered the feed that was published last from here
 * @throws the reason of the signal
 */
export async function newestOf(
  link: Link,
  catalogue: Catalogue,
  own: string,
  remembered: string | null,
  signal?: AbortSignal,
): Promise<Before | null> {
  const last = remembered === null ? null : readFeed(remembered)
  const told = await catalogue.feed(signal)
  const newest = told === null ? last : await readTold(told, link, last)
  if (!newest) return null
  const { feed, sealed, release } = newest
  const signer = keyAfter(release)
  if (signer !== own) {
    throw new ContentError(
      'ERR_KEY',
      `Only the key ${signer} may sign the next release of this channel, and this is ${own}.`,
    )
  }
  const { sha256, length } = release.metadata
  const bytes = await catalogue.metadata(catalogue.addressOf(sha256), length, signal)
  const pieceLength = (bytes && decodeMetadata(bytes))?.pieceLength ?? null
  return { release, digest: await digestOf(sealed), chain: chainOf(feed), pieceLength }
}

interface Newest {
  readonly feed: Feed
  readonly sealed: Sealed
  readonly release: Release
}

/** What a tracker can't replace the memory by: another key's releases, older ones, or another one of that number. */
const PASSED_OVER: readonly DistrustCode[] = ['wrong-key', 'rollback', 'fork']

async function readTold(text: string, link: Link, last: Newest | null): Promise<Newest> {
  const judgement = await judgeToFollow(text, link, last && (await knownFrom(last)))
  if (judgement.type === 'accepted') {
    const told = readFeed(text)
    return last ? { ...told, feed: joined(last, told) } : told
  }
  if (last && PASSED_OVER.includes(judgement.code)) return last
  throw new ContentError(
    'ERR_RELEASE',
    `${link.tracker} has a channel that can't be gone on with: ${judgement.message}.`,
  )
}

/** Whether the newest release of a feed is one that the next release has to follow. */
export async function judgeToFollow(
  text: string,
  { publisher, channel }: Link,
  known: Known | null,
): Promise<Exclude<Judgement, { type: 'accepted' }> | { readonly type: 'accepted' }> {
  const judgement = await openFeed(text, { publisher, channel, known, now: Date.now() })
  // What has expired is what is to be renewed, and followers still take nothing below it.
  if (judgement.type === 'refused' && judgement.code === 'expired') return { type: 'accepted' }
  return judgement
}

const knownFrom = async ({ release, sealed }: Newest): Promise<Known> => ({
  number: release.number,
  digest: await digestOf(sealed),
  key: keyAfter(release),
})

/** What is remembered up to a number, and what was told beyond: before that the tracker may leave hand-overs out. */
const joined = (last: Newest, told: Newest): Feed => ({
  releases: [
    ...last.feed.releases,
    ...told.feed.releases.filter(({ release }) => (decodeRelease(release)?.number ?? 0) > last.release.number),
  ],
})

/** A feed whose signatures need no look, or have had it. */
export function readFeed(text: string): Newest {
  const feed = decodeFeed(text)
  const sealed = feed?.releases.at(-1)
  const release = sealed && decodeRelease(sealed.release)
  if (feed && release) return { feed, sealed, release }
  throw new ContentError('ERR_RELEASE', 'What is remembered of the release before is no feed, or is damaged.')
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

/**
 * @param key who signs it, in base64url
 * @throws {ContentError} `ERR_RELEASE` if no number is left
 */
export function releaseOf(
  described: Description,
  { publisher, channel, tracker }: Link,
  statement: Statement,
  key: string,
  before: Before | null,
): Release {
  const { metadata, infoHash, sha256, bytes, length } = described
  const now = Date.now()
  const last = before?.release.number ?? 0
  if (last >= Number.MAX_SAFE_INTEGER) {
    throw new ContentError('ERR_RELEASE', `Nothing can follow release ${last} of ${channel}: no number is higher.`)
  }
  return {
    format: 1,
    publisher,
    key,
    channel,
    version: statement.version,
    number: last + 1,
    published: now,
    expires: now + (statement.lasts ?? LASTS),
    name: metadata.name,
    summary: statement.summary ?? '',
    tags: statement.tags ?? [],
    isPublic: statement.isPublic ?? true,
    infoHash,
    metadata: { sha256, length: bytes.length, urls: [`${tracker}/metadata/${sha256}`] },
    bytes: length,
    files: metadata.files.length,
    webSeeds: statement.webSeeds ?? [],
    previous: before?.digest ?? null,
    successor: statement.successor ?? null,
  }
}
