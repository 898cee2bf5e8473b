/** What an announce says has happened (BEP 3, BEP 21). `none` stands for an absent, empty or `update` event. */
export type AnnounceEvent = 'none' | 'started' | 'stopped' | 'completed' | 'paused'

/** How a peer counts: BEP 21's partial seed has all that it wants, though not all there is. */
export type Role = 'seed' | 'partialSeed' | 'leech'

const EVENTS = new Map<unknown, AnnounceEvent>([
  [undefined, 'none'],
  [null, 'none'],
  ['', 'none'],
  ['empty', 'none'],
  ['update', 'none'],
  ['started', 'started'],
  ['stopped', 'stopped'],
  ['completed', 'completed'],
  ['paused', 'paused'],
])

/** The event that a field of an announce names; `null` if no BEP knows it. */
export const readEvent = (value: unknown): AnnounceEvent | null => EVENTS.get(value) ?? null

/** Bytes left to download; `null` when the peer does not know yet (a magnet link before its metadata). */
export type Left = number | null

export function roleOf(event: AnnounceEvent, left: Left): Role {
  if (left === 0) return 'seed'
  return event === 'paused' ? 'partialSeed' : 'leech'
}

/** How many peers a swarm has of each kind, as a scrape tells it. */
export interface SwarmCounts {
  readonly complete: number
  readonly incomplete: number
  /** Of the incomplete those that still download: partial seeds are not among them (BEP 21). */
  readonly downloaders: number
  /** Downloads that were completed since the swarm was last empty. */
  readonly downloaded: number
}
