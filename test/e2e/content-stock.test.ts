import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import WebTorrent from 'webtorrent'
import { createIdentity } from '../../sdk/index.ts'
import { publish } from '../../sdk/content/publication.ts'
import { subscribe } from '../../sdk/content/subscribe.ts'
import { sum } from '../../sdk/content/counters.ts'
import { harvest } from '../sdk/content/trees.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startTracker } from '../support/tracker.ts'

it('a stock BitTorrent client gets a release over TCP, and gives it on to a subscriber once the publisher is gone', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const tracker = cleanUp.use(await startTracker({ STUN_URLS: '' }))
  const folder = cleanUp.use(await temporaryFolder())
  const source = join(folder.path, 'app')
  await mkdir(source)
  // Padding follows the first: a stock client asks for that too.
  const files = { 'a.bin': randomBytes(50_001), 'b.bin': randomBytes(300_000), 'c.txt': Buffer.from('c') }
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(source, name), bytes)
  // Of which a stock client knows nothing.
  await chmod(join(source, 'b.bin'), 0o755)
  const ours = async () => ({ iceServers: [], identity: await createIdentity(), stock: true })
  const key = await createIdentity()
  const publication = await publish(source, { tracker: tracker.http, key, version: '1', ...(await ours()) })
  const stock = new WebTorrent({ dht: false, lsd: false, natUpnp: false, natPmp: false, utPex: false, utp: false })
  cleanUp.defer(
    () =>
      new Promise<void>((resolve) => {
        stock.destroy(() => {
          resolve()
        })
      }),
  )
  const torrent = stock.add(`magnet:?xt=urn:btih:${publication.release.infoHash}`, {
    announce: [`${tracker.http}/announce`],
    path: join(folder.path, 'stock'),
  })
  await once(torrent, 'done')
  const got = await harvest(join(folder.path, 'stock/app'))
  expect(Object.entries(got).filter(([path]) => !path.startsWith('.pad'))).toEqual(
    Object.entries(await harvest(source)),
  )
  expect(sum(publication.traffic.toPeers)).toBe(publication.release.bytes)
  await publication.close()

  await using subscription = await subscribe(publication.link, { dir: join(folder.path, 'got'), ...(await ours()) })
  expect((await subscription.releases.next()).value).toMatchObject({ number: 1 })
  expect([...subscription.traffic.fromPeers.keys()]).toEqual([expect.stringContaining('stock peer')])
  expect(await harvest(join(folder.path, 'got'))).toEqual(await harvest(source))
})
