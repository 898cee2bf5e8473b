// What the peers of a room tell those who look at a picture of their mesh, over the topic `mesh`. Nobody tells anything
// while nobody looks.

import { isRecord } from '../protocol.ts'

/** A page says so every `WATCH_EVERY` while it shows the picture. */
export interface WatchReport {
  readonly type: 'watch'
}

/** Whom its author is linked to, by short ids: all of them. */
export interface LinksReport {
  readonly type: 'links'
  readonly links: readonly string[]
}

/** Which way messages of the topic `messages` came to its author. */
export interface HeardReport {
  readonly type: 'heard'
  readonly heard: readonly Heard[]
}

export interface Heard {
  /** The short id of the message. */
  readonly id: string
  /** The short id of the peer that passed it on. */
  readonly via: string
}

export type MeshReport = WatchReport | LinksReport | HeardReport

export const MESH_TOPIC = 'mesh'
/** In milliseconds. */
export const WATCH_EVERY = 10_000
/** A page that has not said for so long that it watches does not any more: two in a row may be late. */
export const WATCHED_FOR = 25_000

/**
 * In a larger room nobody tells anything: for one message that is followed each peer publishes one more, so that its
 * cost grows with the square of the peers. Measured: about 40 ms of a core for each of 60 peers.
 */
export const MAX_ROOM = 128
/** Links and messages that one report may tell of. Guesses: several times what an overlay's peer has of either. */
export const MAX_LINKS = 64
export const MAX_HEARD = 64
/** Of a short id: a peer's is the beginning of 40 hex digits, a message's that of whatever its author chose. */
const SHORT = 8

/** Enough of an id to tell the peers of a room apart, and the messages of a minute. */
export const shortOf = (id: string): string => id.slice(0, SHORT)

/** Reads what a stranger sent; `null` if it is no report. */
export function readReport(value: unknown): MeshReport | null {
  if (!isRecord(value)) return null
  switch (value['type']) {
    case 'watch':
      return { type: 'watch' }
    case 'links': {
      const links = readList(value['links'], MAX_LINKS, readPeer)
      return links && { type: 'links', links }
    }
    case 'heard': {
      const heard = readList(value['heard'], MAX_HEARD, readHeard)
      return heard && { type: 'heard', heard }
    }
    default:
      return null
  }
}

function readList<Item>(value: unknown, most: number, read: (item: unknown) => Item | null): readonly Item[] | null {
  if (!Array.isArray(value) || value.length > most) return null
  const items = value.map(read).filter((item) => item !== null)
  return items.length === value.length ? items : null
}

const readPeer = (value: unknown): string | null =>
  typeof value === 'string' && /^[0-9a-f]{8}$/.test(value) ? value : null

function readHeard(value: unknown): Heard | null {
  if (!isRecord(value)) return null
  const { id } = value
  const via = readPeer(value['via'])
  return typeof id === 'string' && id !== '' && id.length <= SHORT && via !== null ? { id, via } : null
}
