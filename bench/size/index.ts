import { parseArgs } from 'node:util'
import { type Aim, report, type Row } from '../report.ts'
import { sizeOf } from './bundle.ts'

const HELP = `npm run bench -- size

What a page loads before its first line runs, and what it loads later, once it is needed: each package as one entry
that exports what an app uses of it, bundled and minified by esbuild for the browser; bytes after gzip, each file by
itself.`

/** Bytes. */
const AIM = 18_000

const ENTRIES = [
  { name: 'edgeswarm', entry: 'sdk/index.ts', exports: 'all' },
  { name: 'trystero (torrent)', entry: 'bench/size/entries/trystero.js', exports: 'joinRoom' },
  { name: 'p2pt', entry: 'bench/size/entries/p2pt.js', exports: 'default' },
  { name: 'peerjs', entry: 'bench/size/entries/peerjs.js', exports: 'Peer' },
]

export async function benchSize(parameters: string[]): Promise<void> {
  const { values } = parseArgs({ args: parameters, options: { help: { type: 'boolean', default: false } } })
  if (values.help) {
    console.log(HELP)
    return
  }
  const rows: Row[] = []
  let own = Number.NaN
  for (const { name, entry, exports } of ENTRIES) {
    const { first, lazy } = await sizeOf(entry)
    if (name === 'edgeswarm') own = first
    rows.push({ package: name, exports, 'gzip bytes': first, 'lazy bytes': lazy })
  }
  const aim: Aim = { name: 'gzip bytes of the browser entry', value: own, aim: AIM, met: own <= AIM }
  report('size', rows, [aim])
}
