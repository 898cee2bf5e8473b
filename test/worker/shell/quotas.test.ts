import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { decodeFeed } from '../../../protocol/content/sealed.ts'
import { metadataBytes } from '../../protocol/content/examples.ts'
import { stats } from './client.ts'
import {
  catalog,
  currentRelease,
  feedPath,
  matching,
  newAddress,
  newSigner,
  publish,
  putFeed,
  seal,
  send,
  sha256Of,
  told,
} from './publisher.ts'

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
