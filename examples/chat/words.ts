import { formatBytes } from '../base/bytes.ts'
import { formatCount } from '../base/numbers.ts'

const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const list = new Intl.ListFormat('en', { type: 'conjunction' })

/** The time of day; with the date if it is not today's. */
export function formatTime(at: number, now: number): string {
  const date = new Date(at)
  const text = time.format(date)
  return date.toDateString() === new Date(now).toDateString() ? text : `${day.format(date)}, ${text}`
}

export function formatRoundTrip(milliseconds: number | null): string {
  if (milliseconds === null) return 'linked'
  return `${milliseconds < 1 ? 'under 1' : formatCount(milliseconds)} ms`
}

export const formatHere = (count: number): string => (count === 1 ? 'Only you' : `${formatCount(count)} here`)

/** Names as a sentence begins with them: `Ada, Grace and 3 others`. */
export function formatNames(names: readonly string[]): string {
  if (names.length <= 3) return list.format(names)
  return list.format([...names.slice(0, 2), `${formatCount(names.length - 2)} others`])
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
