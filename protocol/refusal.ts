/**
 * Why a message is not served:
 * - `malformed`: it breaks the protocol; sending it again changes nothing.
 * - `limited`: too many or too much; `retryIn` says when it may work.
 * - `full`: the tracker has no room now; `retryIn` says when it may work.
 * - `forbidden`: the operator's lists say no.
 * - `taken`: the peer id belongs to another socket.
 * - `unasked`: an answer to an offer that was not relayed to this peer.
 * - `absent`: a dial from or to a peer that is not in the swarm.
 */
export type RefusalCode = 'malformed' | 'limited' | 'full' | 'forbidden' | 'taken' | 'unasked' | 'absent'

/** One clear failure: what the sender is told, and what the tracker counts. */
export interface Refusal {
  readonly code: RefusalCode
  /** A sentence for the person who reads the client's log. */
  readonly reason: string
  /** Seconds until another try makes sense; absent where none does. */
  readonly retryIn?: number
}

export const refusal = (code: RefusalCode, reason: string, retryIn?: number): Refusal =>
  retryIn === undefined ? { code, reason } : { code, reason, retryIn }

/** BEP 31 counts in whole minutes; less than one would mean "at once". */
export const retryInMinutes = (seconds: number): number => Math.max(1, Math.ceil(seconds / 60))
