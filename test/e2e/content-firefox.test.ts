import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createIdentity } from '../../sdk/index.ts'
import { publish } from '../../sdk/content/publication.ts'
import { pageOf, serveFolder } from '../package/loopback.ts'
import { hasFirefox, openInFirefox } from '../support/firefox.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serveRanges } from '../support/range-server.ts'
import { startTracker } from '../support/tracker.ts'

/** Fetches a file, and says who gave how much of it. */
const scriptOf = (link: string, address: string): string => `
  import { install } from '/content.min.js'
  const installed = await install('${link}')
  if (!installed.isInstalled) throw new Error(installed.reason)
  const part = await fetch('${address}', { headers: { range: 'bytes=100000-' } })
  const bytes = await (await fetch('${address}')).arrayBuffer()
  const sum = (counts) => [...counts.values()].reduce((all, count) => all + count, 0)
  const { fromPeers, fromOrigins } = installed.subscription.traffic
  console.log(['GOT', part.status, bytes.byteLength, 'PEERS', sum(fromPeers), 'ORIGIN', sum(fromOrigins), 'END'].join(' '))`

it.skipIf(!hasFirefox).each([
  ['a peer', true],
  ['the origin', false],
])('a page in a real Firefox gets a file from %s through its service worker', async (_, hasPeer) => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  await using folder = await temporaryFolder()
  await mkdir(join(folder.path, 'app'))
  await writeFile(join(folder.path, 'app/data.bin'), randomBytes(200_000))
  await using origin = await serveRanges(folder.path)
  await using publication = await publish(join(folder.path, 'app'), {
    tracker: tracker.http,
    key: await createIdentity(),
    version: '1',
    webSeeds: [origin.url],
  })
  if (hasPeer) await origin[Symbol.asyncDispose]()
  else await publication.close()
  const script = scriptOf(publication.link, `${origin.url}app/data.bin`)
  await using site = await serveFolder('dist/sdk', { '/': pageOf(script) })
  await using firefox = await openInFirefox(`${site.url}/`)
  await firefox.says(/GOT .* END|JavaScript error: http/)
  expect(firefox.output).toMatch(
    hasPeer ? /GOT 206 200000 PEERS 200000 ORIGIN 0 END/ : /GOT 206 200000 PEERS 0 ORIGIN 200000 END/,
  )
})
