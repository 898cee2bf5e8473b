import { parseArgs } from 'node:util'
import { report, round } from '../report.ts'
import { sizeOf } from '../size/bundle.ts'
import { aimsOf, sizeAim } from './aims.ts'
import { type AtSize, measureAtSize } from './at-size.ts'
import { rowsOf } from './rows.ts'
import { measureSignature } from './signature.ts'

const HELP = `npm run bench -- overlay [--peers N] [--churn S] [--seed S]

Swarms of 1,000 and 10,000 peers in simulation: the real cores of the overlay over simulated links, whose latencies
are those of the world and which lose a hundredth of what goes over them at first. Beside it, over the same network,
gossipsub v1.1 with the defaults of its specification, among 20 connections a peer, and flooding over a random graph of
degree 6; both are given their links and need not look for any.

  author     two authors publish once a second each: their last 7 messages of 14
  one shot   6 others publish once each
  churn      for a minute 1 % of the peers a second crash and as many join, and one publishes every second. Reached: of
             those that had a neighbour when it was published and lived 10 s longer, the share that read it within that
  halved     half of the peers vanish at once, and somebody publishes every 250 ms. Slowest: until the last one that is
             left has read something that was published since

Copies: those beyond the first, for each peer that is reached. Last hop: links to the last peer, of all messages. Over
shortest: time to the last peer over that of the fastest way to the farthest one, the mean. Messages: of all kinds that
a peer sends for each that is published. Links: the most that a peer has open. µs an event and KB a peer: the life of
one peer of the swarm, from its joining, happens again without the others; CPU of the cores, and its heap in the end.

  --peers N   this size only
  --churn S   seconds for which peers come and go (default 20)
  --seed S    another seed (default 1); with the same one all but the time is the same
Takes minutes, and up to 11 GB for 10,000 peers.`

const SIZES = [1000, 10_000]

export async function benchOverlay(parameters: string[]): Promise<void> {
  const { values } = parseArgs({
    args: parameters,
    options: {
      peers: { type: 'string' },
      churn: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(HELP)
    return
  }
  const sizes: AtSize[] = []
  const plan = { seed: Number(values.seed), churnSeconds: Number(values.churn) }
  for (const size of values.peers === undefined ? SIZES : [Number(values.peers)]) {
    sizes.push(await measureAtSize({ size, ...plan }))
  }
  const { first } = await sizeOf('sdk/index.ts')
  console.log(`Verifying a signature, which is no part of the cores, takes ${round(await measureSignature(), 1)} µs.\n`)
  report('overlay', sizes.flatMap(rowsOf), [...sizes.flatMap(aimsOf), sizeAim(first)])
}
