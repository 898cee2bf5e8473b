import { isOfferId, isPeerId, type OfferId, type PeerId } from '../ids.ts'
import type { Signal } from './control.ts'
import { readSignal } from './control.ts'
import { decodeOrNull, type Fields, isCount, isFields, itemsOf } from './fields.ts'
import { type Publication, publicationFields, readPublication } from './publication.ts'
import { encodeValue } from './value.ts'

/** What the overlays of two linked peers say to each other (sections O, D and W of PROTOCOL.md). */
export type OverlayMessage =
  | Neighbour
  /** The sender does not keep the receiver in its active view, or not any more. */
  | { readonly type: 'decline' }
  | Seek
  | Shuffle
  | Routed
  | { readonly type: 'publication'; readonly publication: Publication }
  | { readonly type: 'have'; readonly ranges: readonly HaveRange[] }
  /** The last that peers said of themselves, for those that are here. */
  | { readonly type: 'roster'; readonly entries: readonly RosterEntry[] }
  /** What the ids of all that the sender knows to be here come to (rule W5). */
  | { readonly type: 'digest'; readonly digest: number }
  | { readonly type: 'want'; readonly ranges: readonly Range[] }
  /** From now on, push what this author publishes (`graft`), or only tell of it (`prune`); `null`: of all others. */
  | { readonly type: 'graft' | 'prune'; readonly author: PeerId | null }

/** The sender wants the receiver in its active view; it is there once both have said so. */
export interface Neighbour {
  readonly type: 'neighbour'
  /** Whether the sender has so few links that the receiver should give up another for it. */
  readonly isNeedy: boolean
  /** Whether the sender has just come, and knows of nobody yet. */
  readonly isNew: boolean
  /** Peers whose ids begin with so many zero bits tell all others that they are here. */
  readonly level: number
  /** How many peers the sender believes to be in the swarm. */
  readonly size: number
  /** Its active view. */
  readonly peers: readonly PeerId[]
}

/** A random walk on behalf of a peer that wants one link more. */
export interface Seek {
  readonly type: 'seek'
  readonly peer: PeerId
  readonly hops: number
  readonly isNeedy: boolean
}

/** A random walk with a sample of what a peer knows, to be answered with a sample. */
export interface Shuffle {
  readonly type: 'shuffle'
  readonly peer: PeerId
  readonly hops: number
  readonly peers: readonly PeerId[]
}

/** Something for one peer, passed on from link to link. */
export interface Routed {
  readonly type: 'routed'
  readonly to: PeerId
  readonly from: PeerId
  readonly hops: number
  readonly body: RoutedBody
}

export type RoutedBody =
  /** A part of a connection in the making. */
  | { readonly kind: 'signal'; readonly signal: Signal }
  /** A part of what a relayed connection carries, encrypted from end to end (rule O10). */
  | { readonly kind: 'packet'; readonly id: OfferId; readonly bytes: Uint8Array }
  /** The answer to a shuffle. */
  | { readonly kind: 'peers'; readonly peers: readonly PeerId[] }
  /** The answer to a publication of kind `find`. */
  | { readonly kind: 'here' }
  /** What belongs to this offer and was for this peer came to an end on its way. */
  | { readonly kind: 'lost'; readonly peer: PeerId; readonly id: OfferId }

/** Publications of one author in a row. */
export interface Range {
  readonly author: PeerId
  readonly epoch: number
  readonly first: number
  readonly last: number
}

export interface RosterEntry {
  readonly author: PeerId
  readonly epoch: number
  readonly sequence: number
}

export interface HaveRange extends Range {
  /** Milliseconds since the sender has had the last of them. */
  readonly age: number
  /** Bytes, if it is one that is to be asked for; 0 for what the tree brings. */
  readonly size: number
}

/** The longest walk and the longest way of something routed, in links. */
export const MAX_HOPS = 32
/** Peers that a message may name. */
export const MAX_NAMED = 32
/** The longest packet of a relayed connection, in bytes. */
export const MAX_PACKET = 69_632
/** Ranges in a message. */
export const MAX_RANGES = 512
/** Publications in a range. */
export const MAX_RANGE = 1024
/** Publications that the ranges of a message name together: each costs a look, whether it is there or not. */
export const MAX_IN_RANGES = 4096
/** With 24 zero bits at the beginning of the ids that are named, a swarm has billions of peers. */
export const MAX_LEVEL = 24

export const encodeOverlay = (message: OverlayMessage): Uint8Array<ArrayBuffer> =>
  encodeValue(
    message.type === 'publication'
      ? { type: message.type, publication: publicationFields(message.publication) }
      : message,
  )

/** A message as it comes: the author of a publication is still to be found out. */
export type ReceivedOverlay =
  | Exclude<OverlayMessage, { readonly type: 'publication' }>
  | { readonly type: 'publication'; readonly publication: Omit<Publication, 'author'> }

/** `null` for what is malformed; `'unknown'` for a kind that a later version may know. */
export function decodeOverlay(bytes: Uint8Array): ReceivedOverlay | 'unknown' | null {
  const fields = decodeOrNull(bytes)
  if (!isFields(fields)) return null
  const type = fields['type']
  switch (type) {
    case 'neighbour': {
      const { level, size } = fields as Readonly<Record<'level' | 'size', unknown>>
      if (!isCount(level) || !isCount(size) || level > MAX_LEVEL) return null
      return {
        type,
        isNeedy: fields['isNeedy'] === true,
        isNew: fields['isNew'] === true,
        level,
        size,
        peers: peersOf(fields),
      }
    }
    case 'decline':
      return { type }
    case 'seek':
    case 'shuffle': {
      const { peer, hops } = fields as Readonly<Record<'peer' | 'hops', unknown>>
      if (!isPeerId(peer) || !isHops(hops)) return null
      if (type === 'seek') return { type, peer, hops, isNeedy: fields['isNeedy'] === true }
      return { type, peer, hops, peers: peersOf(fields) }
    }
    case 'routed':
      return readRouted(fields)
    case 'publication': {
      const publication = readPublication(fields['publication'])
      return publication && { type, publication }
    }
    case 'have':
      return { type, ranges: rangesOf(fields, isHaveRange) }
    case 'roster':
      return { type, entries: itemsOf(fields['entries'], MAX_RANGES, isEntry) }
    case 'digest': {
      const digest = fields['digest']
      return isCount(digest) ? { type, digest } : null
    }
    case 'want':
      return { type, ranges: rangesOf(fields, isRange) }
    case 'graft':
    case 'prune': {
      const author = fields['author']
      return author === null || isPeerId(author) ? { type, author } : null
    }
    default:
      return 'unknown'
  }
}

const isHops = (value: unknown): value is number => isCount(value) && value <= MAX_HOPS

const peersOf = (fields: Fields): PeerId[] => itemsOf(fields['peers'], MAX_NAMED, isPeerId)

/** The ranges that fit, for as long as they name few enough publications. */
function rangesOf<Item extends Range>(fields: Fields, fits: (item: unknown) => item is Item): Item[] {
  const ranges = itemsOf(fields['ranges'], MAX_RANGES, fits)
  let named = 0
  const end = ranges.findIndex(({ first, last }) => (named += last - first + 1) > MAX_IN_RANGES)
  return end < 0 ? ranges : ranges.slice(0, end)
}

function isRange(value: unknown): value is Range {
  if (!isFields(value)) return false
  const { author, epoch, first, last } = value as Readonly<Record<keyof Range, unknown>>
  if (!isPeerId(author) || !isCount(epoch) || !isCount(first) || !isCount(last)) return false
  return first <= last && last - first < MAX_RANGE
}

function isEntry(value: unknown): value is RosterEntry {
  const { author, epoch, sequence } = (isFields(value) ? value : {}) as Readonly<
    Partial<Record<keyof RosterEntry, unknown>>
  >
  return isPeerId(author) && isCount(epoch) && isCount(sequence)
}

function isHaveRange(value: unknown): value is HaveRange {
  const { age, size } = (isFields(value) ? value : {}) as Readonly<Partial<Record<'age' | 'size', unknown>>>
  return isRange(value) && isCount(age) && isCount(size)
}

function readRouted(fields: Fields): Routed | 'unknown' | null {
  const { to, from, hops, body } = fields as Readonly<Record<'to' | 'from' | 'hops' | 'body', unknown>>
  if (!isPeerId(to) || !isPeerId(from) || !isHops(hops) || !isFields(body)) return null
  const read = readBody(body)
  return read && read !== 'unknown' ? { type: 'routed', to, from, hops, body: read } : read
}

function readBody(body: Fields): RoutedBody | 'unknown' | null {
  const kind = body['kind']
  switch (kind) {
    case 'signal': {
      const signal = readSignal(body['signal'])
      return signal && { kind, signal }
    }
    case 'packet': {
      const { id, bytes } = body as Readonly<Record<'id' | 'bytes', unknown>>
      return isOfferId(id) && bytes instanceof Uint8Array && bytes.length <= MAX_PACKET ? { kind, id, bytes } : null
    }
    case 'peers':
      return { kind, peers: peersOf(body) }
    case 'here':
      return { kind }
    case 'lost': {
      const { peer, id } = body as Readonly<Record<'peer' | 'id', unknown>>
      return isPeerId(peer) && isOfferId(id) ? { kind, peer, id } : null
    }
    default:
      return 'unknown'
  }
}
