import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBrowser } from '../support/browser.ts'
import { Program } from '../support/program.ts'
import { startTracker, type Tracker } from '../support/tracker.ts'
import { magnetOf, received, TestClient } from '../support/webtorrent.ts'
import { greeter, lineOf } from './hear.ts'
import { serveFolder } from './loopback.ts'
import { fiveLines, install, pack, type Project, ROOT } from './project.ts'

let project: Project
let tracker: Tracker
const cleanUp = new AsyncDisposableStack()
beforeAll(async () => {
  project = cleanUp.use(await install(cleanUp.use(await pack())))
  tracker = cleanUp.use(await startTracker({ STUN_URLS: '' }))
})
afterAll(() => cleanUp.disposeAsync())

it('the five lines run in Node: two processes meet and talk', async () => {
  const speaker = `import { join } from 'edgeswarm'
    const mesh = await join('my-app/lobby', { tracker: '${tracker.http}' })
    console.log('I am', mesh.id)
    mesh.on('join', () => mesh.topic('chat').publish('good morning'))`
  await project.write({ 'five.ts': fiveLines(tracker.http), 'speaker.mjs': speaker })
  await using listening = new Program(process.execPath, [`${project.path}/five.ts`])
  await using speaking = new Program(process.execPath, [`${project.path}/speaker.mjs`])
  await speaking.says(/I am [0-9a-f]{40}/)
  const id = /I am ([0-9a-f]{40})/.exec(speaking.output)?.[1] ?? ''
  await listening.says(new RegExp(`hello ${id}\n${id} good morning\n`))
})

it('the content entry runs in Node, and a stock client gets from it what it publishes', async () => {
  const text = 'What is published. '.repeat(10_000)
  const publisher = `import { createIdentity } from 'edgeswarm'
    import { publish } from 'edgeswarm/content'
    const key = await createIdentity()
    const publication = await publish('files', { tracker: '${tracker.http}', key, version: '1', stock: true })
    publication.on('problem', (text) => console.log('PROBLEM', text))
    console.log('INFO HASH', publication.release.infoHash)`
  await project.write({ 'publisher.mjs': publisher, 'files/a.txt': text })
  await using publishing = new Program('sh', ['-c', `cd '${project.path}' && exec '${process.execPath}' publisher.mjs`])
  await publishing.says(/INFO HASH [0-9a-f]{40}/)
  const infoHash = /INFO HASH ([0-9a-f]{40})/.exec(publishing.output)?.[1] ?? ''
  await using client = new TestClient()
  const torrent = client.add(magnetOf(infoHash, `${tracker.ws}/announce`))
  expect(Buffer.from(await received(torrent)).toString()).toBe(text)
  expect(publishing.output).not.toContain('PROBLEM')
})

it('Vite bundles the five lines, and the bundle talks from a real Chromium', async () => {
  await project.write({
    'index.html': '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/main.js"></script>',
    'main.js': fiveLines(tracker.http),
  })
  const printed = await project.run('vite', 'build', '--outDir', 'built', '--logLevel', 'warn')
  expect(printed).toBe('')
  await using site = await serveFolder(`${project.path}/built`)
  await using browser = await startBrowser()
  const page = await browser.open('about:blank')
  const line = lineOf(page, /good morning/)
  await page.goto(`${site.url}/`)
  await using peer = await greeter(tracker.http, 'good morning')
  expect(await line).toBe(`${peer.id} good morning`)
})

/** The entry for content, as an app with types uses it. */
const CONTENT_USAGE = `import { install, type Installed, subscribe, swarmFetch, type Traffic } from 'edgeswarm/content'
import { EdgeswarmError } from 'edgeswarm'
export async function app(link: string): Promise<number> {
  const page = await install(link, { serviceWorker: '/worker.js', scope: '/' })
  if (!page.isInstalled) console.log(page.reason.length)
  const installed: Installed | null = page.isInstalled ? page : null
  await installed?.uninstall()
  await using app = await subscribe(link, { isLazy: true, upload: 1000 })
  app.on('problem', (text) => console.log(text.length))
  for await (const release of app.releases) return release.number
  try {
    const response = await swarmFetch('https://cdn.example.com/model.bin', { link: app })
    return response.status
  } catch (error) {
    if (error instanceof EdgeswarmError) return error.message.length
  }
  const traffic: Traffic = app.traffic
  return traffic.fromDisk
}
`

/** More of the API than the five lines show, as an app with types uses it. */
const USAGE = `import { createIdentity, EdgeswarmError, join, type JoinOptions, type Mesh, type Peer } from 'edgeswarm'
interface Chat { readonly text: string }
interface Card { readonly name: string }
const options: JoinOptions<Card> = { tracker: ['https://tracker.example.com'], metadata: { name: 'Ann' } }
export async function app(): Promise<string> {
  const mesh: Mesh<Card> = await join('my-app/lobby', { ...options, identity: await createIdentity() })
  const off: () => void = mesh.on('leave', (peer: Peer<Card>) => console.log(peer.metadata.name, peer.roundTrip))
  const chat = mesh.topic<Chat>('chat')
  await chat.publish({ text: 'hello' })
  chat.subscribe(({ from, data }) => console.log(from.length, data.text.length))
  mesh.serve((request, { peer }) => new Response(request.url + peer.id))
  try {
    for (const [id, peer] of mesh.peers) {
      const response = await mesh.fetch(peer, '/', { method: 'POST', body: id, timeout: 1000, priority: 'high' })
      return await response.text()
    }
  } catch (error) {
    if (error instanceof EdgeswarmError && error.code === 'ERR_UNREACHABLE') return error.message
  }
  off()
  await mesh.leave()
  return ''
}
`

describe('types, checked strictly and the declarations of libraries too', () => {
  const libraries = {
    'the DOM': { lib: ['es2024', 'dom'], types: [] },
    'Node and no DOM': { lib: ['es2024'], types: ['node'] },
  }
  const resolutions = [
    { module: 'esnext', moduleResolution: 'bundler' },
    { module: 'nodenext', moduleResolution: 'nodenext' },
  ]
  const cases = Object.entries(libraries).flatMap(([name, library]) =>
    resolutions.map((resolution) => ({ ...library, ...resolution, name })),
  )

  it.each(cases)('$moduleResolution, $name', async ({ name, ...options }) => {
    const strict = {
      target: 'es2024',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    }
    await project.write({
      'five.ts': fiveLines('https://tracker.example.com'),
      'usage.ts': USAGE,
      'content.ts': CONTENT_USAGE,
      'tsconfig.json': JSON.stringify({
        compilerOptions: { ...strict, ...options, typeRoots: [`${ROOT}/node_modules/@types`] },
        files: ['five.ts', 'usage.ts', 'content.ts'],
      }),
    })
    expect(await project.run('tsc', '-p', '.'), name).toBe('')
  })
})
