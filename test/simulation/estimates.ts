import { sizeOf } from '../../sdk/overlay/size.ts'
import { type Metrics, most, share } from './metrics.ts'
import type { SimulatedSwarm } from './swarm.ts'

/** How far peers are wrong about the size of the swarm, as a share of it, and what share of them is. */
export function estimates({ peers: { items }, now }: SimulatedSwarm): Metrics {
  const errors = items.map(({ state }) => Math.abs(sizeOf({ state, now }) - items.length) / items.length)
  return {
    worstEstimate: most(errors),
    wrongEstimates: share(errors.filter((error) => error > 0).length, items.length),
  }
}
