import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Address } from '../../../protocol/address.ts'
import { decodeRelease } from '../../../protocol/content/release.ts'
import { decodeFeed, decodeSealed, MAX_FEED } from '../../../protocol/content/sealed.ts'
import { fromUtf8, toUtf8 } from '../../../protocol/content/text.ts'
import { readBody } from '../../../worker/shell/body.ts'
import { ChannelStorage } from '../../../worker/shell/catalog/channels.ts'
import type { Environment } from '../../../worker/shell/environment.ts'
import { DAY, keyOf, metadataBytes } from '../../protocol/content/examples.ts'
import {
  catalog,
  currentRelease,
  feedPath,
  matching,
  newSigner,
  publish,
  putFeed,
  seal,
  send,
  sha256Of,
  told,
} from './publisher.ts'

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

  it('reads of a channel no more than it serves, and nothing for who has it', async () => {
    const signer = await newSigner()
    const next = await newSigner()
    for (let number = 1; number <= 9; number++) await publish(signer, { number })
    await publish(signer, { number: 10, successor: next.key })
    const path = feedPath(currentRelease(signer))
    await putFeed(path, [await seal(next, currentRelease(signer, { key: next.key, number: 11 }))])
    const read = (ask: (channels: ChannelStorage) => unknown) =>
      runInDurableObject(catalog(), (_, { storage }) => {
        const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
        const exec = (query: string, ...bindings: unknown[]) => {
          const cursor = storage.sql.exec(query, ...bindings)
          cursors.push(cursor)
          return cursor
        }
        const channels = new ChannelStorage({ exec } as unknown as SqlStorage, 0)
        cursors.length = 0
        ask(channels)
        return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
      })
    const none = { id: 0, known: { number: 0, digest: '', key: '' } }
    const find = (channels: ChannelStorage) => channels.find(signer.key, 'stable') ?? none
    expect(await read(find)).toBe(1)
    expect(await read((channels) => channels.feedOf(find(channels)))).toBeLessThanOrEqual(5)
    expect(await read((channels) => channels.historyOf(find(channels)))).toBeLessThanOrEqual(1 + 2 * 11)

    const [feed, history] = [await send(path), await send(`${path}/history`)]
    const told = await history.text()
    // No text is read for a history, and no row at all for who has the newest.
    await runInDurableObject(catalog(), (_, { storage }) => {
      storage.sql.exec("UPDATE releases SET text = ''")
    })
    expect(await (await send(`${path}/history`)).text()).toBe(told)
    await runInDurableObject(catalog(), (_, { storage }) => {
      storage.sql.exec('DELETE FROM releases')
    })
    for (const response of [feed, history]) {
      const headers = { 'if-none-match': response.headers.get('etag') ?? '' }
      const again = await send(response === feed ? path : `${path}/history`, { headers })
      expect(again.status).toBe(304)
    }
  })

  it('serves what an older build stored', async () => {
    const old = (env as unknown as Environment).CATALOG.getByName('of an older build')
    const signer = await newSigner()
    const release = currentRelease(signer, { number: 3 })
    const sealed = await seal(signer, release)
    const digest = await sha256Of(sealed.release)
    await runInDurableObject(old, (_, { storage: { sql } }) => {
      sql.exec(`
        DROP TABLE channels; DROP TABLE releases; DROP TABLE metadata;
        CREATE TABLE channels (
          id INTEGER PRIMARY KEY, publisher TEXT NOT NULL, channel TEXT NOT NULL, number INTEGER NOT NULL,
          digest TEXT NOT NULL, next_key TEXT NOT NULL, published INTEGER NOT NULL, expires INTEGER NOT NULL,
          is_public INTEGER NOT NULL, UNIQUE (publisher, channel)
        );
        CREATE TABLE releases (
          channel_id INTEGER NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL,
          signature TEXT NOT NULL, hands_over INTEGER NOT NULL, metadata_sha256 TEXT NOT NULL,
          metadata_length INTEGER NOT NULL, keeps_metadata INTEGER NOT NULL, UNIQUE (channel_id, number)
        );
        CREATE TABLE metadata (sha256 TEXT PRIMARY KEY, length INTEGER NOT NULL, paths TEXT NOT NULL);
      `)
      const { published, expires, metadata } = release
      const { sha256 } = metadata
      sql.exec(
        'INSERT INTO channels VALUES (1, ?, ?, 3, ?, ?, ?, ?, 1)',
        ...[signer.key, release.channel, digest, signer.key, published, expires],
      )
      sql.exec(
        'INSERT INTO releases VALUES (1, 3, ?, ?, ?, 0, ?, 1000, 1)',
        ...[digest, sealed.release, sealed.signature, sha256],
      )
      sql.exec('INSERT INTO metadata VALUES (?, 1000, ?)', sha256, 'a/path')
    })
    await evictDurableObject(old)
    for (const time of ['first', 'second']) {
      const history = await old.history(signer.key, 'stable', null)
      expect([time, JSON.parse(history?.text ?? '')]).toEqual([
        time,
        { releases: [expect.objectContaining({ number: 3, version: '1.4.0', files: 3, digest })] },
      ])
    }
    expect(decodeFeed((await old.feed(signer.key, 'stable', null))?.text ?? '')).toEqual({ releases: [sealed] })
    expect(await old.metadataLength(release.metadata.sha256)).toBe(1000)
    const networks = await runInDurableObject(old, (_, { storage: { sql } }) =>
      sql.exec('SELECT network FROM channels UNION ALL SELECT network FROM metadata').toArray(),
    )
    expect(networks).toEqual([{ network: '?1' }, { network: `?${release.metadata.sha256}` }])
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

  it('keeps all of it while the catalogue is out of memory', async () => {
    const signer = await newSigner()
    await publish(signer, { number: 3 })
    await evictDurableObject(catalog())
    const path = feedPath(currentRelease(signer))
    expect(decodeFeed(await (await send(path)).text())?.releases).toHaveLength(1)
    expect((await publish(signer, { number: 2 })).status).toBe(409)
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

describe('a body', () => {
  it.each(['', 'many', '-5', '1e3', '0x10', '2.5', '3', '999'])(
    'of %j bytes by its header is counted',
    async (length) => {
      const request = (text: string) =>
        new Request('https://tracker.example', { method: 'PUT', body: text, headers: { 'content-length': length } })
      const short = await readBody(request('twelve bytes'), 12)
      expect(short && fromUtf8(short)).toBe(length === '999' ? null : 'twelve bytes')
      expect(await readBody(request('thirteen byte'), 12)).toBeNull()
    },
  )
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

  it('is taken if nothing says how long the body is', async () => {
    const bytes = metadataBytes(Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`part ${index}`, 1])))
    const { path } = await publishWith(bytes)
    const streamed = (length: number) =>
      new ReadableStream({
        start(controller) {
          for (let at = 0; at < length; at += 10_000) controller.enqueue(bytes.slice(at, Math.min(at + 10_000, length)))
          controller.close()
        },
      })
    expect((await send(path, { method: 'PUT', body: streamed(bytes.length - 1) })).status).toBe(400)
    expect((await send(path, { method: 'PUT', body: streamed(bytes.length) })).status).toBe(201)
    expect(await sha256Of(await (await send(path)).bytes())).toBe(path.slice('/metadata/'.length))
  })

  it('that was broken off is not served, and is taken when it comes again', async () => {
    const bytes = metadataBytes({ broken: 1, off: 2 })
    const { path } = await publishWith(bytes)
    const sha256 = path.slice('/metadata/'.length)
    await runInDurableObject(catalog(), (instance) => {
      expect(instance.reserveMetadata('\xc0\0\x02\x01' as Address, sha256, bytes.length)).toBeNull()
      instance.storeChunk(sha256, 0, bytes.slice(0, 5))
      expect(instance.completeMetadata(sha256, '')).toMatchObject({ status: 507, retryIn: 1 })
    })
    expect((await send(path)).status).toBe(404)
    expect((await put(path, bytes)).status).toBe(201)
    expect((await send(path)).status).toBe(200)
  })

  it('is as long as it is, whatever a stranger said of its length before', async () => {
    const bytes = metadataBytes({ spoken: 1, of: 2 })
    const sha256 = await sha256Of(bytes)
    await publish(await newSigner(), { metadata: { sha256, length: 1, urls: [] } })
    await publish(await newSigner(), { metadata: { sha256, length: bytes.length, urls: [] } })
    await publish(await newSigner(), { metadata: { sha256, length: bytes.length + 9, urls: [] } })
    expect((await put(`/metadata/${sha256}`, bytes)).status).toBe(201)
    expect((await (await send(`/metadata/${sha256}`)).bytes()).length).toBe(bytes.length)
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
