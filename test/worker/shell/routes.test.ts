import { afterEach, expect, it } from 'vitest'
import { announce, cleanUp, fetchWorker, get, id, PeerSocket, stats, upgrade } from './client.ts'

afterEach(cleanUp)

const HEX = 'ab'.repeat(20)
const BYTES = '\xab'.repeat(20)

it.each(['/announce', '/', `/announce/${HEX}`, `/announce/${HEX.toUpperCase()}`])(
  'S1: %s opens a WebSocket',
  async (path) => {
    const socket = await PeerSocket.open(path)
    expect(await socket.ask(announce(BYTES, id(1)))).toMatchObject({ action: 'announce', info_hash: BYTES })
  },
)

it('S2: a socket whose URL names a swarm speaks of no other', async () => {
  const socket = await PeerSocket.open(`/announce/${HEX}`)
  expect(await socket.ask(announce(id(2), id(1)))).toMatchObject({
    'failure reason': expect.stringMatching(/names another swarm/) as string,
  })
  expect(await socket.ask({ action: 'scrape' })).toEqual({
    action: 'scrape',
    files: { [BYTES]: { complete: 0, incomplete: 0, downloaded: 0 } },
  })
})

it('S1: a URL with a wrong info hash is explained', async () => {
  const response = await upgrade('/announce/xyz')
  expect([response.status, await response.text()]).toEqual([400, 'The info hash in the URL must be 40 hex digits.\n'])
})

it('G1: an address may have 256 sockets, another one is not held back by it', async () => {
  for (let count = 0; count < 256; count++) await PeerSocket.open('/announce', `2001:db8::${count.toString(16)}`)
  const refused = await upgrade('/announce', { 'cf-connecting-ip': '2001:db8::ffff' })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60'])
  expect((await upgrade('/announce', { 'cf-connecting-ip': '2001:db8:0:1::1' })).status).toBe(101)
})

it('G3: the platform holds an address back that opens too many connections', async () => {
  const statuses = new Set<number>()
  // The binding lets 300 pass in a period; of 700 more than that fall into one, wherever it ends.
  for (let count = 0; count < 700 && !statuses.has(429); count++) {
    const response = await upgrade('/announce', { 'cf-connecting-ip': '203.0.113.5' })
    response.webSocket?.accept()
    response.webSocket?.close()
    statuses.add(response.status)
  }
  expect(statuses).toEqual(new Set([101, 429]))
})

it.each([
  ['a percent-encoding that is cut off', `info_hash=%4`, 'percent-encoding'],
  ['an info hash of 19 bytes', `info_hash=${'a'.repeat(19)}&peer_id=${'b'.repeat(20)}&port=1`, 'info_hash'],
  ['no port', `info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}`, 'port'],
  ['nothing', '', 'info_hash'],
])('H1, H2, H9: an HTTP announce with %s gets a bencoded failure', async (_, query, reason) => {
  const response = await get(`/announce?${query}`)
  expect(response.status).toBe(200)
  expect(await response.text()).toMatch(new RegExp(`^d14:failure reason\\d+:[^:]*${reason}[^:]*8:retry in5:nevere$`))
})

it('H5, H8: compact peers of both families, to the byte', async () => {
  const query = `info_hash=%00%ff${'a'.repeat(18)}&compact=1&left=5&peer_id=${'b'.repeat(19)}`
  await get(`/announce?${query}1&port=6881`, { 'cf-connecting-ip': '192.0.2.1' })
  await get(`/announce?${query}2&port=258`, { 'cf-connecting-ip': '2001:db8::7' })
  const response = await get(`/announce?${query}3&port=3`, { 'cf-connecting-ip': '192.0.2.3' })
  const text = Array.from(new Uint8Array(await response.arrayBuffer()), (byte) => String.fromCharCode(byte)).join('')
  expect(text).toBe(
    'd8:completei0e11:external ip4:\xc0\x00\x02\x0310:incompletei3e8:intervali1800e12:min intervali60e' +
      '5:peers6:\xc0\x00\x02\x01\x1a\xe16:peers618: \x01\r\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x01\x02e',
  )
  await get(`/announce?${query}1&port=6881&event=stopped`, { 'cf-connecting-ip': '192.0.2.1' })
  await get(`/announce?${query}2&port=258&event=stopped`, { 'cf-connecting-ip': '2001:db8::7' })
  await get(`/announce?${query}3&port=3&event=stopped`, { 'cf-connecting-ip': '192.0.2.3' })
})

it('health, figures and metrics answer; what is not there says what is', async () => {
  const socket = await PeerSocket.open()
  await socket.ask(announce(id(1), id(2), { left: 0 }))
  expect(await (await get('/health')).text()).toBe('ok\n')
  expect(await (await get('/stats.json')).json()).toMatchObject({
    hubs: 1,
    sockets: 1,
    peers: 1,
    seeds: 1,
    announces: 1,
  })
  const metrics = await (await get('/metrics')).text()
  expect(metrics).toContain('# TYPE edgeswarm_announces_total counter\nedgeswarm_announces_total 1\n')
  expect(metrics).toContain('edgeswarm_refused_total{reason="malformed"} 0\n')
  const missing = await get('/nothing')
  expect([missing.status, await missing.text()]).toEqual([404, expect.stringMatching(/\/announce/)])
})

it.each([
  ['/', 'text/html'],
  ['/share.js', 'text/javascript'],
  ['/style.css', 'text/css'],
  ['/stats', 'text/html'],
])('%s is served as %s', async (path, type) => {
  const response = await get(path)
  expect([response.status, response.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`])
  expect((await response.text()).length).toBeGreaterThan(1000)
})

it('an announce whose URL names another swarm is refused, and HEAD announces nothing', async () => {
  const query = `info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&port=6881`
  expect(await (await get(`/announce/${HEX}?${query}`)).text()).toContain('the URL names another swarm')
  await fetchWorker(`/announce?${query}`, { method: 'HEAD' })
  expect(await stats()).toMatchObject({ peers: 0 })
  expect(await (await get(`/announce/${'61'.repeat(20)}?${query}&event=stopped`)).text()).toContain('8:completei0e')
})
