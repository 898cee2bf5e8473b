import { parseArgs } from 'node:util'
import { run } from '../../scripts/run.ts'
import { type Aim, median, quantile, report, round, type Row } from '../report.ts'
import { Load, type Measured } from './load.ts'
import { cpuSeconds, startServers, type TestedServer } from './servers.ts'

const HELP = `npm run bench -- tracker [--rounds N] [--seconds S]

  --rounds N    rounds of each server for each row, interleaved (default 15)
  --seconds S   seconds of each round (default 0.7)`

interface Plan {
  readonly rounds: number
  readonly milliseconds: number
}

const INFO_HASH = 'edgeswarm-benchmark!'

interface Setting {
  readonly sockets: number
  readonly offers: number
}

const SETTINGS: readonly Setting[] = [
  { sockets: 50, offers: 0 },
  { sockets: 1000, offers: 0 },
  { sockets: 50, offers: 5 },
  { sockets: 1000, offers: 5 },
]

/** What one round of one server measured. */
interface Round extends Measured {
  readonly cpu: number
}

/** The rounds of each server, in the same order: those of one index ran next to each other. */
type Rounds = ReadonlyMap<TestedServer, readonly Round[]>

export async function benchTracker(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      rounds: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '0.7' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return
  }
  const plan: Plan = { rounds: Number(values.rounds), milliseconds: Number(values.seconds) * 1000 }
  if ((await run('node', ['scripts/build.ts'])) !== 0) throw new Error('The build failed; wrangler says why above.')
  await using started = await startServers()
  const rows: Row[] = []
  const ratios: number[] = []
  for (const setting of SETTINGS) {
    console.log(`\n${setting.sockets} sockets, ${setting.offers} offers: ${plan.rounds} rounds of each server …`)
    const rounds = await measureAll(started.servers, setting, plan)
    const ratio = ratioToBare(rounds)
    ratios.push(ratio)
    for (const [server, measured] of rounds) rows.push(rowOf(server, setting, measured, ratio))
  }
  console.log()
  report('tracker', rows, aimsOf(ratios))
}

async function measureAll(servers: readonly TestedServer[], setting: Setting, plan: Plan): Promise<Rounds> {
  await using loads = new AsyncDisposableStack()
  const connected = new Map<TestedServer, Load>()
  let lengths = { reply: 0, relayed: 0 }
  for (const server of servers) {
    const load = loads.use(new Load(setting.offers))
    await load.connect(server.url(setting.offers, lengths), setting.sockets, INFO_HASH)
    await load.measure(plan.milliseconds)
    // The tracker comes first, and tells the bare object how much to send.
    if (lengths.reply === 0) lengths = load.lengths
    connected.set(server, load)
  }
  const rounds = new Map<TestedServer, Round[]>(servers.map((server) => [server, []]))
  for (let index = 0; index < plan.rounds; index++) {
    for (const server of rotate(servers, index)) {
      const round = await measureRound(server, connected.get(server), plan)
      rounds.get(server)?.push(round)
    }
  }
  return rounds
}

async function measureRound(server: TestedServer, load: Load | undefined, plan: Plan): Promise<Round> {
  if (!load) throw new Error(`${server.name} is not connected.`)
  const before = await cpuSeconds(server.process)
  const measured = await load.measure(plan.milliseconds)
  return { ...measured, cpu: (await cpuSeconds(server.process)) - before }
}

const rotate = <Item>(items: readonly Item[], by: number): Item[] =>
  items.map((_, index) => items[(index + by) % items.length] as Item)

const rate = ({ announces, seconds }: Round): number => announces / seconds

/** The tracker's announces a second over the bare object's: the median over pairs that ran next to each other. */
function ratioToBare(rounds: Rounds): number {
  const [tracker = [], bare = []] = rounds.values()
  return median(tracker.map((round, index) => rate(round) / rate(bare[index] ?? round)))
}

function rowOf({ name }: TestedServer, { sockets, offers }: Setting, rounds: readonly Round[], ratio: number): Row {
  const latencies = rounds.flatMap((round) => round.latencies)
  return {
    sockets,
    offers,
    server: name,
    'announces/s': round(median(rounds.map(rate)), 0),
    'messages/s': round(median(rounds.map(({ messages, seconds }) => messages / seconds)), 0),
    'CPU s/1000': round(median(rounds.map(({ cpu, announces }) => (cpu / announces) * 1000)), 3),
    'p50 ms': round(quantile(latencies, 0.5), 2),
    'p99 ms': round(quantile(latencies, 0.99), 2),
    'of bare': name === 'edgeswarm' ? round(ratio, 2) : '',
  }
}

function aimsOf(ratios: readonly number[]): Aim[] {
  const rows = SETTINGS.map(({ sockets, offers }, index): Aim => {
    const value = round(ratios[index] ?? Number.NaN, 2)
    return { name: `of the bare object, ${sockets} sockets, ${offers} offers`, value, aim: 0.9, met: value >= 0.9 }
  })
  const growth = [0, 2].map((index): Aim => {
    const value = round((ratios[index + 1] ?? Number.NaN) - (ratios[index] ?? Number.NaN), 2)
    const offers = SETTINGS[index]?.offers ?? 0
    return { name: `ratio at 1,000 sockets less that at 50, ${offers} offers`, value, aim: -0.05, met: value >= -0.05 }
  })
  return [...rows, ...growth]
}
