import { benchJoin } from './join/index.ts'
import { benchOverlay } from './overlay/index.ts'
import { benchPeerHour } from './peer-hour/index.ts'
import { benchOffload } from './offload/index.ts'
import { benchSize } from './size/index.ts'
import { benchSwarm } from './swarm/index.ts'
import { benchThroughput } from './throughput/index.ts'
import { benchTracker } from './tracker/index.ts'
import { benchTruth } from './truth/index.ts'
import { benchUpdate } from './update/index.ts'

const BENCHES: Readonly<Record<string, { about: string; run: (parameters: string[]) => Promise<void> }>> = {
  join: { about: 'milliseconds to the first link, beside trystero, p2pt and webtorrent', run: benchJoin },
  offload: { about: 'bytes that an origin is spared, and whether anybody waits for that', run: benchOffload },
  overlay: { about: 'swarms of thousands in simulation, beside gossipsub and flooding', run: benchOverlay },
  'peer-hour': { about: 'what an hour of one peer costs the tracker, beside bittorrent-tracker', run: benchPeerHour },
  size: { about: 'what a page loads of the SDK, beside trystero, p2pt and peerjs', run: benchSize },
  swarm: { about: 'a cold file from one seed to 20 peers, beside plain webtorrent', run: benchSwarm },
  throughput: { about: 'megabytes a second between two peers, beside bare data channels', run: benchThroughput },
  truth: { about: 'a real swarm of 42 beside a simulated one: whether the simulation is right', run: benchTruth },
  update: { about: 'bytes fetched for a release in which few files changed', run: benchUpdate },
  tracker: { about: 'announces a second, beside a bare durable object and bittorrent-tracker', run: benchTracker },
}

const [name, ...parameters] = process.argv.slice(2)
const bench = name === undefined ? undefined : BENCHES[name]
if (bench) {
  await bench.run(parameters)
} else {
  const list = Object.entries(BENCHES).map(([known, { about }]) => `  npm run bench -- ${known}   ${about}`)
  console.log(['Every number that Edgeswarm claims, one command each:', ...list].join('\n'))
  process.exitCode = name === undefined || name === '--help' ? 0 : 2
}
