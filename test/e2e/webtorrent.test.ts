import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { startTracker } from '../support/tracker.ts'
import { infoHashOf, magnetOf, received, TestClient } from '../support/webtorrent.ts'

const MEGABYTE = 1024 * 1024

it('two webtorrent peers in Node move 20 MB', async () => {
  await using tracker = await startTracker()
  await using seeder = new TestClient()
  await using leecher = new TestClient()
  const bytes = randomBytes(20 * MEGABYTE)

  const { infoHash } = await seeder.seed(bytes, 'twenty.bin', `${tracker.ws}/announce`)
  const torrent = leecher.add(magnetOf(infoHash, `${tracker.ws}/announce/${infoHash}`))

  expect(Buffer.compare(await received(torrent), bytes)).toBe(0)
})

it('A8: two peers that start at the same moment meet', async () => {
  await using tracker = await startTracker()
  await using seeder = new TestClient()
  await using leecher = new TestClient()
  const bytes = randomBytes(MEGABYTE)
  // The info hash has to be known before the seeder starts, so another client makes it.
  const infoHash = await infoHashOf(bytes, 'both.bin')

  const seeding = seeder.seed(bytes, 'both.bin', `${tracker.ws}/announce`)
  const torrent = leecher.add(magnetOf(infoHash, `${tracker.ws}/announce/${infoHash}`))

  expect(Buffer.compare(await received(torrent), bytes)).toBe(0)
  await seeding
})

it('P6: a hub that is evicted in the middle of a swarm loses nobody', async () => {
  await using tracker = await startTracker()
  await using seeder = new TestClient()
  await using leecher = new TestClient()
  const bytes = randomBytes(MEGABYTE)
  const { infoHash } = await seeder.seed(bytes, 'evicted.bin', `${tracker.ws}/announce`)

  await tracker.evict()

  const torrent = leecher.add(magnetOf(infoHash, `${tracker.ws}/announce/${infoHash}`))
  expect(Buffer.compare(await received(torrent), bytes)).toBe(0)
  expect(await tracker.stats()).toMatchObject({ sockets: 2, websocketPeers: 2, swarms: 1, seeds: 2 })
})
