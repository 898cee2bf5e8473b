import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { type TestBrowser, startBrowser } from '../support/browser.ts'
import { temporaryFolder } from '../support/folder.ts'
import { Program } from '../support/program.ts'
import { inState, save, share } from '../support/share-page.ts'

let browser: TestBrowser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

const bytes = new TextEncoder().encode('One line, from one browser to another.\n')

/** Sends a file between two windows. */
async function sendThroughPage(address: string): Promise<Page> {
  const sender = await browser.open(address)
  const receiver = await browser.open(await share(sender, { name: 'line.txt', mimeType: 'text/plain', bytes }))
  await inState(receiver, 'done')
  expect(Buffer.from(await save(receiver)).equals(bytes)).toBe(true)
  return receiver
}

it('npm start serves the tracker and its page', async () => {
  const port = await freePort()
  await using start = new Program('node', ['scripts/start.ts'], { ...process.env, PORT: `${port}` })
  await start.says(/Ready on/)
  await sendThroughPage(`http://localhost:${port}`)
})

it('npm run self-host serves them too, and keeps HTTP peers over a restart', async () => {
  await using folder = await temporaryFolder()
  const port = await freePort()
  const parameters = ['scripts/self-host.ts', '--port', `${port}`, '--host', '127.0.0.1', '--state', folder.path]
  const address = `http://127.0.0.1:${port}`
  const announce = `${address}/announce?info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&port=6881&left=0`
  {
    await using selfHost = new Program('node', parameters)
    await up(address, selfHost)
    await sendThroughPage(address)
    expect(await (await fetch(announce)).text()).toContain('8:completei1e')
  }
  await using restarted = new Program('node', parameters)
  await up(address, restarted)
  const scrape = await fetch(`${address}/scrape?info_hash=${'a'.repeat(20)}`)
  expect(await scrape.text()).toContain('8:completei1e')
})

it.each([
  [['--port', 'http'], 'The port must be a whole number from 1 to 65535, and this is "http".'],
  [['--var', 'HUBS=2'], 'HUBS is "2" and must be 1'],
  [['--var', 'MAX_OFFERS=many'], 'MAX_OFFERS is "many" and must be a whole number from 1 to 200'],
  [['--var', 'DENY_LIST=abc'], 'DENY_LIST holds "abc", which is not an info hash of 40 hex digits'],
  [['--var', 'MAX_OFERS=3'], 'MAX_OFERS is no setting; docs/OPERATING.md lists them.'],
  [['--var', 'HUBS'], 'HUBS needs a value: --var HUBS=VALUE'],
])('self-host %j refuses to start and says why', async (parameters, reason) => {
  await using folder = await temporaryFolder()
  const port = `${await freePort()}`
  await using selfHost = new Program('node', [
    'scripts/self-host.ts',
    '--port',
    port,
    '--state',
    folder.path,
    ...parameters,
  ])
  expect(await selfHost.ended()).not.toBe(0)
  expect(selfHost.output).toContain(reason)
})

it('self-host --help teaches', async () => {
  await using selfHost = new Program('node', ['scripts/self-host.ts', '--help'])
  expect(await selfHost.ended()).toBe(0)
  expect(selfHost.output).toContain('--state FOLDER')
})

it('wrangler.toml says the defaults, all of them and no others', async () => {
  const { LIMITS, LISTS } = await import('../../worker/core/limits.ts')
  const { parse } = await import('smol-toml')
  const defaults = Object.fromEntries(Object.entries(LIMITS).map(([name, limit]) => [name, limit.default]))
  const lists = Object.fromEntries(Object.entries(LISTS).map(([name, list]) => [name, list.default]))
  expect(parse(await readFile('wrangler.toml', 'utf8'))['vars']).toEqual({ ...defaults, ...lists })
})

async function up(address: string, program: Program): Promise<void> {
  await expect
    .poll(
      () =>
        fetch(`${address}/health`).then(
          ({ ok }) => ok,
          () => false,
        ),
      { timeout: 60_000, message: program.output },
    )
    .toBe(true)
}
