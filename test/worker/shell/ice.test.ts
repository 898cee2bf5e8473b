import { expect, it } from 'vitest'
import { turnCredential } from '../../../worker/shell/turn.ts'
import { get, upgrade } from './client.ts'

it('I1, I3: any page may read the servers', async () => {
  const response = await get('/ice', { origin: 'https://app.example.com' })
  expect(await response.json()).toStrictEqual({
    iceServers: [{ urls: ['stun:stun.cloudflare.com:3478'] }],
    ttl: 3600,
  })
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
  expect(response.headers.get('access-control-allow-origin')).toBe('*')
})

it('I2: a credential is the HMAC-SHA1 of the user name', async () => {
  // openssl dgst -sha1 -hmac geheim -binary | base64
  expect(await turnCredential('geheim', '1760003600:edgeswarm')).toBe('BpxYlA/qnqeVuXkRN/L9WWSR+rQ=')
})

it('I3: the platform holds an address back that asks too often, and its WebSockets are not held back by it', async () => {
  const address = { 'cf-connecting-ip': '203.0.113.77' }
  let last = await get('/ice', address)
  // The binding lets 300 pass in a period; of 700 more than that fall into one, wherever it ends.
  for (let count = 0; count < 700 && last.status !== 429; count++) {
    expect(last.status).toBe(200)
    await last.body?.cancel()
    last = await get('/ice', address)
  }
  expect([last.status, last.headers.get('retry-after'), last.headers.get('access-control-expose-headers')]).toEqual([
    429,
    '60',
    'retry-after',
  ])
  const { webSocket, status } = await upgrade('/announce', address)
  webSocket?.accept()
  webSocket?.close()
  expect(status).toBe(101)
})
