import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { join as joinMesh } from '../../sdk/index.ts'
import { publish, type PublishDirectoryOptions } from '../../sdk/content/publication.ts'
import { subscribe } from '../../sdk/content/subscribe.ts'
import { swarmFetch } from '../../sdk/content/swarm-fetch.ts'
import { createIdentity } from '../../sdk/shell/identity.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serveRanges } from '../support/range-server.ts'
import { startTracker, type Tracker } from '../support/tracker.ts'
import { harvest } from '../sdk/content/trees.ts'

let tracker: Tracker
const cleanUp = new AsyncDisposableStack()
beforeAll(async () => {
  tracker = cleanUp.use(await startTracker({ STUN_URLS: '' }))
})
afterAll(() => cleanUp.disposeAsync())

/** Somebody of their own: peers of one process would share an identity. */
const somebody = async () => ({ iceServers: [], identity: await createIdentity() })

/** A folder with a directory to publish, and room for those who get it. */
async function content() {
  const folder = await temporaryFolder()
  const source = join(folder.path, 'web/app')
  await mkdir(source, { recursive: true })
  await writeFile(join(source, 'a.bin'), randomBytes(500_000))
  await writeFile(join(source, 'b.txt'), 'b')
  const key = await createIdentity()
  return {
    ...folder,
    source,
    place: (name: string) => join(folder.path, name),
    publish: async (options: Partial<PublishDirectoryOptions> = {}) =>
      publish(source, { tracker: tracker.http, key, version: '1', ...(await somebody()), ...options }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

it('a release that only renews the one before goes on being shared', async () => {
  await using made = await content()
  const first = await made.publish()
  await using one = await subscribe(first.link, { dir: made.place('one'), ...(await somebody()) })
  const releases = one.releases
  expect((await releases.next()).value).toMatchObject({ number: 1 })
  await first.close()
  const renewed = await made.publish({ version: '1, renewed' })
  expect((await releases.next()).value).toMatchObject({ number: 2 })
  await renewed.close()
  await using two = await subscribe(first.link, { dir: made.place('two'), ...(await somebody()) })
  expect((await two.releases.next()).value).toMatchObject({ number: 2 })
  expect(two.traffic.fromPeers.size).toBe(1)
  expect(await harvest(made.place('two'))).toEqual(await harvest(made.source))
})

it('closing settles, once and again, though a peer answers byte by byte', async () => {
  await using made = await content()
  const publication = await made.publish()
  await publication.close()
  const asked = Promise.withResolvers<undefined>()
  const name = publication.link.replace(/^.*\/releases\//, 'content/')
  const hostile = await joinMesh(name, { tracker: tracker.http, ...(await somebody()) })
  const timers: NodeJS.Timeout[] = []
  hostile.serve(() => {
    asked.resolve(undefined)
    return new Response(
      new ReadableStream({
        start: (controller) =>
          void timers.push(
            setInterval(() => {
              controller.enqueue(new Uint8Array(1))
            }, 200),
          ),
      }),
    )
  })
  const victim = await subscribe(publication.link, { dir: made.place('victim'), ...(await somebody()) })
  await asked.promise
  await victim.close()
  await victim.close()
  for (const timer of timers) clearInterval(timer)
  await hostile.leave()
})

it('a fetch is answered by the origin while nothing is known of the channel, and by the swarm after', async () => {
  await using made = await content()
  await using origin = await serveRanges(join(made.source, '..'))
  const url = `${origin.url}app/b.txt`
  const nowhere = `http://127.0.0.1:9/releases/${'A'.repeat(43)}/stable`
  expect(await (await swarmFetch(url, { link: nowhere, dir: made.place('none'), iceServers: [] })).text()).toBe('b')
  await using publication = await made.publish({ webSeeds: [origin.url] })
  await using subscription = await subscribe(publication.link, { dir: made.place('some'), ...(await somebody()) })
  expect((await subscription.releases.next()).value).toMatchObject({ number: 1 })
  const before = origin.sent
  const response = await swarmFetch(`${origin.url}app/a.bin`, { link: subscription, headers: { range: 'bytes=5-9' } })
  expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 5-9/500000'])
  expect((await response.bytes()).length).toBe(5)
  expect(origin.sent).toBe(before)
})
