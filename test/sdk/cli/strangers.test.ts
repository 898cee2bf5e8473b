import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { encodeFeed } from '../../../protocol/content/sealed.ts'
import { toBase64Url } from '../../../protocol/content/text.ts'
import { sealRelease } from '../../../sdk/content/sign.ts'
import { createIdentity, type Identity } from '../../../sdk/shell/identity.ts'
import { type Machine, has, like, openMachine } from './cli.ts'

/** What the tracker answers at each path; 404 anywhere else. */
const answers = new Map<string, string>()
let address = ''
let machine: Machine
const cleanUp = new AsyncDisposableStack()
beforeAll(async () => {
  const server = createServer((request, response) => {
    const answer = answers.get(request.url ?? '')
    response.statusCode = answer === undefined ? 404 : 200
    response.end(answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp.defer(() => {
    server.close()
    server.closeAllConnections()
  })
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  machine = cleanUp.use(await openMachine(address))
})
afterAll(() => cleanUp.disposeAsync())

const HOUR = 3_600_000

/** The link of a channel whose feed holds one release, published so long ago and believed for an hour. */
async function channel(identity: Identity, signer: Identity, age: number): Promise<string> {
  const publisher = toBase64Url(identity.publicKey)
  const published = Date.now() - age
  const sealed = await sealRelease(
    {
      format: 1,
      publisher,
      key: toBase64Url(signer.publicKey),
      channel: 'stable',
      version: '1.0',
      number: 7,
      published,
      expires: published + HOUR,
      name: 'app',
      summary: '',
      tags: [],
      isPublic: true,
      infoHash: 'a'.repeat(40),
      metadata: { sha256: 'b'.repeat(64), length: 100, urls: [] },
      bytes: 5,
      files: 1,
      webSeeds: [],
      previous: null,
      successor: null,
    },
    signer,
  )
  const path = `/releases/${publisher}/stable`
  answers.set(path, encodeFeed({ releases: [sealed] }))
  return address + path
}

it('a release whose time is over is shown, and not believed', async () => {
  const identity = await createIdentity()
  const link = await channel(identity, identity, 2 * HOUR)
  expect(await machine.run('inspect', link)).toMatchObject({
    code: 1,
    out: has('release         7 of stable'),
    error: like(/is not to be believed: release 7 of stable expired at .*\n$/),
  })
  expect(await machine.run('get', link, 'app')).toMatchObject({
    code: 1,
    out: '',
    error: like(/^What .* is not to be believed: .* expired .*\n$/),
  })
})

it('a release of another key is not even shown', async () => {
  const link = await channel(await createIdentity(), await createIdentity(), 0)
  for (const line of [
    ['inspect', link],
    ['get', link, 'app'],
  ]) {
    expect(await machine.run(...line)).toMatchObject({
      code: 1,
      out: '',
      error: like(/^What .* is not to be believed: .* only .* may sign it\.\n$/),
    })
  }
})

it('what a tracker tells has no power over the terminal', async () => {
  const publisher = toBase64Url((await createIdentity()).publicKey)
  const found = { publisher, channel: 'stable', name: 'a\u001b[2Jb', version: '\u202e1', bytes: 'many', files: -1 }
  answers.set('/releases?q=x', JSON.stringify({ releases: [null, { publisher: '..' }, found] }))
  const { code, out } = await machine.run('search', 'x')
  expect(code).toBe(0)
  expect(out).toBe(`a\uFFFD[2Jb \uFFFD1  (0 files, 0 B, 1970-01-01)\n  ${address}/releases/${publisher}/stable\n`)
})

it.each([
  ['<html>', /^http:\S+ did not answer with JSON: is it a tracker of Edgeswarm\?\n$/],
  ['[]', /^http:\S+ has no figures: is it a tracker of Edgeswarm\?\n$/],
  [' '.repeat(2_000_000), /^http:\S+ can not be reached\.\n$/],
])('what is no tracker is told as that: %#', async (answer, sentence) => {
  answers.set('/stats.json', answer)
  const { code, out, error } = await machine.run('stats')
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(error).toMatch(sentence)
})
