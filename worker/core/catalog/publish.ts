import { encodeFeed, MAX_SEALED, type Sealed } from '../../../protocol/content/sealed.ts'
import { fitsUtf8 } from '../../../protocol/content/text.ts'
import { type DistrustCode, judge, type Known, type Opened } from '../../../protocol/content/trust.ts'
import type { Settings } from '../limits.ts'
import { type Denial, type DenialStatus, denial } from './denial.ts'

/** A release whose signature was verified, and that signature. */
export interface Verified extends Opened {
  readonly signature: string
}

/** What the catalogue holds when somebody publishes. */
export interface Shelf {
  /** The newest release of this channel; `null` if the catalogue has none. */
  readonly known: Known | null
  /** What it knew of a channel that it has none of now, because that one made room; `null` if it knew nothing. */
  readonly dropped: Known | null
  /** All of its releases that handed over to another key, in order. */
  readonly handOvers: readonly Sealed[]
  readonly channelsOfPublisher: number
}

export interface PublishedFeed {
  readonly publisher: string
  readonly channel: string
  readonly chain: readonly Verified[]
}

export type PublishDecision =
  | Denial
  /** The newest release is the one that is known. */
  | { readonly type: 'unchanged'; readonly newest: Verified }
  /** In the order of their numbers, the last being the newest. */
  | { readonly type: 'store'; readonly newest: Verified; readonly added: readonly Verified[]; readonly known: Known }

const STATUS: Readonly<Record<DistrustCode, DenialStatus>> = {
  malformed: 400,
  'wrong-publisher': 403,
  'wrong-channel': 403,
  'wrong-key': 403,
  rollback: 409,
  fork: 409,
  expired: 400,
  'not-yet': 400,
}

/**
 * Bytes of the feed that a channel may serve. With it a channel has a largest size, and so 10,000 of them fit the 10 GB of
 * an object of the platform: who fills the catalogue can't fill the disk below it.
 */
export const MAX_SERVED = 262_144

/** What is to be done with a feed that somebody publishes, but for room in the catalogue (rules U10, U16). */
export function publish(
  settings: Settings,
  { known, dropped, handOvers, channelsOfPublisher }: Shelf,
  { publisher, channel, chain }: PublishedFeed,
  now: number,
): PublishDecision {
  const judgement = judge({ publisher, channel, known, now }, chain)
  const newest = chain.at(-1)
  // A channel that comes back goes on from where it was, and is believed by who never knew it too: all of it is stored.
  const resumed = dropped ? judge({ publisher, channel, known: dropped, now }, chain) : judgement
  if (resumed.type === 'refused') return denial(STATUS[resumed.code], resumed.message)
  if (judgement.type === 'refused') return denial(STATUS[judgement.code], judgement.message)
  if (!newest) return denial(400, 'the feed holds no release')
  if (known?.number === newest.release.number) return { type: 'unchanged', newest }
  if (known === null && channelsOfPublisher >= settings.MAX_CHANNELS_PER_PUBLISHER) {
    return denial(507, `this publisher has ${channelsOfPublisher} channels here, which is all it may`)
  }
  const added = chain.filter(({ release }) => known === null || release.number > known.number)
  const releases = feedOf(handOvers, added)
  if (releases.length > MAX_SEALED || !fitsUtf8(encodeFeed({ releases }), MAX_SERVED)) {
    return denial(413, 'the hand-overs of this channel no longer fit a feed; publish under a new key')
  }
  return { type: 'store', newest, added, known: judgement.known }
}

/** What a channel serves: all that handed over, and the newest. */
const feedOf = (handOvers: readonly Sealed[], added: readonly Verified[]): Sealed[] => [
  ...handOvers,
  ...added
    .filter(({ release }, index) => release.successor !== null || index === added.length - 1)
    .map(({ text, signature }) => ({ release: text, signature })),
]
