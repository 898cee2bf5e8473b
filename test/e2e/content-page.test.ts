import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createIdentity } from '../../sdk/index.ts'
import { type Publication, publish } from '../../sdk/content/publication.ts'
import { startBrowser, type TestBrowser } from '../support/browser.ts'
import { temporaryFolder } from '../support/folder.ts'
import { type RangeServer, serveRanges } from '../support/range-server.ts'
import { startTracker, type Tracker } from '../support/tracker.ts'
import { greyAt, makeVideo } from '../support/webm.ts'

const VIDEO = { seconds: 40, padding: 300_000 }
const SOON = { timeout: 20_000 }

let browser: TestBrowser
let tracker: Tracker
let video: Uint8Array
const cleanUp = new AsyncDisposableStack()
beforeAll(async () => {
  browser = cleanUp.use(await startBrowser())
  tracker = cleanUp.use(await startTracker({ STUN_URLS: '' }))
  const studio = await browser.open(`${tracker.http}/health`)
  video = await makeVideo(studio, VIDEO)
  await studio.context().close()
})
afterAll(() => cleanUp.disposeAsync())

/** A release with the video, and its origin. */
async function release(): Promise<AsyncDisposable & { publication: Publication; origin: RangeServer; link: string }> {
  const folder = await temporaryFolder()
  const directory = join(folder.path, 'film')
  await mkdir(directory)
  await writeFile(join(directory, 'film.webm'), video)
  await writeFile(join(directory, 'about.txt'), 'A film.')
  const origin = await serveRanges(folder.path)
  const publication = await publish(directory, {
    tracker: tracker.http,
    key: await createIdentity(),
    version: '1',
    summary: 'Forty seconds of grey',
    webSeeds: [origin.url],
    // Too little for a video: the origin is needed.
    upload: 100_000,
  })
  const { link } = publication
  const end = async () => {
    await publication.close()
    // A test may have ended it already.
    await Promise.resolve(origin[Symbol.asyncDispose]()).catch(() => undefined)
    await folder[Symbol.asyncDispose]()
  }
  return { publication, origin, link, [Symbol.asyncDispose]: end }
}

const open = (link: string, colorScheme: 'light' | 'dark' = 'light') =>
  browser.open(`${tracker.http}/video#${link}`, { colorScheme })

/** Bytes that the page says it has from there. */
const bytes = async (page: Page, what: 'from-peers' | 'from-origin' | 'from-disk' | 'to-peers'): Promise<number> =>
  Number(await page.getByTestId(what).getAttribute('data-bytes'))

/** Plays from a second on, and returns how light the picture is; a picture from another server could not be read. */
const greyFrom = (page: Page, seconds: number): Promise<number> =>
  page.getByTestId('video').evaluate(async (element, at) => {
    const player = element as HTMLVideoElement
    player.muted = true
    player.currentTime = at
    await player.play()
    await new Promise<void>((resolve) => {
      const look = () => {
        if (player.currentTime > at + 0.3 && !player.seeking) resolve()
        else player.requestVideoFrameCallback(look)
      }
      look()
    })
    player.pause()
    const canvas = new OffscreenCanvas(1, 1)
    const context = canvas.getContext('2d')
    context?.drawImage(player, 4, 170, 4, 4, 0, 0, 1, 1)
    return context?.getImageData(0, 0, 1, 1).data[0] ?? 0
  }, seconds)

const playAll = (page: Page): Promise<void> =>
  page.getByTestId('video').evaluate(async (element) => {
    const player = element as HTMLVideoElement
    player.muted = true
    player.currentTime = 0
    // What is loaded anew begins with the default.
    player.defaultPlaybackRate = player.playbackRate = 8
    await new Promise((resolve) => {
      player.addEventListener('ended', resolve, { once: true })
      void player.play()
    })
  })

it('a video plays and seeks in a second tab, from the first alone, once its origin and its publisher are gone', async () => {
  await using film = await release()
  const first = await open(film.link)
  expect(await greyFrom(first, 0.1)).toBeCloseTo(greyAt(0.1, VIDEO), -1)
  await playAll(first)
  const fetched = async () => (await bytes(first, 'from-peers')) + (await bytes(first, 'from-origin'))
  await expect.poll(fetched, SOON).toBeGreaterThanOrEqual(video.length)
  expect(await bytes(first, 'from-origin')).toBeGreaterThan(await bytes(first, 'from-peers'))
  await film.publication.close()
  await film.origin[Symbol.asyncDispose]()

  const second = await open(film.link, 'dark')
  for (const at of [0.1, 35.2, 20.2]) {
    expect(await greyFrom(second, at), `${at} s`).toBeCloseTo(greyAt(at, VIDEO), -1)
  }
  await expect.poll(() => bytes(second, 'from-peers'), SOON).toBeGreaterThan(0)
  expect(await bytes(second, 'from-origin')).toBe(0)
  await playAll(second)
  await expect.poll(() => bytes(second, 'from-peers'), SOON).toBeGreaterThanOrEqual(video.length)
  await expect.poll(() => bytes(first, 'to-peers'), SOON).toBeGreaterThanOrEqual(await bytes(second, 'from-peers'))
  const givers = second.getByTestId('givers').getByRole('row')
  await expect.poll(() => givers.count()).toBe(2)
})

it('a tab that is opened again goes on with what this device has, alone', async () => {
  await using film = await release()
  const first = await open(film.link)
  await playAll(first)
  await film.publication.close()
  await film.origin[Symbol.asyncDispose]()
  await first.reload()
  expect(await greyFrom(first, 30.2)).toBeCloseTo(greyAt(30.2, VIDEO), -1)
  await expect.poll(() => bytes(first, 'from-disk'), SOON).toBeGreaterThanOrEqual(video.length)
})

it('without a link the page asks for one, and says what it must be', async () => {
  await using film = await release()
  const page = await browser.open(`${tracker.http}/video`)
  await page.getByLabel('Link').fill('https://example.com/')
  await page.getByRole('button', { name: 'Watch' }).click()
  expect(await page.getByTestId('video').isVisible()).toBe(false)
  await page.getByLabel('Link').fill(film.link)
  await page.getByRole('button', { name: 'Watch' }).click()
  expect(await greyFrom(page, 10.1)).toBeCloseTo(greyAt(10.1, VIDEO), -1)
})
