import type { Release } from './release.ts'

/** A release whose signature by its own `key` was verified. */
export interface Opened {
  readonly release: Release
  /** The SHA-256 of `text`, in hex. */
  readonly digest: string
  /** What was signed, to the byte. */
  readonly text: string
}

/** What is remembered of the newest release that was accepted, so that nothing older is taken for it. */
export interface Known {
  readonly number: number
  readonly digest: string
  /** Who may sign what comes next. */
  readonly key: string
}

/** Which channel a feed has to be of, and what is known of it. */
export interface Expected {
  readonly publisher: string
  readonly channel: string
  /** `null` for who has never seen a release of it. */
  readonly known: Known | null
  /** Milliseconds since 1970. */
  readonly now: number
}

export type DistrustCode =
  /** No release, or releases in the wrong order. */
  | 'malformed'
  | 'wrong-publisher'
  | 'wrong-channel'
  /** Signed by a key that may not, or may no longer, sign it. */
  | 'wrong-key'
  /** Older than what is known. */
  | 'rollback'
  /** Another one of the same number than what is known. */
  | 'fork'
  | 'expired'
  /** From the future. */
  | 'not-yet'

export type Judgement =
  /** `opened` is the newest one; it may be the one that is known already. `known` is what to remember. */
  | { readonly type: 'accepted'; readonly release: Release; readonly opened: Opened; readonly known: Known }
  | { readonly type: 'refused'; readonly code: DistrustCode; readonly message: string }

/** How far a clock may be behind the publisher's: time zones that were set wrongly reach 14 hours. */
const CLOCK_TOLERANCE = 24 * 3_600_000

/** Whether the newest release of a feed is to be believed (rules U4–U6). */
export function judge(expected: Expected, chain: readonly Opened[]): Judgement {
  const newest = chain.at(-1)
  if (!newest) return refused('malformed', 'the feed holds no release')
  const distrust =
    refuseStrangers(expected, chain) ??
    refuseDisorder(chain) ??
    refuseOld(expected, newest) ??
    refuseKeys(expected, chain) ??
    refuseTimes(newest.release, expected.now)
  if (distrust) return distrust
  const { release, digest } = newest
  return {
    type: 'accepted',
    release,
    opened: newest,
    known: { number: release.number, digest, key: keyAfter(release) },
  }
}

/** Who may sign what comes after a release (rule U5). */
export const keyAfter = ({ key, successor }: Release): string => successor ?? key

type Refused = Extract<Judgement, { type: 'refused' }>

const refused = (code: DistrustCode, message: string): Refused => ({ type: 'refused', code, message })

function refuseStrangers({ publisher, channel }: Expected, chain: readonly Opened[]): Refused | null {
  for (const { release } of chain) {
    if (release.publisher !== publisher) {
      return refused('wrong-publisher', `a release is of ${release.publisher}, and the channel is of ${publisher}`)
    }
    if (release.channel !== channel) {
      return refused('wrong-channel', `a release is of the channel ${release.channel}, and not of ${channel}`)
    }
  }
  return null
}

function refuseDisorder(chain: readonly Opened[]): Refused | null {
  const after = chain.slice(1)
  const fallen = after.find(({ release }, index) => release.number <= (chain[index]?.release.number ?? 0))
  return fallen
    ? refused('malformed', `release ${fallen.release.number} comes after one whose number is not lower`)
    : null
}

function refuseOld({ channel, known }: Expected, { release, digest }: Opened): Refused | null {
  if (!known) return null
  if (release.number < known.number) {
    return refused(
      'rollback',
      `release ${release.number} of ${channel} is older than ${known.number}, which was seen already`,
    )
  }
  if (release.number === known.number && digest !== known.digest) {
    return refused('fork', `there are two releases ${known.number} of ${channel}, and this is not the one seen before`)
  }
  return null
}

/**
 * What is newer than what is known has to be signed by who was in charge there, and so on; without anything known, by
 * the publisher to begin with. What is older proves nothing and is passed over: its key may have been stolen since.
 */
function refuseKeys({ publisher, known }: Expected, chain: readonly Opened[]): Refused | null {
  let key = known?.key ?? publisher
  for (const { release } of chain) {
    if (known && release.number <= known.number) continue
    if (release.key !== key) {
      return refused('wrong-key', `release ${release.number} is signed by ${release.key}, and only ${key} may sign it`)
    }
    key = keyAfter(release)
  }
  return null
}

function refuseTimes({ number, channel, published, expires }: Release, now: number): Refused | null {
  if (published > now + CLOCK_TOLERANCE) {
    return refused(
      'not-yet',
      `release ${number} of ${channel} says that it was published at ${format(published)}, and the clock here says ` +
        `${format(now)}: one of the two clocks is wrong`,
    )
  }
  if (expires <= now) {
    return refused(
      'expired',
      `release ${number} of ${channel} expired at ${format(expires)}, and the clock here says ${format(now)}: a newer ` +
        'one is kept back, the publisher has not renewed it, or the clock is wrong',
    )
  }
  return null
}

// eslint-disable-next-line no-restricted-syntax -- a time that is told, and not the clock
const format = (time: number): string => new Date(time).toISOString()
