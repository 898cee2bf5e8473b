import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Tracker } from '../../support/tracker.ts'
import { barNewConnections } from './connections.ts'
import { localTracker, Peers, type TestMesh } from './swarms.ts'

vi.mock(import('node-datachannel'), async (original) => (await import('./connections.ts')).watched(await original()))

let tracker: Tracker
beforeAll(async () => {
  tracker = await localTracker()
})
afterAll(() => tracker[Symbol.asyncDispose]())

/** More than a full mesh has. */
const PEERS = 16

/** Peers of which not all are linked to each other. */
async function partialMesh(peers: Peers): Promise<[TestMesh, TestMesh]> {
  const meshes: TestMesh[] = []
  for (let index = 0; index < PEERS; index++) meshes.push(await peers.join('relayed'))
  await vi.waitFor(
    () => {
      for (const mesh of meshes) expect(mesh.presence).toEqual({ count: PEERS, isExact: true })
    },
    { timeout: 20_000 },
  )
  const pair = meshes.flatMap((one) =>
    meshes.filter(({ id }) => one.peers.get(id)?.isLinked === false).map((other) => [one, other] as const),
  )
  const [one, other] = pair.find(([one, other]) => other.peers.get(one.id)?.isLinked === false) ?? []
  if (!one || !other) throw new Error('All are linked.')
  return [one, other]
}

describe('a peer that no direct connection can be made to', () => {
  it('O10: is reached over others, and nobody in between can read it', { timeout: 90_000 }, async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await partialMesh(peers)
    other.serve(async (request) => new Response((await request.text()).toUpperCase()))
    using bar = barNewConnections()
    const body = 'through others '.repeat(20_000)
    const response = await one.fetch(other.id, '/', { method: 'POST', body })
    expect(await response.text()).toBe(body.toUpperCase())
    expect(bar.count).toBeGreaterThan(0)
  })
})
