import { expect, it } from 'vitest'
import { startBrowser } from '../support/browser.ts'
import { startTracker } from '../support/tracker.ts'
import { greeter, lineOf } from './hear.ts'
import { pageOf, serveFolder } from './loopback.ts'
import { fiveLines, ROOT } from './project.ts'

it('one file and a script tag are enough: the five lines in a real Chromium', async () => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  const script = fiveLines(tracker.http).replace("'edgeswarm'", "'/edgeswarm.min.js'")
  await using site = await serveFolder(`${ROOT}/dist/sdk`, { '/': pageOf(script) })
  await using browser = await startBrowser()
  const page = await browser.open('about:blank')
  const line = lineOf(page, /good evening/)
  await page.goto(`${site.url}/`)
  await using peer = await greeter(tracker.http, 'good evening')
  expect(await line).toBe(`${peer.id} good evening`)
})
