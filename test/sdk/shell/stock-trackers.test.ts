import { Server } from 'bittorrent-tracker'
import { describe, expect, it, vi } from 'vitest'
import { connectionCount } from './connections.ts'
import { Peers, peersOf, take, type TestMesh } from './swarms.ts'

vi.mock(import('node-datachannel'), async (original) => (await import('./connections.ts')).watched(await original()))

/** bittorrent-tracker's own server, which knows no rendezvous. */
async function startStockTracker(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = new Server({ http: false, udp: false, ws: true, stats: false })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `ws://127.0.0.1:${server.http.address().port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      }),
  }
}

describe('bittorrent-tracker’s server', () => {
  it('brings peers together by stock offers, each pair by exactly one link', async () => {
    await using tracker = await startStockTracker()
    await using peers = new Peers(tracker.url)
    const meshes = await Promise.all(Array.from({ length: 5 }, () => peers.join('stock')))
    await Promise.all(meshes.map((mesh) => peersOf(mesh, 4)))
    const [one, ...others] = meshes
    const heard = Promise.all(others.map((mesh) => take(mesh.topic('t').messages(), 1)))
    await one?.topic('t').publish('hello')
    for (const messages of await heard) expect(messages).toMatchObject([{ from: one?.id, data: 'hello' }])
    // They may know of each other before their link is open.
    const isLinked = (mesh: TestMesh) => [...mesh.peers.values()].every((peer) => peer.isLinked)
    while (!meshes.every(isLinked)) await new Promise((resolve) => setImmediate(resolve))
    // Ten pairs, and both ends of each are here. Offers that crossed made more of them, which are on their way out.
    while (connectionCount() > 20) await new Promise((resolve) => setImmediate(resolve))
    expect(connectionCount()).toBe(20)
  })

  it('carries several swarms over one socket', async () => {
    await using tracker = await startStockTracker()
    await using peers = new Peers(tracker.url)
    const [one, other] = await peers.linked(2, 'first')
    const [third, fourth] = await peers.linked(2, 'second')
    for (const mesh of [one, other, third, fourth]) expect(mesh?.peers.size).toBe(1)
  })
})
