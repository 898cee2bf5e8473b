import { brokenOf, ContentStage, oneFile, percentile } from './stage.ts'

export interface OffloadOptions {
  readonly peers: number
  /** Bytes a second: of a peer's uplink, and of one connection to the origin. */
  readonly up: number
  readonly originRate: number
  /** Bytes. */
  readonly size: number
  readonly pieceLength: number
  /** One way (ms), and from one peer to the next. */
  readonly latency: number
  readonly every: number
}

/** As issue 5 has it, with the pieces that `publish` makes of so much. */
export const OFFLOAD: OffloadOptions = {
  peers: 20,
  up: 1_000_000,
  originRate: 2_000_000,
  size: 16_000_000,
  pieceLength: 16_384,
  latency: 25,
  every: 4000,
}

export interface OffloadResult {
  /** Part of all bytes that the origin did not send. */
  readonly spared: number
  /** Times over the time from the origin alone. */
  readonly median: number
  readonly p99: number
  readonly waste: number
  readonly broken: readonly string[]
}

/** Peers come one after the other to an origin, and stay. */
export function runOffload(seed: number, options: OffloadOptions = OFFLOAD): OffloadResult {
  const { peers, size, originRate, latency, up, every } = options
  const stage = new ContentStage(seed, oneFile(size, options.pieceLength))
  const origin = stage.addOrigin({ rate: originRate, latency })
  for (let index = 0; index < peers; index++) stage.agenda.at(index * every, () => stage.add({ up, latency }))
  stage.agenda.runUntil(peers * every)
  const alone = 2 * latency + (size * 1000) / originRate
  stage.run(peers * every + 10 * alone)
  const times = stage.peers.map(({ doneAt, startedAt }) => (doneAt - startedAt) / alone)
  const waste = stage.peers.reduce((sum, { fromPeers, fromOrigin, stored }) => sum + fromPeers + fromOrigin - stored, 0)
  return {
    spared: 1 - origin.sent / (size * peers),
    median: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    waste: waste / (size * peers),
    broken: brokenOf(stage),
  }
}
