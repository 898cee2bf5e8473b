import { BLOCK } from './layout.ts'
import { rateOf } from './rate.ts'
import type { Wire } from './state.ts'

/** How long the last of so many blocks takes (ms), as far as can be told. */
export function waitOf({ delay, received, asked }: Wire, blocks: number, now: number): number {
  const rate = rateOf(received, now)
  if (asked.size === 0) return delay
  return rate > 0 ? (blocks * BLOCK * 1000) / rate : Infinity
}
