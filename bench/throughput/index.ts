import { parseArgs } from 'node:util'
import { run } from '../../scripts/run.ts'
import { startTracker } from '../../test/support/tracker.ts'
import { type Aim, median, quantile, report, round, type Row } from '../report.ts'
import { CHROMIUM, type End, type Engine, NODE } from './ends.ts'
import type { Plan } from './plan.ts'

const HELP = `npm run bench -- throughput [--rounds N] [--engine node|chromium]

How fast a response body of mesh.fetch comes from another process or page of this machine, beside bare data channels of
the same engine, one for each stream. The bare channels send messages of 16, 64 and 256 KiB in every round; the size
that is fastest over all rounds counts.

  --rounds N    rounds of each contender for each row, interleaved (default 9)
  --engine E    this engine only`

const MEGABYTE = 1_000_000
const SETTINGS: readonly Plan[] = [
  { streams: 1, bytes: 64 * MEGABYTE },
  { streams: 8, bytes: 8 * MEGABYTE },
]
const MESSAGE_SIZES = [16_384, 65_536, 262_144]
const AIM = 0.9

export async function benchThroughput(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      rounds: { type: 'string', default: '9' },
      engine: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return
  }
  for (const build of ['scripts/build.ts', 'scripts/sdk.ts']) {
    if ((await run('node', [build])) !== 0) throw new Error('The build failed; it says why above.')
  }
  const engines = [NODE, CHROMIUM].filter(
    ({ name }) => values.engine === undefined || name.toLowerCase() === values.engine,
  )
  const rows: Row[] = []
  const aims: Aim[] = []
  for (const engine of engines) {
    for (const measured of await measureEngine(engine, Number(values.rounds))) {
      rows.push(...rowsOf(engine, measured))
      aims.push(aimOf(engine, measured))
    }
  }
  console.log()
  report('throughput', rows, aims)
}

/** What the rounds of one row measured: seconds, those of one index next to each other. */
interface Measured {
  readonly plan: Plan
  readonly edgeswarm: readonly number[]
  /** By size of message. */
  readonly bare: ReadonlyMap<number, readonly number[]>
}

async function measureEngine(engine: Engine, rounds: number): Promise<Measured[]> {
  await using stack = new AsyncDisposableStack()
  const tracker = stack.use(await startTracker({ STUN_URLS: '' }))
  const [server, client] = await engine.start(stack)
  await server.call('accept', await client.call('answer', await server.call('offer')))
  await server.call('opened')
  await server.call('serve', tracker.http)
  await client.call('join', tracker.http)
  const measured: Measured[] = []
  for (const plan of SETTINGS) {
    console.log(`\n${engine.name}, ${plan.streams} of ${plan.bytes / MEGABYTE} MB: ${rounds} rounds of each …`)
    measured.push(await measure(client, plan, rounds))
  }
  return measured
}

async function measure(client: End, plan: Plan, rounds: number): Promise<Measured> {
  const edgeswarm: number[] = []
  const bare = new Map<number, number[]>(MESSAGE_SIZES.map((size) => [size, []]))
  const contenders = [
    async () => edgeswarm.push(await client.call('download', plan)),
    ...[...bare].map(
      ([messageSize, seconds]) =>
        async () =>
          seconds.push(await client.call('downloadBare', { ...plan, messageSize })),
    ),
  ]
  await client.call('download', plan)
  for (let index = 0; index < rounds; index++) {
    // Nobody is always first, or always behind the same one.
    for (const contender of rotate(contenders, index)) await contender()
  }
  return { plan, edgeswarm, bare }
}

const rotate = <Item>(items: readonly Item[], by: number): Item[] => {
  const first = by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/** The size of message with which the bare channels were fastest: chosen by all rounds, as a few may mislead. */
function fastestBare({ bare }: Measured): { readonly messageSize: number; readonly seconds: readonly number[] } {
  const [fastest] = [...bare].sort(([, one], [, other]) => median(one) - median(other))
  const [messageSize, seconds] = fastest ?? [Number.NaN, []]
  return { messageSize, seconds }
}

/** Bare seconds over Edgeswarm's, for each round: they ran next to each other. */
function ratiosOf(measured: Measured): number[] {
  const { seconds } = fastestBare(measured)
  return measured.edgeswarm.map((own, index) => (seconds[index] ?? Number.NaN) / own)
}

function rowsOf({ name }: Engine, measured: Measured): Row[] {
  const { plan, edgeswarm } = measured
  const { messageSize, seconds } = fastestBare(measured)
  const speed = (all: readonly number[]) =>
    round(median(all.map((each) => (plan.streams * plan.bytes) / MEGABYTE / each)), 1)
  const quartile = (fraction: number) => round(quantile(ratiosOf(measured), fraction), 2)
  const common = { engine: name, streams: plan.streams }
  return [
    {
      ...common,
      over: 'mesh.fetch',
      'MB/s': speed(edgeswarm),
      'of bare': quartile(0.5),
      quartiles: `${quartile(0.25)} – ${quartile(0.75)}`,
    },
    { ...common, over: `bare, ${messageSize / 1024} KiB`, 'MB/s': speed(seconds), 'of bare': '', quartiles: '' },
  ]
}

function aimOf({ name }: Engine, measured: Measured): Aim {
  const value = round(median(ratiosOf(measured)), 2)
  const { streams } = measured.plan
  return {
    name: `of the bare channel, ${name}, ${streams} ${streams === 1 ? 'stream' : 'streams'}`,
    value,
    aim: AIM,
    met: value >= AIM,
  }
}
