import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { encodeRelease, type Release } from '../../../protocol/content/release.ts'
import { decodeFeed, encodeFeed } from '../../../protocol/content/sealed.ts'
import { DroppedStorage } from '../../../worker/shell/catalog/dropped.ts'
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
  type Signer,
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

  it('a channel keeps as much of its history as is worth it', async () => {
    const signer = await newSigner()
    const webSeeds = Array.from({ length: 16 }, (_, index) => `https://${index}.example/${'x'.repeat(2000)}/`)
    for (let number = 1; number <= 10; number++) await publish(signer, { number, webSeeds })
    const { releases } = await (await send(`/releases/${signer.key}/stable/history`)).json<{ releases: unknown[] }>()
    expect(releases).toHaveLength(Math.floor(131_072 / encodeRelease(currentRelease(signer, { webSeeds })).length))
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

describe('U18: a full catalogue', () => {
  const sql = (query: string, ...bindings: unknown[]) =>
    runInDurableObject(catalog(), (_, { storage }) => storage.sql.exec(query, ...bindings).toArray())

  /** Fills it up to the last place with channels of strangers, each of the network that the expression says of `n`. */
  const fill = async (network: string) => {
    await sql("DELETE FROM channels WHERE publisher LIKE 'stranger%'")
    await sql(
      `INSERT INTO channels (publisher, channel, number, digest, next_key, published, expires, is_public, network, renewed)
       WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
       SELECT 'stranger' || n, 'stable', 1, '', '', 1, ?1, 0, ${network}, ?2 + n FROM numbers
       LIMIT 10000 - (SELECT COUNT(*) FROM channels)`,
      Number.MAX_SAFE_INTEGER,
      Date.now() - 20_000,
    )
  }
  const strangers = async () => (await sql("SELECT publisher FROM channels WHERE publisher LIKE 'stranger%'")).length
  const has = async (publisher: string) => (await sql('SELECT 1 FROM channels WHERE publisher = ?', publisher)).length
  const publishFrom = async (address: string, signer: Signer, changes: Partial<Release> = {}) => {
    const release = currentRelease(signer, changes)
    const body = encodeFeed({ releases: [await seal(signer, release)] })
    return send(feedPath(release), { method: 'PUT', body, headers: { 'cf-connecting-ip': address } })
  }
  const STRANGER = "'20010db8ffff0001'"
  const store = (sha256: string, length: number) =>
    sql(`INSERT INTO metadata (sha256, length, paths, network) VALUES (?, ?, '', ${STRANGER})`, sha256, length)

  it('has the stranger who filled it make room for others, and not for more of its own', async () => {
    const early = await newSigner()
    await publish(early)
    await fill(STRANGER)
    const before = await strangers()
    for (const count of [1, 2, 3]) {
      expect((await publish(await newSigner())).status).toBe(201)
      expect(await strangers()).toBe(before - count)
    }
    expect([await has('stranger1'), await has('stranger3'), await has('stranger4'), await has(early.key)]).toEqual([
      0, 0, 1, 1,
    ])
    const refused = await publishFrom('2001:db8:ffff:2::1', await newSigner())
    expect(refused.headers.get('retry-after')).toBeNull()
    // Its neighbour has a network of its own there, and gets a place.
    expect(refused.status).toBe(201)
    const more = await publishFrom('2001:db8:ffff:1::1', await newSigner())
    expect(await told(more)).toEqual([507, matching('no network has more of them than yours')])
    // Whoever is in may go on.
    expect((await publishFrom('2001:db8:ffff:1::2', early, { number: 2 })).status).toBe(201)
  })

  it('takes the room of what has expired before it takes any other', async () => {
    await fill(STRANGER)
    await sql("UPDATE channels SET expires = 1 WHERE publisher = 'stranger70'")
    const before = await strangers()
    expect((await publish(await newSigner())).status).toBe(201)
    expect([await strangers(), await has('stranger70'), await has('stranger1')]).toEqual([before - 1, 0, 1])
  })

  it('keeps what is good if it is of as many networks, and says when one may be dropped', async () => {
    // None of the tests' own is of one network with another.
    await fill("'?' || n")
    await sql("UPDATE channels SET network = '!' || id WHERE publisher NOT LIKE 'stranger%'")
    const late = await publish(await newSigner())
    const wait = Number(late.headers.get('retry-after'))
    expect(await told(late)).toEqual([507, matching('in use')])
    expect(wait).toBeGreaterThan(181 * 86_400)
    expect(wait).toBeLessThanOrEqual(182 * 86_400)
    await sql("UPDATE channels SET renewed = ? WHERE publisher = 'stranger50'", Date.now() - 183 * 86_400_000)
    expect((await publish(await newSigner())).status).toBe(201)
    expect([await has('stranger50'), await has('stranger1')]).toEqual([0, 1])
    await sql("DELETE FROM channels WHERE publisher LIKE 'stranger%'")
  })

  it('refuses what is older than a channel that made room, and takes its newest release again', async () => {
    const [victim, address] = [await newSigner(), newAddress()]
    const [one, two, three] = [1, 2, 3].map((number) => currentRelease(victim, { number }))
    for (const release of [one, two, { channel: 'other' }]) {
      expect((await publishFrom(address, victim, release)).status).toBe(201)
    }
    await fill("'!' || n")
    await sql("UPDATE channels SET network = '?' || id WHERE publisher <> ?", victim.key)
    await sql("UPDATE channels SET renewed = 1 WHERE publisher = ? AND channel = 'stable'", victim.key)
    expect((await publish(await newSigner())).status).toBe(201)
    expect(await sql('SELECT channel FROM channels WHERE publisher = ?', victim.key)).toEqual([{ channel: 'other' }])
    await sql("DELETE FROM channels WHERE publisher LIKE 'stranger%'")
    const networkOf = (channel: string) =>
      sql('SELECT network FROM channels WHERE publisher = ? AND channel = ?', victim.key, channel)
    const [own] = await networkOf('other')
    const old = await publishFrom('203.0.113.5', victim, one)
    expect(await told(old)).toEqual([409, matching('older than 2')])
    const fork = await publishFrom('203.0.113.5', victim, { ...two, version: 'other' })
    expect(await told(fork)).toEqual([409, matching('two releases 2')])
    expect((await publishFrom('203.0.113.5', victim, two)).status).toBe(201)
    expect(await networkOf('stable')).toEqual([{ network: 'cb007105' }])
    // Only the publisher has news of it.
    expect((await publishFrom(address, victim, three)).status).toBe(201)
    expect(await networkOf('stable')).toEqual([own])
  })

  it('remembers as many channels that made room as it holds', async () => {
    await runInDurableObject(catalog(), (_, { storage }) => {
      const dropped = new DroppedStorage(storage.sql, 2)
      storage.sql.exec('DELETE FROM dropped')
      const ids = ['a', 'b', 'c', 'a'].map((channel) => {
        const query = `INSERT INTO channels (publisher, channel, number, digest, next_key, published, expires, is_public)
          VALUES ('remembered', ?, 7, 'digest', 'key', 1, 1, 0) ON CONFLICT DO UPDATE SET number = 8 RETURNING id`
        const { id } = storage.sql.exec<{ id: number }>(query, channel).one()
        dropped.remember(id)
        return id
      })
      expect(new Set(ids).size).toBe(3)
      expect(['a', 'b', 'c'].map((channel) => dropped.find('remembered', channel))).toEqual([
        { number: 8, digest: 'digest', key: 'key' },
        null,
        { number: 7, digest: 'digest', key: 'key' },
      ])
      storage.sql.exec("DELETE FROM channels WHERE publisher = 'remembered'")
      storage.sql.exec('DELETE FROM dropped')
    })
  })

  it('of 1 GiB of metadata has who stored most of it make room', async () => {
    const bytes = metadataBytes({ quota: 1 })
    const sha256 = await sha256Of(bytes)
    const put = (address: string) =>
      send(`/metadata/${sha256}`, { method: 'PUT', body: bytes, headers: { 'cf-connecting-ip': address } })
    await publish(await newSigner(), { metadata: { sha256, length: bytes.length, urls: [] } })
    const names = ['ef', 'fe'].map((pair) => pair.repeat(32))
    for (const name of names) {
      await publish(await newSigner(), { metadata: { sha256: name, length: 5, urls: [] } })
      await store(name, 536_870_912 - names.indexOf(name))
    }
    expect(await told(await put('2001:db8:ffff:1::1'))).toEqual([507, matching('all the metadata')])
    expect((await put('192.0.2.77')).status).toBe(201)
    const heads = [...names, sha256].map((name) => send(`/metadata/${name}`, { method: 'HEAD' }))
    const left = (await Promise.all(heads)).map(({ status }) => status)
    expect(left).toEqual([404, 200, 200])
  })

  it('of 1 GiB of metadata drops what has expired first', async () => {
    const bytes = metadataBytes({ quota: 2 })
    const sha256 = await sha256Of(bytes)
    await publish(await newSigner(), { metadata: { sha256, length: bytes.length, urls: [] } })
    const old = await newSigner()
    const name = 'ee'.repeat(32)
    await publish(old, { metadata: { sha256: name, length: 5, urls: [] } })
    await store(name, 5)
    await sql(
      'UPDATE metadata SET length = length + 536870912 WHERE network = ? AND sha256 <> ?',
      STRANGER.slice(1, -1),
      name,
    )
    await sql('UPDATE channels SET expires = 1 WHERE publisher = ?', old.key)
    expect((await send(`/metadata/${sha256}`, { method: 'PUT', body: bytes })).status).toBe(201)
    expect(await sql('SELECT 1 FROM metadata WHERE sha256 = ?', name)).toEqual([])
  })
})
