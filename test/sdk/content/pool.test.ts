import { afterEach, expect, it, vi } from 'vitest'
import { newBits } from '../../../sdk/content/core/bits.ts'
import { BLOCK, layoutOf } from '../../../sdk/content/core/layout.ts'
import { newMeshWire, pump, shakeHands } from '../../../sdk/content/channel/mesh-wire.ts'
import { WirePool } from '../../../sdk/content/channel/pool.ts'
import { Exchange } from '../../../sdk/content/exchange/exchange.ts'
import { Throttle } from '../../../sdk/content/exchange/throttle.ts'
import type { Mesh } from '../../../sdk/mesh/mesh.ts'

const INFO_HASH = 'ab'.repeat(20)
const PIECES = 4
/** Of two the one whose letter comes first has the lower id. */
const LOW = 'a0'.repeat(20)
const HIGH = 'b0'.repeat(20)

const cleanUp: (() => void)[] = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const close of cleanUp.splice(0)) close()
})

/** A pool whose mesh notes whom it was to ask. */
class TestPool {
  readonly id: string
  readonly banned = new Set<string>()
  readonly dialled: string[] = []
  readonly exchange: Exchange
  readonly pool: WirePool
  readonly opened: [source: number, peer: string][] = []
  answer: (peer: string, body: ReadableStream<Uint8Array>) => Promise<Response> = () => new Promise(() => undefined)

  constructor(id: string) {
    this.id = id
    const nothing = () => undefined
    this.exchange = new Exchange(
      {
        layout: layoutOf(BLOCK, [PIECES * BLOCK]),
        held: newBits(PIECES),
        read: () => Promise.reject(new Error('There is nothing.')),
        accept: () => Promise.resolve(false),
      },
      new Throttle(Infinity),
      {
        piece: nothing,
        done: nothing,
        failed: nothing,
        received: nothing,
        sent: nothing,
        banned: nothing,
        doubted: nothing,
        closed: nothing,
      },
    )
    const fetch = (peer: string, _path: string, { body }: { readonly body: ReadableStream<Uint8Array> }) => {
      this.dialled.push(peer)
      return this.answer(peer, body)
    }
    const mesh = { id, fetch, presence: { count: 1 }, peers: new Map() } as unknown as Mesh
    this.pool = new WirePool(mesh, INFO_HASH, this.exchange, this.banned, (source, peer) => {
      this.opened.push([source, peer])
    })
    cleanUp.push(() => {
      this.pool.close()
      this.exchange.close()
    })
  }

  /** A peer opens a wire, and shakes hands. */
  async take(peer: string): Promise<Response> {
    const { wire, stream } = newMeshWire()
    cleanUp.push(() => {
      wire.destroy()
    })
    const response = this.pool.receive(peer, stream)
    if (!response.ok || !response.body) return response
    void pump(response.body, wire, PIECES)
    await shakeHands(wire, INFO_HASH, '22'.repeat(20))
    await vi.waitFor(() => {
      expect(this.opened.map(([, id]) => id)).toContain(peer)
    })
    return response
  }
}

const others = (...ids: string[]) => ids.map((id) => ({ id, isDone: false }))

it('a banned peer is neither asked nor let in', async () => {
  const here = new TestPool(LOW)
  here.banned.add('b1')
  here.pool.fill(others('b1', 'b2'), 0)
  expect(here.dialled).toEqual(['b2'])
  expect((await here.take('b1')).status).toBe(403)
  expect(here.pool.size).toBe(0)
})

it('the wire of a peer that another transfer has banned is closed', async () => {
  const here = new TestPool(HIGH)
  await here.take('b')
  expect(here.pool.size).toBe(1)
  here.banned.add('b')
  here.pool.fill(others('b'), 0)
  await vi.waitFor(() => {
    expect(here.pool.size).toBe(0)
  })
})

/** Two that reach each other; what one asks comes to the other a little later. */
function pair(): readonly [TestPool, TestPool] {
  const [low, high] = [new TestPool(LOW), new TestPool(HIGH)]
  low.answer = (_peer, body) => Promise.resolve().then(() => high.pool.receive(LOW, body))
  high.answer = (_peer, body) => Promise.resolve().then(() => low.pool.receive(HIGH, body))
  return [low, high]
}

it('when both open a wire one stays', async () => {
  const [low, high] = pair()
  // The other has lost its patience and has one already.
  high.pool.fill(others(LOW), 0)
  high.pool.fill(others(LOW), 3001)
  await vi.waitFor(() => {
    expect([low.opened.length, high.opened.length]).toEqual([1, 1])
  })
  // That of the lower id comes all the same, as if it had been on its way.
  const { wire, stream } = newMeshWire()
  const response = high.pool.receive(LOW, stream)
  expect(response.status).toBe(200)
  if (!response.body) throw new Error('It answers nothing.')
  void pump(response.body, wire, PIECES)
  await shakeHands(wire, INFO_HASH, '11'.repeat(20))
  await vi.waitFor(() => {
    expect(high.opened.length).toBe(2)
  })
  expect([high.pool.size, wire.destroyed]).toEqual([1, false])
  wire.destroy()
})

it('when both are opening one at once that of the lower id stays', async () => {
  const [low, high] = pair()
  low.pool.fill(others(HIGH), 0)
  high.pool.fill(others(LOW), 0)
  high.pool.fill(others(LOW), 3001)
  await vi.waitFor(() => {
    expect([low.opened.length, high.opened.length]).toEqual([1, 1])
  })
  expect([low.pool.size, high.pool.size]).toEqual([1, 1])
})

it('with no place left one that is there for nothing makes room, and none that is of use', async () => {
  const here = new TestPool(HIGH)
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000)
  for (let index = 0; index < 40; index++) await here.take(`p${index}`)
  expect((await here.take('late')).status).toBe(503)
  clock.mockReturnValue(60_999)
  expect((await here.take('late')).status).toBe(503)
  clock.mockReturnValue(61_001)
  const [used] = here.opened
  vi.spyOn(here.exchange, 'usedAt').mockImplementation((source) => (source === used?.[0] ? 50_000 : 1000))
  expect((await here.take('late')).status).toBe(200)
  expect(here.pool.size).toBe(40)
  // Whoever was of use still has its place.
  expect((await here.take(used?.[1] ?? '')).status).toBe(409)
})
