/** Why a request for a catalogue or an origin is not served, as HTTP says it. */
export interface Denial {
  readonly type: 'denied'
  readonly status: DenialStatus
  /** A sentence for the publisher. */
  readonly reason: string
  /** Seconds until another try makes sense; absent where none does. */
  readonly retryIn?: number
}

export type DenialStatus = 400 | 401 | 403 | 404 | 408 | 409 | 411 | 413 | 429 | 501 | 507

export const denial = (status: DenialStatus, reason: string, retryIn?: number): Denial =>
  retryIn === undefined ? { type: 'denied', status, reason } : { type: 'denied', status, reason, retryIn }

export const isDenial = (value: object): value is Denial => 'type' in value && value.type === 'denied'
