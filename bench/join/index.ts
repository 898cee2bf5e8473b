import { parseArgs } from 'node:util'
import { run } from '../../scripts/run.ts'
import { startTracker } from '../../test/support/tracker.ts'
import { report } from '../report.ts'
import { aimsOf } from './aims.ts'
import { CONTENDERS, type Contender, isAlone, roundsOf, type Setting, SETTINGS } from './setting.ts'
import { staggered } from './stagger.ts'
import { startStockTracker } from './stock-tracker.ts'
import { type Outcome, runSwarm } from './swarm.ts'
import { type Figures, figuresOf, rowOf } from './figures.ts'

const HELP = `npm run bench -- join [--joins N] [--no-build]

Milliseconds from the call that joins to the first open link, and to a link with every other peer of the swarm. Peers
run in Node on loopback, each in a process of its own that has loaded everything before; no ICE servers. "last": one
peer joins those that are there; "at once": all join at the same moment.

A join that has not all its links after 30 s is given up, and counts with 30 s. Bytes and messages are those of the
whole swarm through the tracker until then, both ways, over the links that were opened; GET /ice, which only Edgeswarm
asks, counts as two messages. Headers, pings and pongs do not count.

p2pt and webtorrent wait five seconds for each offer and each answer in Node, because their WebRTC there never tells
that ICE gathering has ended. "told": p2pt with that mended, as in a browser; webtorrent has the same engine. The slow
ones are measured less often, and while others only wait. trystero is measured on bittorrent-tracker too.

  --joins N    swarms of two Edgeswarm peers, for each way to start (default 40)
  --no-build   takes the Worker in dist/ as it is`

// One machine is one address here: the rates are out of the way. And nothing looks for the internet.
const VARS = {
  STUN_URLS: '',
  SOCKET_RATE: 1_000_000,
  SOCKET_BURST: 1_000_000,
  ADDRESS_RATE: 1_000_000,
  ADDRESS_BURST: 1_000_000,
  MAX_SOCKETS_PER_ADDRESS: 32_000,
}

export async function benchJoin(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      joins: { type: 'string', default: '40' },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return
  }
  if (!values['no-build'] && (await run('node', ['scripts/build.ts'])) !== 0)
    throw new Error('The build failed; wrangler says why above.')
  await using tracker = await startTracker(VARS)
  await using stock = await startStockTracker()
  const trackers = { edgeswarm: tracker.http, 'bittorrent-tracker': stock.http }
  const figures: Figures[] = []
  for (const setting of SETTINGS) figures.push(...(await measure(setting, trackers, Number(values.joins))))
  console.log()
  report('join', figures.map(rowOf), aimsOf(figures))
}

async function measure(
  setting: Setting,
  trackers: Readonly<Record<Contender['tracker'], string>>,
  joins: number,
): Promise<Figures[]> {
  const outcomes = new Map<Contender, Outcome[]>(CONTENDERS.map((contender) => [contender, []]))
  const runOnce = async (contender: Contender) => {
    const outcome = await runSwarm(trackers[contender.tracker], { ...contender, ...setting })
    outcomes.get(contender)?.push(outcome)
  }
  for (const contender of CONTENDERS.filter((one) => isAlone(setting, one))) {
    const rounds = roundsOf(setting, contender, joins)
    tell(setting, contender.name, rounds)
    for (let round = 0; round < rounds; round++) await runOnce(contender)
  }
  const slow = CONTENDERS.filter((one) => !isAlone(setting, one))
  const tasks = slow.flatMap((contender) => {
    const task = { peers: setting.peers, run: () => runOnce(contender) }
    return Array.from({ length: roundsOf(setting, contender, joins) }, () => task)
  })
  tell(setting, slow.map(({ name }) => name).join(', '), tasks.length)
  await staggered(tasks)
  return [...outcomes].map(([contender, list]) => figuresOf(contender, setting, list))
}

const tell = ({ peers, isAtOnce }: Setting, who: string, swarms: number): void => {
  console.log(`${peers} peers, ${isAtOnce ? 'at once' : 'the last joins'}: ${swarms} swarms of ${who} …`)
}
