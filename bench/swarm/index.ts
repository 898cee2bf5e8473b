import { parseArgs } from 'node:util'
import { found } from '../content/child.ts'
import { quantile, report, type Row, round } from '../report.ts'
import { fluidBound, PLAN } from './plan.ts'

const HELP = `npm run bench -- swarm

One seed and 20 peers, each of which may send 0.3 MB a second, and a file of 6 MB that nobody has but the seed: how long
until half of them and the last one have it, over the least time in which a fluid could reach all of them. Ours are
peers of a channel, from the moment that the first of them hears of the release, over WebRTC and with the disk; beside
them plain webtorrent with the same caps, by each of its strategies, over TCP. "copies" is how many times the seed has
sent the file. All on loopback, in one process each.`

interface Found {
  readonly times: readonly number[]
  readonly copies: number
}

const AIM = 1.3

export async function benchSwarm(parameters: string[]): Promise<void> {
  const { values } = parseArgs({ args: parameters, options: { help: { type: 'boolean', default: false } } })
  if (values.help) {
    console.log(HELP)
    return
  }
  const plain = new URL('plain.ts', import.meta.url)
  const contenders = [
    { name: 'edgeswarm', run: () => found(new URL('ours.ts', import.meta.url)) },
    { name: 'webtorrent', run: () => found(plain, ['sequential']) },
    { name: 'webtorrent, rarest', run: () => found(plain, ['rarest']) },
  ]
  const bound = fluidBound(PLAN)
  const rows: Row[] = []
  for (const { name, run } of contenders) {
    console.error(`${name} …`)
    const { times, copies } = (await run()) as Found
    const last = Math.max(...times)
    rows.push({
      contender: name,
      'p50 s': round(quantile(times, 0.5), 1),
      'last s': round(last, 1),
      'p50 over bound': round(quantile(times, 0.5) / bound, 2),
      'last over bound': round(last / bound, 2),
      copies: round(copies, 2),
    })
  }
  const value = Number(rows[0]?.['last over bound'])
  report('swarm', rows, [{ name: `last peer over the fluid bound of ${bound} s`, value, aim: AIM, met: value <= AIM }])
}
