// A talker as a process of its own: `node peer.ts <tracker> <swarm> <pace>`. It writes notices to its standard output,
// one line of JSON each, stops at the line `stop`, and ends with its standard input.
import { createInterface } from 'node:readline'
import { join } from '../../../sdk/index.ts'
import { talk } from './talker.ts'

const [tracker = '', swarm = '', pace = ''] = process.argv.slice(2)
const lines = createInterface(process.stdin)
lines.on('close', () => process.exit())
const talker = talk(await join(swarm, { tracker }), Number(pace), (notice) => {
  process.stdout.write(`${JSON.stringify(notice)}\n`)
})
lines.on('line', (line) => {
  if (line === 'stop') talker.stop()
})
