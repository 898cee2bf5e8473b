import { formatBytes } from '../base/bytes.ts'
import { formatCount } from '../base/numbers.ts'

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const list = new Intl.ListFormat('en-GB', { type: 'conjunction' })

/** The time of day; with the date if it is not today's. */
export function formatTime(at: number, now: number): string {
  const date = new Date(at)
  const text = time.format(date)
  return date.toDateString() === new Date(now).toDateString() ? text : `${day.format(date)}, ${text}`
}

/**
 * How words get to a peer.
 *
 * @param roundTrip in milliseconds; `null` if not measured yet
 */
export function formatWay(isLinked: boolean, roundTrip: number | null): string {
  if (!isLinked) return 'through others'
  if (roundTrip === null) return 'linked'
  return `${roundTrip < 1 ? 'under 1' : formatCount(roundTrip)} ms`
}

/** How many are in the room, and whether that is known or estimated; this page among them. */
export interface Size {
  readonly count: number
  readonly isExact: boolean
}

export function formatHere({ count, isExact }: Size): string {
  if (count <= 1) return 'Only you'
  return `${isExact ? '' : 'about '}${formatCount(count)} here`
}

/** Names as a sentence begins with them: `Ada, Grace and 3 others`. */
export const formatNames = (names: readonly string[]): string => list.format(atMost(3, names))

/** So many entries of a list, the last of which stands for all that are left out: `Ada`, `Grace`, `3 others`. */
export function atMost(count: number, names: readonly string[]): readonly string[] {
  if (names.length <= count) return names
  return [...names.slice(0, count - 1), `${formatCount(names.length - count + 1)} others`]
}

export type Notice = 'came' | 'left'

export function noticeOf(notice: Notice, names: readonly string[]): string {
  if (notice === 'left') return `${formatNames(names)} left`
  return `${formatNames(names)} ${names.length === 1 ? 'is' : 'are'} here`
}

/** A file on its way between this page and one peer. */
export type TransferState =
  | { readonly kind: 'asking' }
  | { readonly kind: 'moving'; readonly bytes: number }
  | { readonly kind: 'done'; readonly file: Blob | null }
  | { readonly kind: 'ended'; readonly reason: string }

export interface Transfer {
  readonly direction: 'sent' | 'received'
  readonly peerName: string
  readonly size: number
  readonly state: TransferState
}

export function transferStatus({ direction, peerName, size, state }: Transfer): string {
  const isSent = direction === 'sent'
  switch (state.kind) {
    case 'asking':
      return isSent ? `Waiting for ${peerName} to accept` : `${peerName} would like to send you this`
    case 'moving':
      return isSent ? `Sending to ${peerName}` : `Coming from ${peerName}`
    case 'done':
      return `${isSent ? `${peerName} has it` : `From ${peerName}`}, ${formatBytes(size)}`
    case 'ended':
      return state.reason
  }
}
