import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installed, MEGABYTE, Setting } from '../content/setting.ts'
import { quantile, report, round } from '../report.ts'
import { type SlowOrigin, startOrigin } from './origin.ts'

const HELP = `npm run bench -- offload

A file of 16 MB at an origin that gives each connection 2 MB a second, and 20 peers that come 4 s after each other, may
send 1 MB a second each, and stay; whoever published is not there. Measured: the share of all bytes that the origin was
spared, and the time of each peer, from its start until the file is in its place, over what a plain download of the file
from the origin alone takes.`

const BYTES = 16 * MEGABYTE
const ORIGIN = 2 * MEGABYTE
const UPLOAD = MEGABYTE
const PEERS = 20
const APART = 4000

const SPARED = 0.9
const SLOWER = 1.05

export async function benchOffload(parameters: string[]): Promise<void> {
  const { values } = parseArgs({ args: parameters, options: { help: { type: 'boolean', default: false } } })
  if (values.help) {
    console.log(HELP)
    return
  }
  await using setting = await Setting.make()
  const directory = await setting.directory('app', { 'app.bin': BYTES })
  await using origin = await startOrigin(await readFile(join(directory, 'app.bin')), ORIGIN)
  const alone = await downloadAlone(origin)
  const publication = await setting.publish(directory, { webSeeds: [origin.url] })
  await publication.close()
  const before = origin.sent
  const times = await arrive(setting, publication.link)
  const spared = round(1 - (origin.sent - before) / (PEERS * BYTES), 3)
  const over = times.map((time) => time / alone)
  const slowest = round(quantile(over, 0.99), 3)
  report(
    'offload',
    [
      {
        peers: PEERS,
        'alone s': round(alone, 2),
        'p50 s': round(quantile(times, 0.5), 2),
        'last s': round(Math.max(...times), 2),
        'p50 over alone': round(quantile(over, 0.5), 2),
        'p99 over alone': slowest,
        'origin MB': round((origin.sent - before) / MEGABYTE, 1),
        spared,
      },
    ],
    [
      { name: 'share of bytes that the origin was spared', value: spared, aim: SPARED, met: spared >= SPARED },
      { name: 'time over that from the origin alone, p99', value: slowest, aim: SLOWER, met: slowest <= SLOWER },
    ],
  )
}

async function downloadAlone(origin: SlowOrigin): Promise<number> {
  const start = performance.now()
  const response = await fetch(`${origin.url}app/app.bin`)
  await response.arrayBuffer()
  return (performance.now() - start) / 1000
}

/** How long each takes (s). */
async function arrive(setting: Setting, link: string): Promise<number[]> {
  const staying: AsyncDisposable[] = []
  const times: Promise<number>[] = []
  for (let count = 0; count < PEERS; count++) {
    const start = performance.now()
    const subscription = await setting.subscribe(link, { upload: UPLOAD })
    staying.push(subscription)
    times.push(installed(subscription, 1).then(() => (performance.now() - start) / 1000))
    console.error(`peer ${count + 1} of ${PEERS} …`)
    if (count < PEERS - 1) await new Promise((resolve) => setTimeout(resolve, APART))
  }
  const taken = await Promise.all(times)
  await Promise.all(staying.map((subscription) => subscription[Symbol.asyncDispose]()))
  return taken
}
