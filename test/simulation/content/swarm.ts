import { brokenOf, ContentStage, oneFile, percentile } from './stage.ts'

export interface SwarmOptions {
  readonly peers: number
  /** Bytes a second. */
  readonly up: number
  /** Bytes. */
  readonly size: number
  readonly pieceLength: number
  /** One way (ms). */
  readonly latency: number
}

/** As issue 5 has it, with the pieces that `publish` makes of so much. */
export const SWARM: SwarmOptions = { peers: 20, up: 300_000, size: 6_000_000, pieceLength: 16_384, latency: 25 }

export interface SwarmResult {
  /** The median and the last completion, as multiples of the fluid bound. */
  readonly median: number
  readonly last: number
  /** Bytes that peers got and had already, over the bytes of the file. */
  readonly waste: number
  readonly broken: readonly string[]
}

/** One seed, and peers that come at once and have nothing. */
export function runSwarm(seed: number, options: SwarmOptions = SWARM): SwarmResult {
  const { peers, up, size, latency } = options
  const stage = new ContentStage(seed, oneFile(size, options.pieceLength))
  const first = stage.add({ up, latency, isSeed: true })
  for (let index = 0; index < peers; index++) stage.add({ up, latency })
  const bound = Math.max(size / up, (peers * size) / (up * (peers + 1))) * 1000
  stage.run(10 * bound)
  const others = stage.peers.filter((peer) => peer !== first)
  const times = others.map(({ doneAt }) => doneAt)
  const waste = others.reduce((sum, { fromPeers, stored }) => sum + fromPeers - stored, 0)
  return {
    median: percentile(times, 0.5) / bound,
    last: Math.max(...times) / bound,
    waste: waste / (size * peers),
    broken: brokenOf(stage),
  }
}
