import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { decodeRelease } from '../../../protocol/content/release.ts'
import { decodeFeed, decodeSealed, MAX_FEED } from '../../../protocol/content/sealed.ts'
import type { Environment } from '../../../worker/shell/environment.ts'
import { toUtf8 } from '../../../protocol/content/text.ts'
import { DAY, keyOf, metadataBytes } from '../../protocol/content/examples.ts'
import { stats } from './client.ts'
import { currentRelease, feedPath, newAddress, newSigner, publish, putFeed, seal, send, sha256Of } from './publisher.ts'

const told = async (response: Response) => [response.status, await response.text()] as const
const matching = (text: string) => expect.stringContaining(text) as string

describe('U10: publishing', () => {
  it('takes a release, serves it as it was signed, and takes it once more', async () => {
    const signer = await newSigner()
    const release = currentRelease(signer)
    const sealed = await seal(signer, release)
    const first = await putFeed(feedPath(release), [sealed])
    expect([first.status, await first.json()]).toEqual([201, { number: 1, hasMetadata: false }])
    expect((await putFeed(feedPath(release), [sealed])).status).toBe(200)

    const response = await send(feedPath(release))
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-cache',
      etag: `"${await sha256Of(sealed.release)}"`,
      'access-control-allow-origin': '*',
    })
    expect(decodeFeed(await response.text())).toEqual({ releases: [sealed] })
  })

  it('answers 304 until there is a newer one', async () => {
    const signer = await newSigner()
    await publish(signer, { number: 1 })
    const path = feedPath(currentRelease(signer))
    const etag = (await send(path)).headers.get('etag') ?? ''
    for (const tags of [etag, `"x", W/${etag}`, '*']) {
      const response = await send(path, { headers: { 'if-none-match': tags } })
      expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', etag])
    }
    const head = await send(path, { method: 'HEAD' })
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, ''])
    await publish(signer, { number: 2 })
    expect((await send(path, { headers: { 'if-none-match': etag } })).status).toBe(200)
  })

  it('keeps what was before, the newest first', async () => {
    const signer = await newSigner()
    for (const number of [1, 2, 5]) await publish(signer, { number, version: `1.${number}` })
    const path = feedPath(currentRelease(signer))
    const history: unknown = await (await send(`${path}/history`)).json()
    expect(history).toMatchObject({ releases: [{ number: 5, version: '1.5' }, { number: 2 }, { number: 1, files: 3 }] })
    const sealed = decodeSealed(await (await send(`${path}/2`)).text())
    expect(decodeRelease(sealed?.release ?? '')).toMatchObject({ number: 2, version: '1.2' })
    for (const number of ['3', 'x', '1e0', '9'.repeat(30)]) expect((await send(`${path}/${number}`)).status).toBe(404)
  })

  it('serves the hand-overs that lead to the newest, and the newest', async () => {
    const [first, second, third] = [await newSigner(), await newSigner(), await newSigner()]
    const of = (key: string, number: number, successor: string | null = null) =>
      currentRelease(first, { key, number, successor })
    const path = feedPath(currentRelease(first))
    const handOver = await seal(first, of(first.key, 2, second.key))
    const handOverAgain = await seal(second, of(second.key, 4, third.key))
    const newest = await seal(third, of(third.key, 5))
    await publish(first, { number: 1 })
    expect((await putFeed(path, [handOver])).status).toBe(201)
    expect((await putFeed(path, [await seal(second, of(second.key, 3))])).status).toBe(201)
    // Two at once, as somebody who missed one would publish them.
    expect((await putFeed(path, [handOver, handOverAgain, newest])).status).toBe(201)
    expect(decodeFeed(await (await send(path)).text())).toEqual({ releases: [handOver, handOverAgain, newest] })
    expect(await told(await publish(first, { number: 6 }))).toEqual([403, matching('only')])
  })

  it('has each channel by itself', async () => {
    const signer = await newSigner()
    await publish(signer, { number: 7 })
    expect((await publish(signer, { number: 1, channel: 'beta' })).status).toBe(201)
    expect((await publish(await newSigner(), { number: 1 })).status).toBe(201)
  })

  it('refuses what is not signed, older, another one, or of somebody else, and says why', async () => {
    const signer = await newSigner()
    const thief = await newSigner()
    const release = currentRelease(signer, { number: 5 })
    const path = feedPath(release)
    const sealed = await seal(signer, release)
    await putFeed(path, [sealed])
    const later = currentRelease(signer, { number: 6 })
    const attempts = [
      [[{ ...sealed, signature: (await seal(signer, later)).signature }], 403, 'not signed by the key'],
      [[await seal(thief, later)], 403, 'not signed by the key'],
      [[await seal(thief, { ...later, key: thief.key })], 403, 'only'],
      [[await seal(thief, currentRelease(thief))], 403, 'the channel is of'],
      [[await seal(signer, { ...later, channel: 'beta' })], 403, 'of the channel beta'],
      [[await seal(signer, { ...later, key: keyOf(0) })], 403, 'not signed by the key'],
      [[await seal(signer, currentRelease(signer, { number: 4 }))], 409, 'older than 5'],
      [[await seal(signer, { ...release, version: 'other' })], 409, 'two releases 5'],
      [[await seal(signer, currentRelease(signer, { number: 6, expires: Date.now() - DAY / 2 }))], 400, 'the clock'],
      [[await seal(signer, currentRelease(signer, { number: 6, published: Date.now() + 2 * DAY }))], 400, 'the clock'],
      [[await seal(signer, later), sealed], 400, 'comes after one whose number is not lower'],
      [[{ ...sealed, release: '{}' }], 400, 'no release by rule U1'],
      [[], 400, 'no feed'],
    ] as const
    for (const [releases, status, reason] of attempts) {
      expect(await told(await putFeed(path, releases))).toEqual([status, matching(reason)])
    }
    expect(decodeFeed(await (await send(path)).text())).toEqual({ releases: [sealed] })
  })

  it('refuses wrong addresses and bodies, and takes no more of them than a feed may have', async () => {
    const path = feedPath(currentRelease(await newSigner()))
    for (const body of ['', '{', '\xff', '[]']) expect((await send(path, { method: 'PUT', body })).status).toBe(400)
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    expect((await send(path, { method: 'PUT', body: endless })).status).toBe(413)
    expect((await send(path, { method: 'PUT', body: ' '.repeat(MAX_FEED + 1) })).status).toBe(413)
    for (const wrong of ['/releases/x/stable', `/releases/${keyOf(1)}/Stable`]) {
      expect((await send(wrong, { method: 'PUT', body: '{}' })).status).toBe(400)
      expect((await send(wrong)).status).toBe(400)
    }
    expect((await send(path)).status).toBe(404)
    expect((await send(`${path}/history`)).status).toBe(404)
  })

  it('shows a page to a browser that a link led here', async () => {
    const response = await send(`/releases/${keyOf(1)}/stable`, { headers: { accept: 'text/html,*/*;q=0.8' } })
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('vary')).toContain('accept')
    expect(await response.text()).toContain('<!doctype html>')
  })

  it('lets pages of any origin ask', async () => {
    const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' }
    const response = await send(`/releases/${keyOf(1)}/stable`, { method: 'OPTIONS', headers })
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT')
  })
})

describe('U11: metadata', () => {
  const publishWith = async (bytes: Uint8Array, changes: Parameters<typeof publish>[1] = {}) => {
    const signer = await newSigner()
    const sha256 = await sha256Of(bytes)
    const response = await publish(signer, { metadata: { sha256, length: bytes.length, urls: [] }, ...changes })
    expect(response.status).toBe(201)
    return { signer, path: `/metadata/${sha256}` }
  }
  const put = (path: string, body: Uint8Array<ArrayBuffer>) => send(path, { method: 'PUT', body })

  it('is taken once a release names it, and served as it was', async () => {
    const bytes = metadataBytes(Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`file ${index}`, 1])))
    expect(bytes.length).toBeGreaterThan(2_097_152)
    const early = await put(`/metadata/${await sha256Of(bytes)}`, bytes)
    expect(await told(early)).toEqual([409, matching('no release names this metadata')])

    const { path, signer } = await publishWith(bytes)
    expect((await send(path)).status).toBe(404)
    expect((await put(path, bytes)).status).toBe(201)
    expect((await put(path, bytes)).status).toBe(200)
    const response = await send(path)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-length': `${bytes.length}`,
      'cache-control': 'public, max-age=31536000, immutable',
      etag: `"${await sha256Of(bytes)}"`,
    })
    expect(await sha256Of(new Uint8Array(await response.arrayBuffer()))).toBe(await sha256Of(bytes))

    const head = await send(path, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, `${bytes.length}`, ''])
    const etag = response.headers.get('etag') ?? ''
    expect((await send(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const again = await publish(signer, {
      number: 2,
      metadata: { sha256: await sha256Of(bytes), length: bytes.length, urls: [] },
    })
    expect(await again.json()).toEqual({ number: 2, hasMetadata: true })
  })

  it('is refused if it is not what the release names', async () => {
    const bytes = metadataBytes({ a: 1 })
    const { path } = await publishWith(bytes)
    const changed = Uint8Array.from(bytes, (byte, index) => (index === 30 ? byte ^ 1 : byte))
    expect((await put(path, changed)).status).toBe(400)
    expect((await put(path, bytes.slice(1))).status).toBe(400)
    expect((await put(path, new Uint8Array(bytes.length + 1))).status).toBe(413)
    expect((await put(path.toUpperCase().replace('/METADATA', '/metadata'), bytes)).status).toBe(400)
    const text = toUtf8('no metadata at all')
    const { path: other } = await publishWith(text)
    expect(await told(await put(other, text))).toEqual([400, matching('rule U8')])
    expect((await put(path, bytes)).status).toBe(201)
  })

  it('is kept for the two newest releases of a channel, and for as long as another channel names it', async () => {
    const all = [1, 2, 3].map((length) => metadataBytes({ kept: length }))
    const signer = await newSigner()
    const statuses = async () =>
      Promise.all(all.map(async (bytes) => (await send(`/metadata/${await sha256Of(bytes)}`)).status))
    const publishAs = async (by: typeof signer, index: number, number: number) => {
      const bytes = all[index] ?? new Uint8Array()
      const sha256 = await sha256Of(bytes)
      await publish(by, { number, metadata: { sha256, length: bytes.length, urls: [] } })
      await put(`/metadata/${sha256}`, bytes)
    }
    await publishAs(signer, 0, 1)
    await publishAs(signer, 1, 2)
    expect(await statuses()).toEqual([200, 200, 404])
    await publishAs(signer, 2, 3)
    expect(await statuses()).toEqual([404, 200, 200])
    const other = await newSigner()
    await publishAs(other, 1, 1)
    await publishAs(signer, 2, 4)
    expect(await statuses()).toEqual([404, 200, 200])
    expect((await put(`/metadata/${await sha256Of(all[0] ?? '')}`, all[0] ?? new Uint8Array())).status).toBe(409)
  })
})

describe('U12: search', () => {
  const search = async (query: string) => {
    const response = await send(`/releases?q=${encodeURIComponent(query)}`)
    expect(response.status).toBe(200)
    const { releases } = await response.json<{ releases: { name: string; publisher: string; channel: string }[] }>()
    return releases
  }
  const names = async (query: string) => (await search(query)).map(({ name }) => name)

  it('finds by name, summary, tags, channel, version and file paths; a word in the name counts most', async () => {
    const bytes = metadataBytes({ 'textures/zwiebelkuchen.png': 1 })
    const sha256 = await sha256Of(bytes)
    const metadata = { sha256, length: bytes.length, urls: [] }
    const signer = await newSigner()
    const rest = { summary: '', tags: [] }
    await publish(signer, { ...rest, channel: 'a', name: 'by-path', metadata })
    await publish(signer, { ...rest, channel: 'b', name: 'by-summary', summary: 'Ein Zwiebelkuchen.' })
    await publish(signer, { ...rest, channel: 'c', name: 'zwiebelkuchen' })
    await publish(signer, { ...rest, channel: 'zwiebelkuchen', name: 'by-channel' })
    await publish(signer, { ...rest, channel: 'd', name: 'by-tag', tags: ['zwiebelkuchen'] })
    await publish(signer, { ...rest, channel: 'e', name: 'by-version', version: 'Zwiebelkuchen 2' })
    expect((await names('zwiebelkuchen')).sort()).toEqual([
      'by-channel',
      'by-summary',
      'by-tag',
      'by-version',
      'zwiebelkuchen',
    ])
    await send(`/metadata/${sha256}`, { method: 'PUT', body: bytes })
    const found = await search('zwiebelkuchen')
    expect(found.map(({ name }) => name)).toHaveLength(6)
    expect(found[0]).toMatchObject({ name: 'zwiebelkuchen', publisher: signer.key, channel: 'c', number: 1, tags: [] })
    expect(found.at(-1)?.name).toBe('by-path')
    expect(await names('ZWIEBEL')).toHaveLength(6)
    expect(await names('zwiebelkuchen version')).toEqual(['by-version'])
    expect(await names('zwiebelkuchen nirgends')).toEqual([])
  })

  it('finds the newest release of a channel, while it is public and has not expired', async () => {
    const signer = await newSigner()
    await publish(signer, { number: 1, name: 'apfelstrudel' })
    expect(await names('apfelstrudel')).toEqual(['apfelstrudel'])
    await publish(signer, { number: 2, name: 'birnenstrudel' })
    expect([await names('apfelstrudel'), await names('birnenstrudel')]).toEqual([[], ['birnenstrudel']])
    await publish(signer, { number: 3, name: 'birnenstrudel', isPublic: false })
    expect(await names('birnenstrudel')).toEqual([])
    const soon = await newSigner()
    const expires = Date.now() + 5000
    await publish(soon, { name: 'quarkstrudel', expires })
    expect(await names('quarkstrudel')).toEqual(['quarkstrudel'])
    await runInDurableObject(catalog(), (_, { storage }) => {
      storage.sql.exec('UPDATE channels SET expires = ? WHERE expires = ?', Date.now() - 1, expires)
    })
    expect(await names('quarkstrudel')).toEqual([])
  })

  it('tells at most 20, and without words the newest', async () => {
    const signer = await newSigner()
    for (let number = 0; number < 22; number++) {
      await publish(signer, { channel: `c${number}`, name: 'pflaumenmus', published: Date.now() + number })
    }
    expect(await search('pflaumenmus')).toHaveLength(20)
    const newest = await search('')
    expect(newest).toHaveLength(20)
    expect(newest[0]).toMatchObject({ name: 'pflaumenmus', channel: 'c21' })
  })

  it.each([
    '"',
    `' OR 1=1 --`,
    'a AND',
    'NOT',
    'name:x',
    'a*',
    '^a',
    'a NEAR(b',
    '(((',
    '\0',
    '-',
    '{a b}: c',
    '😀',
    'x'.repeat(500),
  ])('takes any words for words: %j', async (query) => {
    expect(await search(query)).toBeInstanceOf(Array)
  })
})

describe('U13: reports', () => {
  const report = (body: unknown, headers = {}) =>
    send('/reports', { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), headers })

  it('are summed up in the figures', async () => {
    const before = (await stats()).reported
    const response = await report({ fromPeers: 900, fromOrigin: 80, fromDisk: 7, more: 'ignored' })
    expect(response.status).toBe(204)
    await report({ fromPeers: 100, fromOrigin: 20, fromDisk: 3 })
    expect((await stats()).reported).toEqual({
      bytesFromPeers: before.bytesFromPeers + 1000,
      bytesFromOrigin: before.bytesFromOrigin + 100,
      bytesFromDisk: before.bytesFromDisk + 10,
      reports: before.reports + 2,
    })
    const metrics = await (await send('/metrics')).text()
    expect(metrics).toContain(`edgeswarm_reported_bytes_total{from="peers"} ${before.bytesFromPeers + 1000}\n`)
  })

  it('that claim too much, or nothing that can be read, are refused', async () => {
    const right = { fromPeers: 1, fromOrigin: 1, fromDisk: 1 }
    const wrong = [
      '',
      '[]',
      '{}',
      { ...right, fromPeers: -1 },
      { ...right, fromDisk: 2 ** 36 + 1 },
      { ...right, fromOrigin: '1' },
    ]
    for (const body of wrong) expect((await report(body)).status).toBe(400)
    expect((await report({ ...right, more: 'x'.repeat(1024) })).status).toBe(413)
  })

  it('of one address are taken at a rate, and sums stay numbers', async () => {
    const headers = { 'cf-connecting-ip': newAddress() }
    const statuses = new Set<number>()
    for (let count = 0; count < 200; count++) {
      const { status } = await report({ fromPeers: 2 ** 36, fromOrigin: 0, fromDisk: 0 }, headers)
      statuses.add(status)
    }
    expect([...statuses]).toEqual([204, 429])
    await runInDurableObject(catalog(), (_, { storage }) => {
      storage.sql.exec('UPDATE reported SET peers = ?', Number.MAX_SAFE_INTEGER - 1)
    })
    await report({ fromPeers: 2 ** 36, fromOrigin: 0, fromDisk: 0 })
    expect((await stats()).reported.bytesFromPeers).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('U16: quotas', () => {
  it('a publisher has 64 channels; what has expired makes room', async () => {
    const signer = await newSigner()
    for (let number = 0; number < 64; number++) {
      expect((await publish(signer, { channel: `c${number}`, isPublic: false })).status).toBe(201)
    }
    expect(await told(await publish(signer, { channel: 'one-more' }))).toEqual([507, matching('64 channels')])
    expect((await publish(signer, { channel: 'c5', number: 2 })).status).toBe(201)
    await runInDurableObject(catalog(), (_, { storage }) => {
      storage.sql.exec("UPDATE channels SET expires = 1 WHERE publisher = ? AND channel = 'c7'", signer.key)
    })
    expect((await publish(signer, { channel: 'one-more' })).status).toBe(201)
    expect((await send(`/releases/${signer.key}/c7`)).status).toBe(404)
    expect((await send(`/releases/${signer.key}/c7/1`)).status).toBe(404)
  })

  it('a channel has a history of 100, and all hand-overs', async () => {
    const [first, second] = [await newSigner(), await newSigner()]
    await publish(first, { number: 1 })
    await publish(first, { number: 2, successor: second.key })
    const path = feedPath(currentRelease(first))
    for (let number = 3; number <= 104; number++) {
      await putFeed(path, [await seal(second, currentRelease(first, { key: second.key, number }))])
    }
    const { releases } = await (await send(`${path}/history`)).json<{ releases: { number: number }[] }>()
    const numbers = releases.map(({ number }) => number)
    expect([numbers.length, numbers[0], ...numbers.slice(-2)]).toEqual([101, 104, 5, 2])
    expect(decodeFeed(await (await send(path)).text())?.releases).toHaveLength(2)
  })

  it('metadata has 1 GiB; what has expired makes room', async () => {
    const bytes = metadataBytes({ quota: 1 })
    const sha256 = await sha256Of(bytes)
    await publish(await newSigner(), { metadata: { sha256, length: bytes.length, urls: [] } })
    const old = await newSigner()
    const name = 'ef'.repeat(32)
    await publish(old, { metadata: { sha256: name, length: 5, urls: [] } })
    const put = () => send(`/metadata/${sha256}`, { method: 'PUT', body: bytes })
    await runInDurableObject(catalog(), (_, { storage }) => {
      storage.sql.exec('INSERT INTO metadata VALUES (?, ?, ?)', name, 1_073_741_824, '')
    })
    expect(await told(await put())).toEqual([507, matching('all the metadata')])
    await runInDurableObject(catalog(), (_, { storage }) => {
      storage.sql.exec('UPDATE channels SET expires = 1 WHERE publisher = ?', old.key)
    })
    expect((await put()).status).toBe(201)
  })

  it('an address may change so much and no more', async () => {
    const signer = await newSigner()
    const release = currentRelease(signer)
    const body = JSON.stringify({ releases: [await seal(signer, release)] })
    const headers = { 'cf-connecting-ip': newAddress() }
    const statuses = new Set<number>()
    for (let count = 0; count < 150; count++) {
      const response = await send(feedPath(release), { method: 'PUT', body, headers })
      statuses.add(response.status)
      if (response.status === 429) expect(response.headers.get('retry-after')).toBe('1')
    }
    expect([...statuses]).toEqual([201, 200, 429])
  })
})

const catalog = () => (env as unknown as Environment).CATALOG.getByName('catalog')
