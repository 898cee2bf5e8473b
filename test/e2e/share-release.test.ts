import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { publish } from '../../sdk/content/publication.ts'
import { createIdentity } from '../../sdk/index.ts'
import { plant } from '../sdk/content/trees.ts'
import { startBrowser, type TestBrowser } from '../support/browser.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serveRanges } from '../support/range-server.ts'
import { giversOn, inState, save, share, torrentOn } from '../support/share-page.ts'
import { startTracker } from '../support/tracker.ts'
import { magnetOf, received, TestClient } from '../support/webtorrent.ts'

let browser: TestBrowser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

const bytes = randomBytes(2 * 1024 * 1024)
const file = { name: 'shared.bin', mimeType: 'application/octet-stream', bytes }
const peer = expect.stringMatching(/^Peer [0-9a-f]{6}$/) as string

it('the page says who gave what, and whoever has the file gives it on', async () => {
  await using tracker = await startTracker()
  const sender = await browser.open(tracker.http)
  const link = await share(sender, file)
  const first = await browser.open(link)
  await inState(first, 'done')
  expect(await giversOn(first)).toEqual([[peer, '2.1 MB', '–']])
  await expect.poll(() => giversOn(sender)).toEqual([[peer, '–', '2.1 MB']])

  await sender.close()
  const second = await browser.open(link)
  await inState(second, 'done')
  expect(Buffer.compare(await save(second), bytes)).toBe(0)
  expect(await giversOn(second)).toEqual([[peer, '2.1 MB', '–']])
  await expect.poll(() => giversOn(first)).toContainEqual([peer, '–', '2.1 MB'])
})

it('several files with names that not every system takes arrive under names that it does', async () => {
  await using tracker = await startTracker()
  const sender = await browser.open(tracker.http)
  const names = ['a:b.txt', 'A_B.txt', 'u\u0308ber.txt', 'nul', 'empty.txt']
  await sender.getByTestId('file-input').setInputFiles(
    names.map((name) => ({
      name,
      mimeType: 'text/plain',
      buffer: Buffer.from(name === 'empty.txt' ? '' : name),
    })),
  )
  await inState(sender, 'seeding')
  const receiver = await browser.open(await sender.getByTestId('link').inputValue())
  await inState(receiver, 'done')
  expect(await receiver.locator('.file-name').allTextContents()).toEqual([
    'A_B (2).txt',
    'a_b.txt',
    'empty.txt',
    'nul_',
    'über.txt',
  ])
})

it('a file that changes after it was dropped is not sent any more, and the page says so', async () => {
  await using tracker = await startTracker()
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'report.txt')
  await writeFile(path, 'First draft.')
  const sender = await browser.open(tracker.http)
  await sender.getByTestId('file-input').setInputFiles(path)
  await inState(sender, 'seeding')
  await writeFile(path, 'Second draft, which is longer.')
  const receiver = await browser.open(await sender.getByTestId('link').inputValue())
  await sender.getByText('"report.txt" changed or moved since it was published').waitFor({ timeout: 30_000 })
  expect(await receiver.getByTestId('save').count()).toBe(0)
})

it('a window that is opened again has what came before, and a second one of the browser gets its own', async () => {
  await using tracker = await startTracker()
  const link = await share(await browser.open(tracker.http), file)
  const receiver = await browser.open(link)
  await inState(receiver, 'done')
  await receiver.reload()
  await inState(receiver, 'done')
  expect(Buffer.compare(await save(receiver), bytes)).toBe(0)

  const second = await receiver.context().newPage()
  await second.goto(link)
  await inState(second, 'done')
  expect(Buffer.compare(await save(second), bytes)).toBe(0)
})

it('what was not opened for long is forgotten, and nothing else', async () => {
  await using tracker = await startTracker()
  const link = await share(await browser.open(tracker.http), file)
  const receiver = await browser.open(tracker.http)
  await receiver.evaluate(async () => {
    const root = await navigator.storage.getDirectory()
    for (const name of ['shared-old', 'shared-new', 'other']) await root.getDirectoryHandle(name, { create: true })
    localStorage.setItem('shared-old', `${Date.now() - 8 * 24 * 3_600_000}`)
    localStorage.setItem('shared-new', `${Date.now() - 6 * 24 * 3_600_000}`)
    localStorage.setItem('other', '0')
  })
  await receiver.goto(link)
  await inState(receiver, 'done')
  const kept = await receiver.evaluate(async () => {
    const names = []
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name)
    return names.sort()
  })
  const [publisher = ''] = /[\w-]{43}/.exec(link) ?? []
  expect(kept).toEqual(['other', `shared-${publisher}-drop`, 'shared-new'].sort())
})

it('a release of many files is listed as far as anybody reads', async () => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  await using folder = await temporaryFolder()
  const tree = Object.fromEntries(Array.from({ length: 230 }, (_, index) => [`file ${index}.txt`, Buffer.from('.')]))
  const options = { tracker: tracker.http, key: await createIdentity(), version: '1', iceServers: [] }
  await using publication = await publish(await plant(join(folder.path, 'many'), tree), options)
  const page = await browser.open(publication.link)
  await inState(page, 'done')
  expect(await page.getByTestId('save').count()).toBe(200)
  expect(await page.locator('#files li').last().textContent()).toMatch(/^and 30 files more/)
})

/** In milliseconds: webtorrent's next announce is after 120 s. */
const BEFORE_ANNOUNCE = 90_000

it(
  'what has failed to connect to a stock peer tries again soon, a publication and a torrent',
  async () => {
    await using tracker = await startTracker()
    await using client = new TestClient()
    const page = async () => {
      const opened = await browser.open('about:blank')
      await opened.addInitScript(failFirst)
      return opened
    }
    const publishes = async () => {
      const sender = await page()
      await sender.goto(tracker.http)
      await share(sender, file)
      const torrent = client.add(magnetOf(await torrentOn(sender), `${tracker.ws}/announce`))
      return received(torrent)
    }
    const receives = async () => {
      const other = Buffer.from('another file')
      const { infoHash } = await client.seed(other, 'other.txt', `${tracker.ws}/announce`)
      const receiver = await page()
      await receiver.goto(`${tracker.http}/#${infoHash}`)
      await inState(receiver, 'done')
      return Buffer.compare(await save(receiver), other)
    }
    const [publication, torrent] = await Promise.all([publishes(), receives()])
    expect([Buffer.compare(publication, bytes), torrent]).toEqual([0, 0])
  },
  BEFORE_ANNOUNCE,
)

it('where the tracker keeps no releases of strangers, a link works while somebody shares', async () => {
  await using tracker = await startTracker({ PUBLISHERS: 'A'.repeat(43) })
  const sender = await browser.open(tracker.http)
  const link = await share(sender, file)
  expect((await fetch(link, { headers: { accept: 'application/json' } })).status).toBe(404)
  const receiver = await browser.open(link)
  await inState(receiver, 'done')
  expect(Buffer.compare(await save(receiver), bytes)).toBe(0)
})

it('a browser that keeps no files for pages gets a release as a stock client does', async () => {
  await using tracker = await startTracker()
  const sender = await browser.open(tracker.http)
  const link = await share(sender, file)
  const receiver = await browser.open('about:blank')
  await receiver.addInitScript(() => {
    Object.defineProperty(navigator.storage, 'getDirectory', { value: () => Promise.reject(new Error('No.')) })
  })
  await receiver.goto(link)
  await inState(receiver, 'done')
  expect(Buffer.compare(await save(receiver), bytes)).toBe(0)
  expect(await torrentOn(sender)).toBe((await receiver.getByTestId('link').inputValue()).slice(-40))
})

it('a release of a publisher opens in the page: from its origin, and the next version by itself', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const tracker = cleanUp.use(await startTracker({ STUN_URLS: '' }))
  const folder = cleanUp.use(await temporaryFolder())
  const app = join(folder.path, 'app')
  await plant(app, { 'read me.txt': Buffer.from('One.'), 'data/all.bin': bytes })
  const origin = cleanUp.use(await serveRanges(folder.path))
  const key = await createIdentity()
  const options = { tracker: tracker.http, key, webSeeds: [origin.url], iceServers: [] }
  const first = await publish(app, { ...options, version: '1.0' })
  await first.close()

  const page = await browser.open(first.link)
  await inState(page, 'done')
  expect(await page.locator('#size').textContent()).toBe('Version 1.0 · 2 files, 2.1 MB')
  expect(await giversOn(page)).toEqual([[`Origin ${new URL(origin.url).host}`, '2.1 MB', '–']])

  await mkdir(join(app, 'new'))
  await writeFile(join(app, 'new/file.txt'), 'Two.')
  cleanUp.use(await publish(app, { ...options, version: '1.1', identity: await createIdentity() }))
  await expect.poll(() => page.locator('#size').textContent(), { timeout: 10_000 }).toMatch(/^Version 1\.1 · 3 files/)
  await inState(page, 'done')
  await page.getByLabel('Save new/file.txt').waitFor()
  expect(await page.locator('.file-name').allTextContents()).toEqual(['data/all.bin', 'new/file.txt', 'read me.txt'])
})

it('a tracker that goes away is noticed, and one that has forgotten all when it returns is enough', async () => {
  const tracker = await startTracker()
  const sender = await browser.open(tracker.http)
  const link = await share(sender, file)
  await tracker[Symbol.asyncDispose]()
  const notice = sender.getByText('The tracker does not answer')
  await notice.waitFor({ timeout: 30_000 })

  await using again = await startTracker({}, Number(new URL(tracker.http).port))
  await notice.waitFor({ state: 'hidden', timeout: 60_000 })
  expect(link).toContain(again.http)
  const receiver = await browser.open(link)
  await inState(receiver, 'done')
  expect(Buffer.compare(await save(receiver), bytes)).toBe(0)
})

/** In a page: has the first connection that is answered fail, as the other side seems to be somebody else. */
function failFirst(): void {
  let isFirst = true
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    override setRemoteDescription({ type, sdp = '' }: RTCSessionDescriptionInit): Promise<void> {
      const forged = sdp.replace(/a=fingerprint:sha-256 [0-9A-F:]{5}/, 'a=fingerprint:sha-256 00:00')
      const given = isFirst ? forged : sdp
      isFirst = false
      return super.setRemoteDescription({ type, sdp: given })
    }
  }
}
