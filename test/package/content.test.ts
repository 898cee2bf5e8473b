import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type * as Content from 'edgeswarm/content'
import { createIdentity } from '../../sdk/index.ts'
import { publish } from '../../sdk/content/publication.ts'
import { startBrowser, type TestBrowser } from '../support/browser.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serveRanges } from '../support/range-server.ts'
import { startTracker, type Tracker } from '../support/tracker.ts'
import { type Loopback, pageOf, serveFolder } from './loopback.ts'
import { ROOT } from './project.ts'

declare global {
  // What the pages of this test keep for it.
  var content: typeof Content
  var installed: Content.Installed | Content.NotInstalled
}

const DATA = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 253))
const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><rect width="30" height="20"/></svg>'

let browser: TestBrowser
let tracker: Tracker
let site: Loopback
const cleanUp = new AsyncDisposableStack()
beforeAll(async () => {
  browser = cleanUp.use(await startBrowser())
  tracker = cleanUp.use(await startTracker({ STUN_URLS: '' }))
  const page = pageOf(`globalThis.content = await import('/content.min.js')`)
  site = cleanUp.use(await serveFolder(`${ROOT}/dist/sdk`, { '/': page, '/below/': page }))
})
afterAll(() => cleanUp.disposeAsync())

interface App extends AsyncDisposable {
  readonly link: string
  /** Where the origin has the files. */
  readonly base: string
  /** Bytes that the origin has sent. */
  sent(): number
  closeOrigin(): Promise<void>
  closePublisher(): Promise<void>
}

async function publishApp(): Promise<App> {
  const folder = await temporaryFolder()
  const directory = join(folder.path, 'app')
  await mkdir(directory)
  await writeFile(join(directory, 'data.bin'), DATA)
  await writeFile(join(directory, 'picture.svg'), PICTURE)
  await writeFile(join(folder.path, 'beside.txt'), 'Not of the release.')
  const origin = await serveRanges(folder.path)
  const key = await createIdentity()
  const publication = await publish(directory, { tracker: tracker.http, key, version: '1', webSeeds: [origin.url] })
  let isServing = true
  const closeOrigin = async () => {
    if (isServing) await origin[Symbol.asyncDispose]()
    isServing = false
  }
  return {
    link: publication.link,
    base: `${origin.url}app/`,
    sent: () => origin.sent,
    closeOrigin,
    closePublisher: () => publication.close(),
    async [Symbol.asyncDispose]() {
      await publication.close()
      await closeOrigin()
      await folder[Symbol.asyncDispose]()
    },
  }
}

async function openPage(path = '/'): Promise<Page> {
  const page = await browser.open(`${site.url}${path}`)
  await page.waitForFunction(() => 'content' in globalThis)
  return page
}

/** @returns why it is not installed; empty if it is */
const install = (page: Page, link: string, options: Content.InstallOptions = {}): Promise<string> =>
  page.evaluate(
    async ([to, how]) => {
      globalThis.installed = await globalThis.content.install(to, how)
      return globalThis.installed.isInstalled ? '' : globalThis.installed.reason
    },
    [link, options] as const,
  )

/** The bytes at an address, as the page's `fetch` gets them; `null` if it can't. */
const fetched = async (page: Page, address: string, range?: string): Promise<Buffer | null> => {
  const bytes = await page.evaluate(
    async ([url, part]) => {
      const response = await fetch(url, part === undefined ? {} : { headers: { range: part } }).catch(() => null)
      return response?.ok === true ? [...(await response.bytes())] : null
    },
    [address, range] as const,
  )
  return bytes && Buffer.from(bytes)
}

it('fetch and <img> get the files of a release from the swarm, and all else as ever', async () => {
  await using app = await publishApp()
  const page = await openPage()
  expect(await install(page, app.link)).toBe('')
  expect((await fetched(page, new URL('../beside.txt', app.base).href))?.toString()).toBe('Not of the release.')
  await app.closeOrigin()
  expect(await fetched(page, `${app.base}data.bin`)).toEqual(DATA)
  expect(await fetched(page, `${app.base}data.bin`, 'bytes=90000-')).toEqual(DATA.subarray(90_000))
  const width = await page.evaluate(async (src) => {
    const image = new Image()
    image.src = src
    await image.decode()
    return image.naturalWidth
  }, `${app.base}picture.svg`)
  expect(width).toBe(30)
  expect(await fetched(page, `${app.base}missing.bin`)).toBeNull()
  expect(await fetched(page, `${site.url}/edgeswarm-worker.js`)).not.toBeNull()
})

it('a service worker that the browser has ended knows at once what it served', async () => {
  await using app = await publishApp()
  const page = await openPage()
  await install(page, app.link)
  await app.closeOrigin()
  const session = await page.context().newCDPSession(page)
  await session.send('ServiceWorker.enable')
  await session.send('ServiceWorker.stopAllWorkers')
  expect(await fetched(page, `${app.base}data.bin`)).toEqual(DATA)
})

it('two tabs of one browser follow the channel, each with files of its own', async () => {
  await using app = await publishApp()
  const first = await openPage()
  await install(first, app.link)
  expect(await fetched(first, `${app.base}data.bin`)).toEqual(DATA)
  await app.closeOrigin()
  await app.closePublisher()
  const second = await first.context().newPage()
  await second.goto(`${site.url}/`)
  await second.waitForFunction(() => 'content' in globalThis)
  expect(await install(second, app.link)).toBe('')
  expect(await fetched(second, `${app.base}data.bin`)).toEqual(DATA)
  const given = await second.evaluate(() => {
    if (!globalThis.installed.isInstalled) return []
    return [...globalThis.installed.subscription.traffic.fromPeers.values()]
  })
  expect(given).toEqual([DATA.length])
})

it('a page that does not follow gets the files from one that does, and from the origin once that is closed', async () => {
  await using app = await publishApp()
  const following = await openPage()
  await install(following, app.link)
  const other = await following.context().newPage()
  await other.goto(`${site.url}/`)
  await other.waitForFunction(() => navigator.serviceWorker.controller !== null)
  expect(await fetched(following, `${app.base}data.bin`)).toEqual(DATA)
  const sent = app.sent()
  expect(await fetched(other, `${app.base}data.bin`)).toEqual(DATA)
  expect(app.sent()).toBe(sent)
  await following.close()
  expect(await fetched(other, `${app.base}data.bin`)).toEqual(DATA)
  expect(app.sent()).toBe(sent + DATA.length)
  await app.closeOrigin()
  expect(await fetched(other, `${app.base}data.bin`)).toBeNull()
})

it('after uninstall everything comes from the origin again', async () => {
  await using app = await publishApp()
  const page = await openPage()
  await install(page, app.link)
  await page.evaluate(async () => {
    if (globalThis.installed.isInstalled) await globalThis.installed.uninstall()
  })
  expect(await fetched(page, `${app.base}data.bin`)).toEqual(DATA)
  await app.closeOrigin()
  expect(await fetched(page, `${app.base}data.bin`)).toBeNull()
})

it.each([
  ['no service workers', 'delete Navigator.prototype.serviceWorker', /^This browser has no service workers/],
  ['no WebRTC', 'delete globalThis.RTCPeerConnection', /^This browser has no WebRTC/],
  ['no files', 'delete StorageManager.prototype.getDirectory', /^This browser keeps no files for pages/],
])('a browser with %s is told from others, and gets the files from the origin', async (_, script, reason) => {
  await using app = await publishApp()
  const page = await openPage()
  await page.evaluate(script)
  expect(await install(page, app.link)).toMatch(reason)
  expect(await fetched(page, `${app.base}data.bin`)).toEqual(DATA)
})

it('says when the page is out of reach, the script is missing, or an app has a worker of its own', async () => {
  await using app = await publishApp()
  const page = await openPage()
  expect(await install(page, app.link, { scope: '/below/' })).toMatch(/^This page is not within .*\/below\//)
  expect(await install(page, app.link, { serviceWorker: '/missing.js' })).toMatch(/can't be registered/)
  const below = await openPage('/below/')
  await below.evaluate(() => navigator.serviceWorker.register('/browser.js', { type: 'module' }).catch(() => undefined))
  expect(await install(below, app.link)).toMatch(/\/browser\.js works here already/)
  await expect(install(below, 'https://tracker.example.com/')).rejects.toThrow('A link is like')
})
