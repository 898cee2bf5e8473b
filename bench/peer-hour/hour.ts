import { setTimeout as wait } from 'node:timers/promises'
import { cpuSeconds } from '../tracker/servers.ts'
import { type Count, countAt, newCount } from './count.ts'
import { type JoinCost, measureJoins } from './sdk-joins.ts'
import { PresentPeers } from './sdk-present.ts'
import { type Server, type ServerKind, startServer } from './servers.ts'
import { REPLACED, SDK_SETTINGS, type SdkSetting, STOCK_SETTINGS, type StockSetting } from './setting.ts'
import { INTERVAL } from './stock-peer.ts'
import { StockSwarms } from './stock-swarms.ts'

/** What one peer costs in one hour: messages, and CPU seconds. */
export interface PeerHour extends Count {
  readonly tracker: ServerKind
  readonly peers: 'edgeswarm SDK' | StockSetting['peers']
  readonly swarm: number
  /** The size of the stock swarms that it is compared with. */
  readonly beside: number
  readonly cpu: number
  /** Of that the part that goes into answering pings. */
  readonly pingCpu: number
}

const STOCK_PEERS = 600
const SDK_PEERS = 2400
/** By then no offer is under way any more that kept another from being made (rule A8). In milliseconds. */
const SETTLES = 30_000
const INTERVALS_AN_HOUR = 3600 / INTERVAL
/** Peers that are replaced in one interval. */
const CHURN = Math.round((STOCK_PEERS * REPLACED) / INTERVALS_AN_HOUR)

interface Stock {
  readonly setting: StockSetting
  readonly server: Server
  readonly swarms: StockSwarms
}

interface Sdk {
  readonly setting: SdkSetting
  readonly server: Server
  readonly count: Count
  readonly join: JoinCost
}

/** @param seconds that an interval of 120 s is pressed into */
export async function measureHours(seconds: number, tell: (text: string) => void): Promise<PeerHour[]> {
  await using stack = new AsyncDisposableStack()
  const sdk = await startSdk(stack, tell)
  tell(`${STOCK_PEERS} stock peers come to each of ${STOCK_SETTINGS.length} trackers`)
  const stock: Stock[] = []
  for (const setting of STOCK_SETTINGS) {
    const server = stack.use(await startServer(setting.tracker))
    const swarms = stack.use(new StockSwarms(server, setting.answers, STOCK_PEERS, setting.swarm))
    await swarms.fill(setting.swarm)
    stock.push({ setting, server, swarms })
  }
  const idle = {
    edgeswarm: stack.use(await startServer('edgeswarm')),
    'bittorrent-tracker': stack.use(await startServer('bittorrent-tracker')),
  }
  tell(`${SETTLES / 1000} s of rest`)
  await wait(SETTLES)
  tell(`an interval of ${INTERVAL} s in ${seconds} s, in which ${CHURN} of ${STOCK_PEERS} stock peers are replaced`)
  for (const { count } of [...sdk, ...stock.map(({ swarms }) => swarms)]) Object.assign(count, newCount())
  const servers = [...sdk, ...stock].map(({ server }) => server)
  const used = await cpuOf([...servers, ...Object.values(idle)], async () => {
    await Promise.all([wait(seconds * 1000), ...stock.map(({ swarms }) => swarms.interval(seconds * 1000, CHURN))])
  })
  const own = (server: Server) => (used.get(server) ?? Number.NaN) - (used.get(idle[server.kind]) ?? Number.NaN)
  return [
    ...sdk.map((one) => hourOfSdk(one, own(one.server), seconds)),
    ...stock.map((one) => hourOfStock(one, own(one.server))),
  ]
}

async function startSdk(stack: AsyncDisposableStack, tell: (text: string) => void): Promise<Sdk[]> {
  const present = stack.use(new PresentPeers())
  const started: Sdk[] = []
  for (const setting of SDK_SETTINGS) {
    tell(`${setting.joins} joins of an SDK peer to a swarm of ${setting.swarm}`)
    const server = stack.use(await startServer('edgeswarm'))
    const join = await measureJoins(server, setting.swarm, setting.joins)
    tell(`${SDK_PEERS} SDK peers come to a tracker`)
    await present.enter(server.host, SDK_PEERS, setting.swarm)
    started.push({ setting, server, count: countAt(server.host), join })
  }
  return started
}

function hourOfSdk({ setting, count, join }: Sdk, cpu: number, seconds: number): PeerHour {
  const perPeer = 3600 / seconds / SDK_PEERS
  const pingCpu = cpu * perPeer
  return {
    tracker: 'edgeswarm',
    peers: 'edgeswarm SDK',
    swarm: setting.swarm,
    beside: setting.beside,
    handled: count.handled * perPeer + join.count.handled * REPLACED,
    sent: count.sent * perPeer + join.count.sent * REPLACED,
    pings: count.pings * perPeer,
    cpu: join.cpu * REPLACED + pingCpu,
    pingCpu,
  }
}

function hourOfStock({ setting, swarms: { count } }: Stock, cpu: number): PeerHour {
  const perPeer = INTERVALS_AN_HOUR / STOCK_PEERS
  return {
    tracker: setting.tracker,
    peers: setting.peers,
    swarm: setting.swarm,
    beside: setting.swarm,
    handled: count.handled * perPeer,
    sent: count.sent * perPeer,
    pings: 0,
    cpu: cpu * perPeer,
    pingCpu: 0,
  }
}

async function cpuOf(servers: readonly Server[], run: () => Promise<void>): Promise<ReadonlyMap<Server, number>> {
  const read = () => Promise.all(servers.map(({ process }) => cpuSeconds(process)))
  const before = await read()
  await run()
  const after = await read()
  return new Map(servers.map((server, index) => [server, (after[index] ?? 0) - (before[index] ?? 0)]))
}
