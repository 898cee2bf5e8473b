import type { ServerKind } from './servers.ts'
import type { Answers } from './stock-peer.ts'

/** The part of the peers that is replaced in an hour. */
export const REPLACED = 0.1

/** Stock peers of one tracker in swarms of one size. */
export interface StockSetting {
  readonly tracker: ServerKind
  readonly peers: 'webtorrent' | 'bittorrent-tracker client'
  readonly answers: Answers
  readonly swarm: number
}

/** SDK peers, compared with stock ones in swarms of `beside`, for which a full mesh may have no room. */
export interface SdkSetting {
  readonly swarm: number
  readonly beside: number
  readonly joins: number
}

const SMALL = 5
const LARGE = 50
/** `MAX_PEERS` of sdk/shell/swarm.ts. */
const FULL_MESH = 32

export const STOCK_SETTINGS: readonly StockSetting[] = [SMALL, LARGE].flatMap((swarm) =>
  (['edgeswarm', 'bittorrent-tracker'] as const).flatMap((tracker) => [
    { tracker, peers: 'webtorrent' as const, answers: 'new' as const, swarm },
    { tracker, peers: 'bittorrent-tracker client' as const, answers: 'all' as const, swarm },
  ]),
)

/** Their joins are real, and a large swarm's take seconds. */
export const SDK_SETTINGS: readonly SdkSetting[] = [
  { swarm: SMALL, beside: SMALL, joins: 100 },
  { swarm: FULL_MESH, beside: LARGE, joins: 20 },
]
