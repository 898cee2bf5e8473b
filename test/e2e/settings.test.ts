import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { startTracker } from '../support/tracker.ts'

/** The status with which a WebSocket is answered: 101 if it opens. */
async function statusOf(url: string, options: ClientOptions = {}): Promise<number | undefined> {
  const socket = new WebSocket(url, options)
  socket.on('error', () => undefined)
  const refused = once(socket, 'unexpected-response') as Promise<[ClientRequest, IncomingMessage]>
  const status = await Promise.race([
    once(socket, 'open').then(() => 101),
    refused.then(([, response]) => response.statusCode),
  ])
  socket.terminate()
  return status
}

const announceQuery = (infoHash: string, port: number): string =>
  `info_hash=${infoHash.repeat(20)}&peer_id=${'p'.repeat(20)}&port=${port}&compact=1`

const text = async (url: string, headers: Record<string, string> = {}): Promise<string> =>
  Buffer.from(await (await fetch(url, { headers })).arrayBuffer()).toString('latin1')

it('G7: pages of other origins are turned away; who is no page passes', async () => {
  await using tracker = await startTracker({ ALLOWED_ORIGINS: 'https://app.example.com, https://other.example.com' })
  expect(await statusOf(`${tracker.ws}/announce`, { origin: 'https://app.example.com' })).toBe(101)
  expect(await statusOf(`${tracker.ws}/announce`, { origin: 'https://evil.example.com' })).toBe(403)
  expect(await statusOf(`${tracker.ws}/announce`)).toBe(101)
})

it('G6: a denied swarm is refused at the URL of a WebSocket too', async () => {
  await using tracker = await startTracker({ DENY_LIST: `${'ab'.repeat(20)} ${'61'.repeat(20)}` })
  expect(await statusOf(`${tracker.ws}/announce/${'ab'.repeat(20)}`)).toBe(403)
  expect(await statusOf(`${tracker.ws}/announce/${'cd'.repeat(20)}`)).toBe(101)
  expect(await text(`${tracker.http}/announce?${announceQuery('a', 1)}`)).toContain('does not serve this info hash')
})

it('G2: a full hub says so', async () => {
  await using tracker = await startTracker({ MAX_HTTP_PEERS: 1 })
  expect(await text(`${tracker.http}/announce?${announceQuery('a', 1)}`)).toContain('5:peers0:')
  expect(await text(`${tracker.http}/announce?${announceQuery('a', 2)}`)).toMatch(
    /^d14:failure reason.*8:retry ini30ee$/,
  )
})

it('H6, H8: behind a reverse proxy the address is the last that the header names', async () => {
  await using tracker = await startTracker({ ADDRESS_HEADER: 'X-Forwarded-For' })
  const reply = await text(`${tracker.http}/announce?${announceQuery('a', 1)}`, {
    'x-forwarded-for': '198.51.100.1, 203.0.113.9',
    'cf-connecting-ip': '192.0.2.1',
  })
  expect(reply).toContain('11:external ip4:\xcb\x00\x71\x09')
})

it('I1, I2: the credentials are what a TURN server with the same secret reckons', async () => {
  await using tracker = await startTracker({ TURN_URLS: 'turn:turn.example.com', TURN_SECRET: 'geheim', TURN_TTL: 600 })
  const before = Math.floor(Date.now() / 1000)
  const response = await fetch(`${tracker.http}/ice`)
  const { iceServers, ttl } = (await response.json()) as { iceServers: Record<string, unknown>[]; ttl: number }
  expect([response.headers.get('cache-control'), ttl, iceServers.length]).toEqual(['no-store', 600, 2])
  const { urls, username, credential } = iceServers[1] ?? {}
  const expires = Number(/^(\d+):edgeswarm$/.exec(String(username))?.[1])
  expect(expires).toBeGreaterThanOrEqual(before + 600)
  expect(expires).toBeLessThanOrEqual(Date.now() / 1000 + 600)
  expect([urls, credential]).toEqual([
    ['turn:turn.example.com'],
    createHmac('sha1', 'geheim').update(String(username)).digest('base64'),
  ])
})

it('I3: pages of other origins get no servers', async () => {
  await using tracker = await startTracker({ ALLOWED_ORIGINS: 'https://app.example.com' })
  const statusFor = async (headers: Record<string, string>) => (await fetch(`${tracker.http}/ice`, { headers })).status
  expect(await statusFor({ origin: 'https://app.example.com' })).toBe(200)
  expect(await statusFor({ origin: 'https://evil.example.com' })).toBe(403)
  expect(await statusFor({})).toBe(200)
})

it('C2: all swarms are told where the operator allows it', async () => {
  await using tracker = await startTracker({ SCRAPE_ALL: 1 })
  await text(`${tracker.http}/announce?${announceQuery('a', 1)}`)
  await text(`${tracker.http}/announce?${announceQuery('b', 2)}`)
  const scraped = await text(`${tracker.http}/scrape`)
  expect(scraped.indexOf('a'.repeat(20))).toBeLessThan(scraped.indexOf('b'.repeat(20)))
  expect(scraped).toMatch(/^d5:filesd20:a{20}d8:complete/)
})
