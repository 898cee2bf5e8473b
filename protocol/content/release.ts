import { isObject, parseObject } from '../websocket/object.ts'
import { checkPath } from './path.ts'
import { fitsUtf8, isKey, isPrintable, isSha1, isSha256, isWebUrl } from './text.ts'

/** What a publisher says of one version of a channel; signed over its exact text (rules U1, U2). */
export interface Release {
  readonly format: 1
  /** The key that the channel is known by: 43 characters of base64url. */
  readonly publisher: string
  /** Whose signature it bears: the publisher's, or of the key that was handed over to (rule U5). */
  readonly key: string
  readonly channel: string
  /** For people: 1 to 64 characters. */
  readonly version: string
  /** For machines: from 1, greater than that of every release before. */
  readonly number: number
  /** Milliseconds since 1970. */
  readonly published: number
  readonly expires: number
  /** The torrent's name, which is a safe name of a folder. */
  readonly name: string
  readonly summary: string
  readonly tags: readonly string[]
  /** Whether a catalogue may show it to those who search. */
  readonly isPublic: boolean
  /** 40 hex digits. */
  readonly infoHash: string
  readonly metadata: MetadataReference
  /** How many, padding not counted. */
  readonly bytes: number
  readonly files: number
  /** Base addresses by BEP 19: `name` and the path of a file follow. Each ends in `/`. */
  readonly webSeeds: readonly string[]
  /** The SHA-256 of the text of the release before, in hex; `null` for the first one. */
  readonly previous: string | null
  /** Who alone may sign what comes after this, if that is another key. */
  readonly successor: string | null
}

/** The exact bytes of the torrent's info dictionary, and where else than from peers they come from. */
export interface MetadataReference {
  /** 64 hex digits. */
  readonly sha256: string
  /** Bytes. */
  readonly length: number
  readonly urls: readonly string[]
}

/** Bytes of a release's text. */
export const MAX_RELEASE = 65_536
/** Bytes of the info dictionary: 1,600,000 pieces, or 100,000 files with names of 200 bytes. A guess. */
export const MAX_METADATA = 33_554_432
/** Files of a release: what a file system and a list of them on a page bear. A guess. */
export const MAX_FILES = 100_000
/** The last moment that a date can be (ECMA-262 §21.4.1.1), in milliseconds. */
const LAST_MOMENT = 8.64e15

const CHANNEL = /^[a-z0-9][a-z0-9._-]{0,63}$/

export const isChannel = (value: unknown): value is string => typeof value === 'string' && CHANNEL.test(value)

const isCount = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most

const isListOf = (value: unknown, most: number, fits: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= most && value.every(fits)

const isWebSeed = (value: unknown): boolean => isWebUrl(value) && value.endsWith('/') && !value.includes('?')

/** Every field of a release: what it may be, and how to say so. */
const FIELDS: Readonly<Record<keyof Release, readonly [fits: (value: unknown) => boolean, must: string]>> = {
  format: [(value) => value === 1, 'must be 1; another one is of a later version of Edgeswarm'],
  publisher: [isKey, 'must be an Ed25519 key in base64url'],
  key: [isKey, 'must be an Ed25519 key in base64url'],
  channel: [isChannel, 'must be 1 to 64 of a-z, 0-9, ".", "_" and "-", a letter or digit first'],
  version: [(value) => isPrintable(value, 1, 64), 'must be 1 to 64 printable characters'],
  number: [(value) => isCount(value, 1, Number.MAX_SAFE_INTEGER), 'must be a whole number from 1'],
  published: [(value) => isCount(value, 0, LAST_MOMENT), 'must be a time in milliseconds since 1970'],
  expires: [(value) => isCount(value, 0, LAST_MOMENT), 'must be a time in milliseconds since 1970'],
  name: [
    (value) => isPrintable(value, 1, 128) && checkPath([value]) === null,
    'must be 1 to 128 characters that every system takes as the name of a folder',
  ],
  summary: [(value) => isPrintable(value, 0, 500), 'must be at most 500 printable characters, on one line'],
  tags: [
    (value) => isListOf(value, 16, (tag) => isPrintable(tag, 1, 32)),
    'must be at most 16, each of 1 to 32 printable characters',
  ],
  isPublic: [(value) => typeof value === 'boolean', 'must be true or false'],
  infoHash: [isSha1, 'must be 40 hex digits in lower case'],
  metadata: [isReference, `must have a SHA-256, a length of 1 to ${MAX_METADATA}, and at most 8 http(s) addresses`],
  bytes: [(value) => isCount(value, 0, Number.MAX_SAFE_INTEGER), 'must be a whole number'],
  files: [(value) => isCount(value, 1, MAX_FILES), `must be a whole number from 1 to ${MAX_FILES}`],
  webSeeds: [(value) => isListOf(value, 16, isWebSeed), 'must be at most 16 http(s) addresses, each ending in "/"'],
  previous: [(value) => value === null || isSha256(value), 'must be null or 64 hex digits in lower case'],
  successor: [(value) => value === null || isKey(value), 'must be null or an Ed25519 key in base64url'],
}

const NAMES = Object.keys(FIELDS) as (keyof Release)[]

function isReference(value: unknown): boolean {
  if (!isObject(value)) return false
  return isSha256(value['sha256']) && isCount(value['length'], 1, MAX_METADATA) && isListOf(value['urls'], 8, isWebUrl)
}

/** What is wrong with a release, as a sentence that names the field; `null` if nothing is. */
export function checkRelease(release: Readonly<Record<keyof Release, unknown>>): string | null {
  const wrong = NAMES.find((name) => !FIELDS[name][0](release[name]))
  if (wrong) return `${wrong} ${FIELDS[wrong][1]}`
  const { key, published, expires, successor } = release as Release
  if (expires <= published) return 'expires must be later than published'
  if (successor === key) return 'successor must be another key than that which signs'
  return null
}

/** The release that the text is; `null` if it is none. Fields that are unknown are ignored (rule U1). */
export function decodeRelease(text: string): Release | null {
  if (!fitsUtf8(text, MAX_RELEASE)) return null
  const fields = parseObject(text)
  if (!fields) return null
  const release = pick(fields)
  return checkRelease(release) === null ? (release as Release) : null
}

/** The text to sign. What {@link checkRelease} finds wrong with a release is not mended here. */
export const encodeRelease = (release: Release): string => JSON.stringify(pick(release))

/** The fields of a release and no others, in their order. */
function pick(fields: Readonly<Partial<Record<keyof Release, unknown>>>): Readonly<Record<keyof Release, unknown>> {
  const release = Object.fromEntries(NAMES.map((name) => [name, fields[name]])) as Record<keyof Release, unknown>
  const { metadata } = release
  if (isObject(metadata)) {
    const { sha256, length, urls } = metadata as Readonly<Partial<Record<keyof MetadataReference, unknown>>>
    release.metadata = { sha256, length, urls }
  }
  return release
}
