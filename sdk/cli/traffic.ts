import type { Traffic } from '../content/counters.ts'
import type { Sources } from './progress.ts'
import { formatCount, formatSize } from './units.ts'

/** The sums of what was counted by peer and by origin. */
export const sourcesOf = ({ fromPeers, fromOrigins, fromDisk }: Traffic): Sources => ({
  fromPeers: sum(fromPeers),
  fromOrigin: sum(fromOrigins),
  fromDisk,
})

export const sentBy = ({ toPeers }: Traffic): number => sum(toPeers)

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, bytes) => total + bytes, 0)

/** How sharing stands, in a line. */
export const sharingLine = (title: string, peers: number, sent: number): string =>
  `Sharing ${title}  ${formatCount(peers, 'peer')}  ${formatSize(sent)} sent  (Ctrl+C ends it)`
