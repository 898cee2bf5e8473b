import { once } from 'node:events'
import { Client } from 'bittorrent-tracker'
import { afterEach, describe, expect, it } from 'vitest'
import { startTracker, type Tracker } from '../support/tracker.ts'

// Bytes of ASCII: this client reads the keys of an HTTP scrape as UTF-8, and gets others wrong from any tracker.
const INFO_HASH = '64'.repeat(20)
const OTHER = '65'.repeat(20)
const clients: Client[] = []

afterEach(async () => {
  await Promise.all(
    clients.splice(0).map(
      (client) =>
        new Promise<void>((resolve) => {
          client.destroy(resolve)
        }),
    ),
  )
})

function connect(announce: string, port: number, infoHash = INFO_HASH): Client {
  const peerId = Buffer.from(`-ES0001-${String(port).padStart(12, '0')}`).toString('hex')
  const client = new Client({ infoHash, peerId, port, announce: [announce], rtcConfig: { iceServers: [] } })
  client.on('error', () => undefined)
  clients.push(client)
  return client
}

interface Update {
  readonly complete: number
  readonly incomplete: number
}

async function updateOf(client: Client, act: () => void): Promise<Update> {
  const update = once(client, 'update')
  act()
  const [{ complete, incomplete }] = (await update) as [Update]
  return { complete, incomplete }
}

describe.each([
  ['WebSocket', (tracker: Tracker) => `${tracker.ws}/announce`],
  ['HTTP', (tracker: Tracker) => `${tracker.http}/announce`],
])("bittorrent-tracker's client over %s", (_, announceOf) => {
  it('A1, A2, A3, H8: starts, completes, stops, and is counted', async () => {
    await using tracker = await startTracker()
    const seed = connect(announceOf(tracker), 6881)
    const leech = connect(announceOf(tracker), 6882)

    expect(
      await updateOf(seed, () => {
        seed.start({ left: 0, numwant: 0 })
      }),
    ).toEqual({ complete: 1, incomplete: 0 })
    expect(
      await updateOf(leech, () => {
        leech.start({ left: 9, numwant: 0 })
      }),
    ).toEqual({ complete: 1, incomplete: 1 })
    expect(
      await updateOf(leech, () => {
        leech.complete({ left: 0, numwant: 0 })
      }),
    ).toEqual({ complete: 2, incomplete: 0 })
    expect(
      await updateOf(seed, () => {
        seed.stop({ numwant: 0 })
      }),
    ).toEqual({ complete: 1, incomplete: 0 })
  })

  it('C1, H11: scrapes one swarm and many', async () => {
    await using tracker = await startTracker()
    const seed = connect(announceOf(tracker), 6881)
    await updateOf(seed, () => {
      seed.start({ left: 0, numwant: 0 })
    })

    const scrape = once(seed, 'scrape')
    seed.scrape()
    expect(await scrape).toMatchObject([{ infoHash: INFO_HASH, complete: 1, incomplete: 0, downloaded: 0 }])

    const scraped: unknown[] = []
    const both = new Promise<void>((resolve) => {
      seed.on('scrape', (one) => {
        if (scraped.push(one) === 2) resolve()
      })
    })
    seed.scrape({ infoHash: [INFO_HASH, OTHER] })
    await both
    expect(scraped).toMatchObject([
      { infoHash: INFO_HASH, complete: 1 },
      { infoHash: OTHER, complete: 0, incomplete: 0, downloaded: 0 },
    ])
  })

  it('F1: a failure is a warning, and the client goes on', async () => {
    await using tracker = await startTracker({ DENY_LIST: INFO_HASH })
    const client = connect(announceOf(tracker), 6881)
    const warning = once(client, 'warning')
    client.start({ left: 0, numwant: 0 })

    expect((await warning)[0]).toMatchObject({ message: 'this tracker does not serve this info hash' })
  })
})

it('H5: HTTP peers are told of each other', async () => {
  await using tracker = await startTracker()
  const one = connect(`${tracker.http}/announce`, 6881)
  const other = connect(`${tracker.http}/announce`, 6882)
  await updateOf(one, () => {
    one.start({ left: 0 })
  })
  const peer = once(other, 'peer')
  other.start({ left: 9 })
  expect(await peer).toEqual(['127.0.0.1:6881'])
})

it('P6: HTTP peers survive an eviction', async () => {
  await using tracker = await startTracker()
  const one = connect(`${tracker.http}/announce`, 6881)
  await updateOf(one, () => {
    one.start({ left: 0 })
  })
  await tracker.evict()
  const other = connect(`${tracker.http}/announce`, 6882)
  expect(
    await updateOf(other, () => {
      other.start({ left: 9 })
    }),
  ).toEqual({ complete: 1, incomplete: 1 })
})
