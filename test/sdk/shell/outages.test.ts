import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../scripts/free-port.ts'
import { breakConnections, connectionCount } from './connections.ts'
import { localTracker, next, Peers, peersOf, take, type TestMesh } from './swarms.ts'

vi.mock(import('node-datachannel'), async (original) => (await import('./connections.ts')).watched(await original()))

describe('L15: a connection that breaks', () => {
  it('is replaced through the tracker under the same streams: not a byte is lost, and nobody leaves', async () => {
    await using tracker = await localTracker()
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'replaced')
    if (!one || !other) throw new Error('nobody')
    const left: unknown[] = []
    for (const mesh of [one, other]) mesh.on('leave', (peer) => left.push(peer))
    const chunks = Array.from({ length: 400 }, (_, index) => Buffer.alloc(65_536, `${index} `))
    const sent = createHash('sha256').update(Buffer.concat(chunks)).digest('hex')
    let index = 0
    one.serve(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              const chunk = chunks[index++]
              if (chunk) controller.enqueue(chunk)
              else controller.close()
            },
          }),
        ),
    )
    const response = await other.fetch(one.id, '/')
    const hash = createHash('sha256')
    let parts = 0
    let broken = 0
    for await (const part of response.body ?? []) {
      hash.update(part)
      if (++parts % 100 === 50) broken += breakConnections()
    }
    expect(hash.digest('hex')).toBe(sent)
    expect(broken).toBeGreaterThanOrEqual(4)
    expect(left).toEqual([])
  })

  it('is replaced through a third peer when the tracker is gone', async () => {
    const tracker = await localTracker()
    await using peers = new Peers(tracker.http)
    const meshes = await peers.linked(3, 'third')
    await tracker[Symbol.asyncDispose]()
    const [one, other, third] = meshes
    if (!one || !other || !third) throw new Error('nobody')
    const left: unknown[] = []
    for (const mesh of meshes) mesh.on('leave', (peer) => left.push(peer))
    const heard = take(other.topic<number>('n').messages(), 100)
    for (let index = 0; index < 100; index++) {
      await one.topic<number>('n').publish(index)
      // One of the three links at a time: the other two are the way to mend it.
      if (index === 40) {
        expect(connectionCount()).toBe(6)
        breakConnections(1)
      }
    }
    expect((await heard).map(({ data }) => data)).toEqual(Array.from({ length: 100 }, (_, index) => index))
    expect(left).toEqual([])
  })
})

/** Settles once a tracker has answered the mesh: the first tries may come before it is up. */
const heardOfTracker = async (mesh: TestMesh): Promise<void> => {
  for (;;) if ((await next(mesh, 'tracker')).problem === null) return
}

describe('a tracker that is gone', () => {
  it('keeps nobody who is inside from finding and reaching a third', async () => {
    const [first, second] = [await localTracker(), await localTracker()]
    await using insiders = new Peers(first.http)
    const one = await insiders.join('inside')
    const middle = await insiders.join('inside', { tracker: [first.http, second.http] })
    await peersOf(one, 1)
    await first[Symbol.asyncDispose]()
    // The newcomer meets the middle at another tracker, and hears there of the one that no tracker knows any more.
    await using newcomers = new Peers(second.http)
    const third = await newcomers.join('inside')
    await Promise.all([peersOf(one, 2), peersOf(third, 2)])
    await second[Symbol.asyncDispose]()
    const heard = take(third.topic('t').messages(), 1)
    await one.topic('t').publish('found you')
    expect(await heard).toMatchObject([{ from: one.id, data: 'found you' }])
    expect(middle.peers.size).toBe(2)
  })

  it('comes back, and newcomers meet those who were there before', async () => {
    const port = await freePort()
    const before = await localTracker(port)
    await using peers = new Peers(`http://127.0.0.1:${port}`)
    const meshes = await peers.linked(2, 'back')
    const gone = Promise.all(meshes.map((mesh) => next(mesh, 'tracker')))
    await before[Symbol.asyncDispose]()
    for (const { problem } of await gone) expect(problem).not.toBeNull()
    const back = Promise.all(meshes.map(heardOfTracker))
    await using after = await localTracker(port)
    await back
    const newcomer = await peers.join('back')
    await peersOf(newcomer, 2)
    expect((await after.stats()).peers).toBe(3)
  })
})
