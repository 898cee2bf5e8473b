// Measures swarms of one size and writes what it found to its standard output, as JSON: `node measure.ts <peers> <seed> <churn>`.
import { grow } from '../../test/simulation/grow.ts'
import { SimulatedPeer } from '../../test/simulation/peer.ts'
import { measure as measureChurn } from '../../test/simulation/scenarios/churn.ts'
import { measure as measureHalved } from '../../test/simulation/scenarios/halved.ts'
import { measure as measureSteady } from '../../test/simulation/scenarios/steady.ts'
import { TapedPeer } from '../../test/simulation/tape.ts'
import { flooding } from '../../test/simulation/yardsticks/flooding.ts'
import { gossipsub } from '../../test/simulation/yardsticks/gossipsub.ts'
import * as yardstick from '../../test/simulation/yardsticks/measure.ts'
import type { AtSize, Plan } from './at-size.ts'
import { measureOne } from './one-peer.ts'

const YARDSTICKS = [
  { name: 'gossipsub v1.1', make: gossipsub },
  { name: 'flooding', make: flooding },
]

/** One of the peers is recorded; it joins when the swarm has half of its size. */
function growRecorded(size: number, seed: number) {
  const recorded: TapedPeer[] = []
  let index = 0
  const swarm = grow(size, seed, (swarm) => {
    if (++index !== Math.ceil(size / 2)) return new SimulatedPeer(swarm)
    const peer = new TapedPeer(swarm)
    recorded.push(peer)
    return peer
  })
  return { swarm, recorded }
}

/** One swarm serves all scenarios, one after the other: to let it grow takes longest. */
function measureOverlay({ size, seed, churnSeconds }: Plan, tell: (what: string) => void) {
  tell('the overlay grows')
  const { swarm, recorded } = growRecorded(size, seed)
  tell('nobody comes or goes')
  const steady = measureSteady(swarm)
  const [peer] = recorded
  if (!peer) throw new Error('Nobody was recorded.')
  const tape = { ...peer.tape, events: [...peer.tape.events] }
  tell('peers crash and others join')
  const churn = measureChurn(swarm, churnSeconds)
  tell('half of them vanish')
  return { overlay: { steady, churn, halved: measureHalved(swarm) }, tape }
}

function measureAll(plan: Plan): AtSize {
  const { size, seed, churnSeconds } = plan
  const start = performance.now()
  const tell = (what: string) => {
    console.error(`${Math.round((performance.now() - start) / 1000)} s: ${size} peers, ${what} …`)
  }
  const { overlay, tape } = measureOverlay(plan, tell)
  tell('one of them alone')
  const onePeer = measureOne(tape)
  const yardsticks = YARDSTICKS.map(({ name, make }) => {
    tell(name)
    const swarm = make(size, seed)
    return { name, steady: yardstick.measureSteady(swarm), churn: yardstick.measureChurn(swarm, churnSeconds) }
  })
  return { peers: size, onePeer, overlay, yardsticks }
}

const [size = Number.NaN, seed = Number.NaN, churnSeconds = Number.NaN] = process.argv.slice(2).map(Number)
console.log(JSON.stringify(measureAll({ size, seed, churnSeconds })))
