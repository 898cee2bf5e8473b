import type { Link } from '../../../protocol/content/link.ts'
import { iceServersOf } from '../../mesh/ice.ts'
import type { JoinOptions } from '../../mesh/join.ts'
import { StockPeers } from './stock-peers.ts'

export interface StockOptions {
  /** Whether to exchange with stock WebTorrent and BitTorrent peers too; no if absent. */
  readonly stock?: boolean
}

/** How stock peers are met; `null` if they are not to be. */
export const stockPeersOf = (
  { tracker }: Link,
  { stock = false, iceServers }: StockOptions & Pick<JoinOptions, 'iceServers'>,
  problem: (text: string) => void,
): StockPeers | null => (stock ? new StockPeers(tracker, iceServersOf(iceServers, [tracker]), problem) : null)
