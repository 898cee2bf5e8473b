import { seededRandom } from '../support/core.ts'
import { estimates } from './estimates.ts'
import { fewest, type Metrics, share } from './metrics.ts'
import { isMutual } from './mutual.ts'
import { partsOf } from './paths.ts'
import { SimulatedSwarm } from './swarm.ts'
import { Watch } from './watch.ts'

/** Peers at most: so many and up to so many more. */
const FEWEST = 12
const MORE = 28
/** Something happens so often (ms), so many times. */
const EVERY = 400
const TIMES = 200
/** The network is parted, and the tracker away, for so long at least (ms): until links have been given up. */
const AWAY = 15_000
/** Then all is well for so long (ms), and what is published then has so long to arrive. */
const SETTLES = 120_000
const ARRIVES = 15_000

/** Peers join, crash, leave and publish as it happens, and network and tracker come and go; in the end all is well. */
export function chaos(seed: number): Metrics {
  const swarm = new SimulatedSwarm(seed)
  const random = seededRandom(~seed)
  const most = FEWEST + Math.floor(random() * MORE)
  const watch = new Watch(swarm)
  const actions = actionsOn(swarm, watch, most)
  for (let time = 0; time < TIMES; time++) {
    actions[Math.floor(random() * actions.length)]?.()
    swarm.run(EVERY)
  }
  if (swarm.network.isParted) swarm.heal()
  swarm.tracker.comeBack()
  swarm.run(SETTLES)
  return { ...inTheEnd(swarm, watch), ...watch.mistakes }
}

/** What may happen, the more often the more often it stands here. */
function actionsOn(swarm: SimulatedSwarm, watch: Watch, most: number): readonly (() => void)[] {
  const { agenda, network, peers, tracker } = swarm
  const join = () => {
    if (peers.size < most) swarm.join()
  }
  const publish = () => {
    if (peers.size > 0) watch.publish(swarm.anyPeer())
  }
  const crash = () => {
    if (peers.size > 1) swarm.crash(swarm.anyPeer())
  }
  const leave = () => {
    if (peers.size > 1) swarm.leave(swarm.anyPeer())
  }
  const part = () => {
    if (network.isParted) return
    swarm.part()
    agenda.after(AWAY, () => {
      swarm.heal()
    })
  }
  const loseTracker = () => {
    tracker.goAway()
    agenda.after(AWAY, () => {
      tracker.comeBack()
    })
  }
  const often = [join, join, join, join, publish, publish, publish, publish]
  return [...often, ...often, ...often, ...often, crash, crash, crash, leave, leave, leave, part, loseTracker]
}

function inTheEnd(swarm: SimulatedSwarm, watch: Watch): Metrics {
  const { items } = swarm.peers
  const { parts } = partsOf(items)
  const oneSided = items.filter((peer) => !isMutual(peer)).length
  const spreads = items.map((peer) => watch.publish(peer))
  swarm.run(ARRIVES)
  const reach = fewest(spreads.map(({ readers }) => share(readers.size, items.length - 1)))
  return { peers: items.length, parts, oneSided, reach, ...estimates(swarm) }
}
