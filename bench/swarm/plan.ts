import { MEGABYTE } from '../content/setting.ts'

/** One seed and these peers, all of whose uplinks are alike; nobody has anything at first. */
export interface Plan {
  readonly peers: number
  /** Of the file, in bytes. */
  readonly bytes: number
  /** Bytes a second that each may send. */
  readonly upload: number
}

export const PLAN: Plan = { peers: 20, bytes: 6 * MEGABYTE, upload: 0.3 * MEGABYTE }

/**
 * The least time in which a fluid could reach all of them: the seed has to send it once, and all of them together have
 * to send it to each (Kumar and Ross, "Peer-assisted file distribution: the minimum distribution time"). Seconds.
 */
export function fluidBound({ peers, bytes, upload }: Plan): number {
  return Math.max(bytes / upload, (peers * bytes) / (upload * (peers + 1)))
}
