/** What a device may spend on content. What is absent is not limited; whoever has the device has the last word. */
export interface Policy {
  /** Bytes a second that may be sent to peers; 0 for none. */
  readonly upload?: number
  /** Bytes a second that may be fetched. */
  readonly download?: number
  /** Sharing ends when any of these is reached. */
  readonly seedUntil?: SeedUntil
  /** Whether to send on a connection that costs by the byte, or to a user who asks to save data; no if absent. */
  readonly onMetered?: boolean
  /** On battery nothing is sent below this charge, 0 to 1; 0.3 if absent. */
  readonly minBattery?: number
  /** Nothing is sent outside of these hours of the day, local time: from the first, up to the second and without it. */
  readonly hours?: readonly [from: number, until: number]
}

export interface SeedUntil {
  /** Bytes sent since the release began over bytes of the release. */
  readonly ratio?: number
  /** Milliseconds since the release was complete. */
  readonly time?: number
  /** Bytes sent. */
  readonly bytes?: number
}

/** How a device is at the moment, and what it has done so far. */
export interface Situation {
  /** Whether the connection costs by the byte or the user asks to save data; `null` where nobody can tell. */
  readonly isMetered: boolean | null
  /** The charge, 0 to 1; `null` on mains, or where nobody can tell. */
  readonly battery: number | null
  /** Of the day, local time: 13.5 is half past one in the afternoon. */
  readonly hour: number
  /** Bytes sent to peers. */
  readonly sent: number
  /** Those of them that were sent before the newest release began, and so of others; 0 if absent. */
  readonly sentBefore?: number
  /** Bytes of the release that is complete; `null` while none is. */
  readonly bytes: number | null
  /** Milliseconds since it was. */
  readonly sharedFor: number
}

/** Why nothing is sent. */
export type Pause = 'upload is 0' | 'metered' | 'battery' | 'hours' | 'ratio' | 'time' | 'quota'

/** What may be spent now. */
export interface Allowance {
  /** Bytes a second. */
  readonly upload: number
  readonly download: number
  /** `null` while something may be sent. */
  readonly pause: Pause | null
}

/** Below it a device may not last until its user is back at a socket. A guess. */
const MIN_BATTERY = 0.3

/** What the user says counts, and where the user says nothing what the app does. */
export const merge = (app: Policy, user: Policy): Policy => ({ ...app, ...user })

export function allow(policy: Policy, situation: Situation): Allowance {
  const { upload = Infinity, download = Infinity } = policy
  const pause = pauseOf(policy, situation)
  return { upload: pause === null ? upload : 0, download, pause }
}

function pauseOf(policy: Policy, situation: Situation): Pause | null {
  const { upload = Infinity, onMetered = false, minBattery = MIN_BATTERY, hours } = policy
  const { isMetered, battery, hour } = situation
  if (upload <= 0) return 'upload is 0'
  if (isMetered === true && !onMetered) return 'metered'
  if (battery !== null && battery < minBattery) return 'battery'
  if (hours && !isWithin(hour, hours)) return 'hours'
  return endOf(policy.seedUntil ?? {}, situation)
}

/** From 22 to 6 is the night. */
const isWithin = (hour: number, [from, until]: readonly [number, number]): boolean =>
  from <= until ? hour >= from && hour < until : hour >= from || hour < until

/** While a release is still on its way peers depend on each other, and everyone shares. */
function endOf({ ratio = Infinity, time = Infinity, bytes = Infinity }: SeedUntil, situation: Situation): Pause | null {
  const { sent, sentBefore = 0 } = situation
  if (sent >= bytes) return 'quota'
  if (situation.bytes === null) return null
  if (sent - sentBefore >= ratio * situation.bytes) return 'ratio'
  return situation.sharedFor >= time ? 'time' : null
}
