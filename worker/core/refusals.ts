import type { InfoHash } from '../../protocol/ids.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import type { Network } from './networks.ts'
import type { HubState } from './state.ts'

/** A socket whose URL names a swarm spoke of another one (rule S2). */
export const otherSwarm = refusal('forbidden', 'the URL of this socket names another swarm; connect to /announce')

/** What the operator's lists say of a swarm; `null` if they let it pass (rule G6). */
export function refuseListed({ settings }: Pick<HubState, 'settings'>, infoHash: InfoHash): Refusal | null {
  if (settings.denyList.has(infoHash)) return refusal('forbidden', 'this tracker does not serve this info hash')
  if (settings.allowList.size > 0 && !settings.allowList.has(infoHash)) {
    return refusal('forbidden', 'this tracker serves listed info hashes only, and this is none of them')
  }
  return null
}

/** Takes from the address's bucket; a refusal if there is not so much to take (rule G3). */
export function chargeNetwork({ settings }: HubState, { bucket }: Network, now: number, cost = 1): Refusal | null {
  const wait = bucket.take(settings.addressRate, now, cost)
  return wait === 0 ? null : tooFast('your address', wait)
}

/** @param wait milliseconds */
export const tooFast = (who: string, wait: number): Refusal =>
  refusal('limited', `${who} sends more than this tracker takes; wait and try again`, Math.ceil(wait / 1000))
