import { parseArgs } from 'node:util'
import { run } from '../../scripts/run.ts'
import { type Aim, report, round, type Row } from '../report.ts'
import { installCounting } from './count.ts'
import { measureHours, type PeerHour } from './hour.ts'

const HELP = `npm run bench -- peer-hour [--seconds S] [--no-build]

What an hour of one peer costs its tracker, in swarms in which a tenth of the peers is replaced in the hour. Handled:
messages, upgrades and HTTP requests that the tracker's own code sees. Pings: those that the platform answers without
waking it. CPU: seconds of the server's process for 1,000 peer-hours, less what a server without peers uses meanwhile.

Both trackers ask WebSocket peers to announce every 120 s. One such interval is run in real time, each peer at a moment
of its own, peers replaced as often as in the hour; counts and CPU times 30 are the hour.

Stock peers are sockets that send what bittorrent-tracker's client sends: five offers of a real size with each announce,
and an answer to each offer. webtorrent drops offers of peers that it is linked to, so there are rows of both. SDK peers
that stay are the SDK's own connection to the tracker; one that leaves and one that comes, links and all, is measured
apart with whole SDK peers, the mean of many, and added ten times less often than there are peers. They come to swarms
of 32 where others have 50: the most that a full mesh takes today.

  --seconds S    presses the interval into S seconds, for the impatient (default 120: not at all). Rule A8 then lets
                 fewer offers through, and the SDK's pings are too few to tell
  --no-build     takes the Worker in dist/ as it is`

const OF_HANDLED = 1 / 20
const OF_CPU = 1 / 10

export async function benchPeerHour(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      seconds: { type: 'string', default: '120' },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return
  }
  if (!values['no-build'] && (await run('node', ['scripts/build.ts'])) !== 0) {
    throw new Error('The build failed; wrangler says why above.')
  }
  installCounting()
  const hours = await measureHours(Number(values.seconds), (text) => {
    console.log(`${text} …`)
  })
  console.log()
  report('peer-hour', hours.map(rowOf), aimsOf(hours))
}

const rowOf = ({ tracker, peers, swarm, handled, sent, pings, cpu, pingCpu }: PeerHour): Row => ({
  tracker,
  peers,
  swarm,
  'handled/h': round(handled, 2),
  'sent/h': round(sent, 2),
  'pings/h': round(pings, 1),
  'CPU s/1000 h': round((cpu - pingCpu) * 1000, 2),
  'of pings': round(pingCpu * 1000, 2),
})

/** Beside the stock peer that costs bittorrent-tracker least. */
function aimsOf(hours: readonly PeerHour[]): Aim[] {
  return hours
    .filter(({ peers }) => peers === 'edgeswarm SDK')
    .flatMap((sdk) => {
      const stock = hours.find(
        ({ tracker, peers, beside }) =>
          tracker === 'bittorrent-tracker' && peers === 'webtorrent' && beside === sdk.beside,
      )
      if (!stock) return []
      const beside = `swarm of ${sdk.swarm} over webtorrent's of ${stock.swarm} on bittorrent-tracker`
      return [
        atMost(`messages handled, ${beside}`, sdk.handled / stock.handled, OF_HANDLED),
        atMost(`CPU without pings, ${beside}`, (sdk.cpu - sdk.pingCpu) / stock.cpu, OF_CPU),
        atMost(`CPU with pings, ${beside}`, sdk.cpu / stock.cpu, OF_CPU),
      ]
    })
}

const atMost = (name: string, value: number, aim: number): Aim => ({
  name,
  value: round(value, 3),
  aim,
  met: value <= aim,
})
