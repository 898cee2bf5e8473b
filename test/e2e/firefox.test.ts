import { expect, it } from 'vitest'
import { createIdentity, join, type Message, type Peer } from '../../sdk/index.ts'
import { pageOf, serveFolder } from '../package/loopback.ts'
import { hasFirefox, openInFirefox } from '../support/firefox.ts'
import { startTracker } from '../support/tracker.ts'

const BUILD = 'dist/sdk'

/** A peer that says what browser it is to whoever comes, and answers requests. */
const scriptOf = (tracker: string): string => `
  import { join } from '/edgeswarm.min.js'
  const mesh = await join('my-app/lobby', { tracker: '${tracker}' })
  mesh.serve(async (request) => new Response((await request.text()).toUpperCase()))
  mesh.on('join', () => mesh.topic('browser').publish(navigator.userAgent))
  for await (const { from, data } of mesh.topic('chat')) mesh.topic('echo').publish({ from, data })`

it.skipIf(!hasFirefox)('a real Firefox and a Node peer meet, talk over topics and make requests', async () => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  await using site = await serveFolder(BUILD, { '/': pageOf(scriptOf(tracker.http)) })
  await using mesh = await join('my-app/lobby', { tracker: tracker.http, identity: await createIdentity() })
  const said = mesh.topic<string>('browser').messages()
  const echoed = mesh.topic<Message<unknown>>('echo').messages()
  const joined = new Promise<Peer>((resolve) => mesh.on('join', resolve))
  await using firefox = await openInFirefox(`${site.url}/`)

  // A Firefox that ends, or a page that fails, says so itself.
  const failed = firefox
    .says(/console\.error|JavaScript error: http/)
    .then(() => Promise.reject(new Error(firefox.output)))
  const first = await Promise.race([said.next(), failed])
  const { id } = await joined
  expect(first.value).toMatchObject({ from: id, data: expect.stringMatching(/Gecko\/\S+ Firefox\/\d+/) as string })

  const data = { at: new Date(0), bytes: new Uint8Array([1, 2, 3]) }
  await mesh.topic('chat').publish(data)
  expect((await echoed.next()).value).toMatchObject({ from: id, data: { from: mesh.id, data } })

  const body = 'edgeswarm '.repeat(100_000)
  const response = await mesh.fetch(id, '/upper', { method: 'POST', body })
  expect(await response.text()).toBe(body.toUpperCase())
})
