// The same by plain webtorrent, which chooses pieces and peers itself: `node plain.ts <sequential | rarest>`. Its peers
// are told of each other and talk over TCP, so that all are linked within milliseconds.
import { randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebTorrent, { type Torrent } from 'webtorrent'
import { fluidBound, PLAN } from './plan.ts'

const strategy = process.argv[2] === 'rarest' ? 'rarest' : 'sequential'
/** It is waited for so many times the bound. */
const PATIENCE = 6

function newClient(): WebTorrent {
  const client = new WebTorrent({
    dht: false,
    lsd: false,
    utPex: false,
    natUpnp: false,
    natPmp: false,
    utp: false,
    tracker: false,
    uploadLimit: PLAN.upload,
  })
  client.on('error', () => undefined)
  return client
}

const folder = await mkdtemp(join(tmpdir(), 'edgeswarm-bench-'))
const seed = newClient()
const file = randomFillSync(Buffer.allocUnsafe(PLAN.bytes))
const seeded = await new Promise<Torrent>((resolve) => seed.seed(file, { name: 'cold.bin', announceList: [] }, resolve))
const clients = Array.from({ length: PLAN.peers }, newClient)
const torrents = clients.map((client, index) =>
  client.add(seeded.torrentFile, { path: join(folder, `${index}`), strategy }),
)
for (const torrent of torrents) if (!torrent.ready) await once(torrent, 'ready')
const start = performance.now()
const seconds = () => (performance.now() - start) / 1000
for (const [index, torrent] of torrents.entries()) {
  torrent.addPeer(`127.0.0.1:${seed.torrentPort}`)
  for (const { torrentPort } of clients.slice(index + 1)) torrent.addPeer(`127.0.0.1:${torrentPort}`)
}
const limit = PATIENCE * fluidBound(PLAN)
const late = new Promise<number>((resolve) => setTimeout(resolve, 1000 * limit, Infinity).unref())
const times = await Promise.all(
  torrents.map((torrent) => Promise.race([late, torrent.done ? seconds() : once(torrent, 'done').then(seconds)])),
)
// Infinity is none of JSON's numbers: whoever was not done counts as if done at the end.
const counted = times.map((time) => Math.min(time, limit))
console.log(JSON.stringify({ times: counted, copies: seeded.uploaded / PLAN.bytes }))
await rm(folder, { recursive: true, force: true })
process.exit(0)
