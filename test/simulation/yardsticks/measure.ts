import { type Metrics, fewest, most, prefixed } from '../metrics.ts'
import { Reach, READ_WITHIN } from '../reach.ts'
import { CRASH, SECONDS } from '../scenarios/churn.ts'
import { AUTHORS, MESSAGES, ONE_SHOTS } from '../scenarios/steady.ts'
import { publishInTurns } from '../stage.ts'
import type { YardstickSwarm } from './swarm.ts'

// The same as the scenarios of these names do with the overlay.

const SETTLES = 20_000

export function measureSteady(swarm: YardstickSwarm): Metrics {
  const { peers } = swarm
  swarm.run(SETTLES)
  const authors = Array.from({ length: AUTHORS }, () => peers.any(swarm.random))
  const early = publishInTurns(swarm, authors, MESSAGES / 2)
  const late = publishInTurns(swarm, authors, MESSAGES / 2)
  const oneShots = publishInTurns(swarm, peers.items.slice(0, ONE_SHOTS), 1)
  return {
    mostLinks: most(peers.items.map(({ lanes }) => lanes.size)),
    reach: fewest([early, late, oneShots].map(({ reach }) => reach)),
    ...late.metrics,
    ...prefixed('oneShot', oneShots.metrics),
  }
}

export function measureChurn(swarm: YardstickSwarm, seconds = SECONDS): Metrics {
  const { agenda, peers } = swarm
  const author = peers.any(swarm.random)
  const reach = new Reach(swarm)
  agenda.spread(CRASH * peers.size * seconds, 1000 * seconds, () => {
    swarm.crash(peers.other(author, swarm.random))
    swarm.join()
  })
  agenda.spread(seconds, 1000 * seconds, () => {
    reach.publish(author)
  })
  swarm.run(1000 * seconds + READ_WITHIN + 1)
  return { ...reach.metrics, redundancy: reach.redundancy }
}
