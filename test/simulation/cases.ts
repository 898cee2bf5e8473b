import { type Metrics, prefixed, rounded } from './metrics.ts'
import { run as churn } from './scenarios/churn.ts'
import { run as cutOff } from './scenarios/cut-off.ts'
import { run as halved } from './scenarios/halved.ts'
import { run as blackHole } from './scenarios/hostile/black-hole.ts'
import { run as eclipse } from './scenarios/hostile/eclipse.ts'
import { run as flooder } from './scenarios/hostile/flooder.ts'
import { run as forger } from './scenarios/hostile/forger.ts'
import { run as replayer } from './scenarios/hostile/replayer.ts'
import { run as islands } from './scenarios/islands.ts'
import { run as leaving } from './scenarios/leaving.ts'
import { run as outage } from './scenarios/outage.ts'
import { run as parted } from './scenarios/parted.ts'
import { run as small } from './scenarios/small.ts'
import { run as steady } from './scenarios/steady.ts'
import { flooding } from './yardsticks/flooding.ts'
import { gossipsub } from './yardsticks/gossipsub.ts'
import { measureChurn, measureSteady } from './yardsticks/measure.ts'
import type { YardstickSwarm } from './yardsticks/swarm.ts'

/** A scenario at a size that a test has time for. */
export interface Case {
  readonly name: string
  readonly size: number
  readonly run: (size: number, seed: number) => Metrics
}

/** Both scenarios that a yardstick runs through. */
const yardstick = (make: (size: number, seed: number) => YardstickSwarm) => (size: number, seed: number) => ({
  ...measureSteady(make(size, seed)),
  ...prefixed('churn', measureChurn(make(size, seed))),
})

export const CASES: readonly Case[] = [
  { name: 'steady', size: 200, run: steady },
  { name: 'steady', size: 500, run: steady },
  { name: 'churn', size: 200, run: churn },
  { name: 'halved', size: 200, run: halved },
  { name: 'halved', size: 500, run: halved },
  { name: 'cut off', size: 200, run: cutOff },
  { name: 'parted', size: 200, run: parted },
  { name: 'outage', size: 200, run: outage },
  { name: 'leaving', size: 200, run: leaving },
  { name: 'small', size: 30, run: small },
  { name: 'islands', size: 200, run: islands },
  { name: 'flooder', size: 40, run: flooder },
  { name: 'black hole', size: 100, run: blackHole },
  { name: 'eclipse', size: 200, run: eclipse },
  { name: 'forger', size: 100, run: forger },
  { name: 'replayer', size: 100, run: replayer },
  { name: 'gossipsub', size: 200, run: yardstick(gossipsub) },
  { name: 'flooding', size: 200, run: yardstick(flooding) },
]

const SEED = 1

export const measureCase = ({ size, run }: Case): Metrics => rounded(run(size, SEED))

export const keyOf = ({ name, size }: Case): string => `${name}, ${size} peers`
