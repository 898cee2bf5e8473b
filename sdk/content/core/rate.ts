/** How fast something is: the bytes of the last seconds, the latest counting most. */
export interface Rate {
  /** Bytes, each worth less the longer ago it came. */
  sum: number
  /** Since when it is measured, and up to when (ms). */
  since: number
  at: number
}

/** What came so long ago (ms) counts a third. A guess: bursts of one piece at a time have to even out. */
const MEMORY = 2000

/** Over less than that nothing is measured (ms). */
const SHORTEST = 50

export const newRate = (now: number): Rate => ({ sum: 0, since: now, at: now })

export function addTo(rate: Rate, bytes: number, now: number): void {
  rate.sum = rate.sum * Math.exp((rate.at - now) / MEMORY) + bytes
  rate.at = now
}

/** After a pause it is measured anew: how long nobody asked says nothing. */
export function restart(rate: Rate, now: number): void {
  if (rate.at + MEMORY > now) return
  rate.sum = 0
  rate.since = rate.at = now
}

/** Bytes a second. */
export function rateOf(rate: Rate, now: number): number {
  const sum = rate.sum * Math.exp((rate.at - now) / MEMORY)
  // What has only just begun has had no time to fill the memory.
  const span = MEMORY * (1 - Math.exp((rate.since - now) / MEMORY))
  return (sum * 1000) / Math.max(span, SHORTEST)
}
