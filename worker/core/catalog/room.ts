import type { Settings } from '../limits.ts'
import { type Denial, denial } from './denial.ts'
import { isOpen } from './publishers.ts'
import { type Share, siteOf, whoYields } from './shares.ts'

/**
 * After so long, in milliseconds, a channel that nobody renewed is taken for left alone. Half of what the SDK lets a
 * release last; a guess.
 */
export const LEFT_ALONE = 182 * 24 * 3_600_000

/** What a catalogue holds that is full, though nothing in it has expired. */
export interface Full {
  /** How many channels count for each network. */
  readonly shares: readonly Share[]
  /** When the channel was renewed that was so longest ago; `null` if there is none. */
  readonly longestAgo: number | null
}

export type RoomDecision =
  | Denial
  /** Of this network's channels the one that was renewed longest ago is dropped; of all if it is `null`. */
  | { readonly type: 'drop'; readonly network: string | null }

/** Whose channel makes room for another one of the newcomer's (rule U18). */
export function makeRoom(
  settings: Settings,
  { shares, longestAgo }: Full,
  newcomer: string,
  now: number,
): RoomDecision {
  const full = `this catalogue has all the ${settings.MAX_CHANNELS} channels that it can hold`
  const ask = 'ask its operator for room, or publish at another tracker'
  // Whoever is listed is trusted: what they published is not dropped while it is good.
  if (!isOpen(settings)) return denial(507, `${full}, and none of them has expired; ${ask}`)
  const network = whoYields(shares, newcomer, 1)
  if (network !== null) return { type: 'drop', network }
  if (shares.some((share) => siteOf(share.network) === siteOf(newcomer))) {
    return denial(507, `${full}, and no network has more of them than yours; ${ask}`)
  }
  if (longestAgo === null) return denial(507, `${full}; ${ask}`)
  const wait = longestAgo + LEFT_ALONE - now
  if (wait <= 0) return { type: 'drop', network: null }
  return denial(507, `${full}, and all of them are of others and in use; ${ask}`, Math.ceil(wait / 1000))
}
