import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startBrowser, type TestBrowser } from '../support/browser.ts'
import { makeMetadata } from '../../sdk/content/make.ts'
import { temporaryFolder } from '../support/folder.ts'
import { giversOn, inState, save, share, torrentOn } from '../support/share-page.ts'
import { startTracker } from '../support/tracker.ts'
import { infoHashOf, magnetOf, received, TestClient } from '../support/webtorrent.ts'

let browser: TestBrowser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

const name = 'shared.bin'
const bytes = randomBytes(2 * 1024 * 1024)
const file = { name, mimeType: 'application/octet-stream', bytes }

it('a file goes from one browser to another, and the figures show it', async () => {
  await using tracker = await startTracker()
  const sender = await browser.open(tracker.http)
  const link = await share(sender, file)
  expect(link).toMatch(new RegExp(`^${tracker.http}/releases/[\\w-]{43}/drop$`))

  const receiver = await browser.open(link)
  await inState(receiver, 'done')

  expect(Buffer.compare(await save(receiver), bytes)).toBe(0)
  // Both are in two swarms: that of the release, and that of its torrent, where stock clients are.
  await expect.poll(() => receiver.getByTestId('figure-peers').textContent(), { timeout: 10_000 }).toBe('4')
  await expect.poll(() => receiver.getByTestId('figure-swarms').textContent(), { timeout: 10_000 }).toBe('2')
})

it('a browser seeds and a Node peer downloads', async () => {
  await using tracker = await startTracker()
  await using leecher = new TestClient()
  const sender = await browser.open(tracker.http)
  await share(sender, file)

  const torrent = leecher.add(magnetOf(await torrentOn(sender), `${tracker.ws}/announce`))
  expect(Buffer.compare(await received(torrent), bytes)).toBe(0)
  await expect
    .poll(() => giversOn(sender))
    .toEqual([[expect.stringMatching(/^WebTorrent client/) as string, '–', '2.1 MB']])
})

it('a magnet link that the page shows opens in the page', async () => {
  await using tracker = await startTracker()
  const sender = await browser.open(tracker.http)
  await share(sender, file)
  const receiver = await browser.open(`${tracker.http}/#${await torrentOn(sender)}`)
  await inState(receiver, 'done')
  expect(Buffer.compare(await save(receiver), bytes)).toBe(0)
})

it('a Node peer seeds and a browser downloads', async () => {
  await using tracker = await startTracker()
  await using seeder = new TestClient()
  const { infoHash } = await seeder.seed(bytes, name, `${tracker.ws}/announce`)

  const receiver = await browser.open(`${tracker.http}/#${infoHash}`)
  await inState(receiver, 'done')
  expect(Buffer.compare(await save(receiver), bytes)).toBe(0)
})

it('A8: a browser and a Node peer that start at the same moment meet, whoever seeds', async () => {
  const infoHash = await infoHashOf(bytes, name)
  await using tracker = await startTracker()
  await using seeder = new TestClient()
  const opening = browser.open(`${tracker.http}/#${infoHash}`)
  const seeding = seeder.seed(bytes, name, `${tracker.ws}/announce`)
  const receiver = await opening
  await inState(receiver, 'done')
  await seeding

  await using otherTracker = await startTracker()
  await using leecher = new TestClient()
  const sender = await browser.open(otherTracker.http)
  const dropped = await droppedHash()
  const sharing = share(sender, file)
  const torrent = leecher.add(magnetOf(dropped, `${otherTracker.ws}/announce`))
  expect(Buffer.compare(await received(torrent), bytes)).toBe(0)
  await sharing
  expect(await torrentOn(sender)).toBe(dropped)
})

it('a link that is no link is explained', async () => {
  await using tracker = await startTracker()
  const page = await browser.open(`${tracker.http}/#nonsense`)
  await inState(page, 'failed')
  expect(await page.getByTestId('status').textContent()).toMatch(/40/)
})

it('the pages have no errors and ask nobody else for anything', async () => {
  await using tracker = await startTracker()
  const page = await browser.open('about:blank')
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(tracker.http) && !/^(data|blob):/.test(request.url())) problems.push(request.url())
  })
  for (const path of ['/', '/stats']) {
    await page.goto(tracker.http + path)
    await page.waitForResponse(`${tracker.http}/stats.json`)
  }
  expect(problems).toEqual([])
})

/** The info hash that the file has when it is dropped on the page: that of a directory with it. */
async function droppedHash(): Promise<string> {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, name), bytes)
  return (await makeMetadata(folder.path, 'shared')).infoHash
}
