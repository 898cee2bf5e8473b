import type { SwarmCounts } from '../../protocol/announce.ts'
import type { InfoHash } from '../../protocol/ids.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import type { HubState } from './state.ts'

// After a restart the downloads of a swarm are known before its peers are back.
const countsOfNobody = ({ downloads }: HubState, infoHash: InfoHash): SwarmCounts => ({
  complete: 0,
  incomplete: 0,
  downloaders: 0,
  downloaded: downloads.get(infoHash) ?? 0,
})

/** The counts of the swarms that are asked for, zeros for an unknown one (rules C1–C3). */
export function scrape(state: HubState, infoHashes: readonly InfoHash[] | 'all'): Map<InfoHash, SwarmCounts> | Refusal {
  const { SCRAPE_ALL, MAX_SCRAPE } = state.settings
  if (infoHashes === 'all' && SCRAPE_ALL === 0) {
    return refusal('forbidden', 'name the info hashes to scrape; this tracker does not list all of them')
  }
  if (infoHashes !== 'all' && infoHashes.length > MAX_SCRAPE) {
    return refusal('limited', `a scrape may name ${MAX_SCRAPE} info hashes; split it`)
  }
  state.counters.scrapes++
  const wanted = infoHashes === 'all' ? state.swarms.keys() : infoHashes
  return new Map(
    Array.from(wanted, (infoHash) => [infoHash, state.swarms.get(infoHash)?.counts ?? countsOfNobody(state, infoHash)]),
  )
}
