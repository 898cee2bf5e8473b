import { Hono } from 'hono'
import { hc } from 'hono/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  createIdentity,
  EdgeswarmError,
  join,
  type MeshRequestInit,
  type Progress,
  ValueError,
} from '../../../sdk/index.ts'
import type { Tracker } from '../../support/tracker.ts'
import { failureOf, localTracker, next, Peers, peersOf, take, type TestMesh } from './swarms.ts'

let tracker: Tracker
beforeAll(async () => {
  tracker = await localTracker()
})
afterAll(() => tracker[Symbol.asyncDispose]())

describe('joining', () => {
  it('links two peers, who see each other’s metadata and how far away they are', async () => {
    await using peers = new Peers(tracker.http)
    const one = await peers.join('meet', { metadata: { name: 'one' } })
    const joined = next(one, 'join')
    const other = await peers.join('meet', { metadata: { name: 'other' } })
    expect(await joined).toMatchObject({ id: other.id, metadata: { name: 'other' } })
    const [seen] = await peersOf(other, 1)
    expect(seen).toMatchObject({ id: one.id, metadata: { name: 'one' } })
    expect(one.id).toMatch(/^[0-9a-f]{40}$/)
  })

  it('L16: links eight at once, each to every other, by exactly one link', async () => {
    await using peers = new Peers(tracker.http)
    const meshes = await Promise.all(Array.from({ length: 8 }, () => peers.join('eight')))
    await Promise.all(meshes.map((mesh) => peersOf(mesh, 7)))
    for (const mesh of meshes) expect(mesh.peers.has(mesh.id)).toBe(false)
  })

  it('knows no one of another swarm', async () => {
    await using peers = new Peers(tracker.http)
    const [one] = await peers.linked(2, 'here')
    const other = await peers.join('there')
    expect(one?.peers.size).toBe(1)
    expect(other.peers.size).toBe(0)
  })

  it('shares one link between swarms, and keeps them apart', async () => {
    await using peers = new Peers(tracker.http)
    const [mine, theirs] = [await createIdentity(), await createIdentity()]
    const a1 = await peers.join('a', { identity: mine })
    const a2 = await peers.join('a', { identity: theirs })
    await peersOf(a1, 1)
    const before = await tracker.stats()
    const b1 = await peers.join('b', { identity: mine })
    const b2 = await peers.join('b', { identity: theirs })
    await Promise.all([peersOf(b1, 1), peersOf(b2, 1)])
    expect((await tracker.stats()).answers).toBe(before.answers)
    const heard = take(b2.topic('t').messages(), 1)
    const elsewhere: unknown[] = []
    a2.topic('t').subscribe((message) => elsewhere.push(message))
    await b1.topic('t').publish('only b')
    expect(await heard).toMatchObject([{ from: mine.id, data: 'only b' }])
    expect(elsewhere).toEqual([])
    await b1.leave()
    await peersOf(b2, 0)
    expect(a1.peers.size).toBe(1)
  })

  it('links again those who left a swarm while another one kept their link', async () => {
    await using peers = new Peers(tracker.http)
    const [mine, theirs] = [await createIdentity(), await createIdentity()]
    const keep = [await peers.join('keep', { identity: mine }), await peers.join('keep', { identity: theirs })]
    const first = await peers.join('again', { identity: mine })
    const other = await peers.join('again', { identity: theirs })
    await Promise.all([...keep, first, other].map((mesh) => peersOf(mesh, 1)))
    await first.leave()
    await peersOf(other, 0)
    const second = await peers.join('again', { identity: mine })
    await Promise.all([peersOf(second, 1), peersOf(other, 1)])
    const heard = take(other.topic('t').messages(), 1)
    await second.topic('t').publish('back')
    expect(await heard).toMatchObject([{ from: mine.id, data: 'back' }])
  })

  it('refuses a second time in one swarm, until it was left', async () => {
    const identity = await createIdentity()
    const options = { tracker: tracker.http, iceServers: [], identity }
    const mesh = await join('twice', options)
    expect(await failureOf(join('twice', options))).toMatchObject({ code: 'ERR_ARGUMENT' })
    await mesh.leave()
    await (await join('twice', options)).leave()
  })

  it.each([
    ['no name', '', { tracker: 'http://127.0.0.1:1' }, 'ERR_ARGUMENT'],
    ['no tracker', 'x', {}, 'ERR_ARGUMENT'],
    ['a tracker that is no address', 'x', { tracker: 'tracker.example.com' }, 'ERR_ARGUMENT'],
    ['an empty list of trackers', 'x', { tracker: [] }, 'ERR_ARGUMENT'],
    ['an empty password', 'x', { tracker: 'http://127.0.0.1:1', password: '' }, 'ERR_ARGUMENT'],
    ['large metadata', 'x', { tracker: 'http://127.0.0.1:1', metadata: 'x'.repeat(5000) }, 'ERR_TOO_LARGE'],
    ['a tracker that is not there', 'x', { tracker: 'http://127.0.0.1:1' }, 'ERR_TRACKER'],
  ])('fails with a sentence: %s', async (_, name, options, code) => {
    const error = await failureOf(join(name, options as never))
    expect(error).toBeInstanceOf(EdgeswarmError)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(/\.$/)
  })

  it('ends with the reason of the signal', async () => {
    const reason = new Error('changed my mind')
    expect(await failureOf(join('x', { tracker: tracker.http, signal: AbortSignal.abort(reason) }))).toBe(reason)
    const aborting = new AbortController()
    const joining = failureOf(join('x', { tracker: tracker.http, iceServers: [], signal: aborting.signal }))
    aborting.abort(reason)
    expect(await joining).toBe(reason)
  })

  it('goes on with one of several trackers', async () => {
    await using peers = new Peers([tracker.http, 'http://127.0.0.1:1'])
    const [one] = await peers.linked(2, 'several')
    expect(one?.peers.size).toBe(1)
  })
})

describe('presence', () => {
  it('E5: who leaves is gone at once, and other metadata is told', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'presence')
    if (!one || !other) throw new Error('nobody')
    const changed = next(one, 'metadata')
    other.setMetadata({ name: 'renamed' })
    expect((await changed).metadata).toEqual({ name: 'renamed' })
    const left = next(one, 'leave')
    await other.leave()
    expect((await left).id).toBe(other.id)
    expect(one.peers.size).toBe(0)
  })

  it('a mesh that was left refuses whatever is asked of it, and its readers end', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'left')
    if (!one || !other) throw new Error('nobody')
    const reading = take(one.topic('t'), 1)
    await one.leave()
    expect(await reading).toEqual([])
    expect(await failureOf(one.topic('t').publish(1))).toMatchObject({ code: 'ERR_CLOSED' })
    expect(await failureOf(one.fetch(other.id, '/'))).toMatchObject({ code: 'ERR_CLOSED' })
    expect(() => {
      one.setMetadata({ name: 'x' })
    }).toThrow(EdgeswarmError)
    await one.leave()
  })
})

describe('topics', () => {
  it('D2, D7: bring every message to everyone, in the order of its author', async () => {
    await using peers = new Peers(tracker.http)
    const meshes = await peers.linked(4, 'topics')
    const reading = meshes.map((mesh) => take(mesh.topic<number>('n').messages(), 300))
    await Promise.all(
      meshes.map(async (mesh, author) => {
        for (let index = 0; index < 100; index++) await mesh.topic<number>('n').publish(author * 1000 + index)
      }),
    )
    for (const [reader, messages] of (await Promise.all(reading)).entries()) {
      for (const [author, mesh] of meshes.entries()) {
        const from = messages.filter((message) => message.from === mesh.id).map(({ data }) => data)
        const expected = author === reader ? [] : Array.from({ length: 100 }, (_, index) => author * 1000 + index)
        expect(from).toEqual(expected)
      }
    }
  })

  it('carry what structuredClone does, and refuse what can not be sent', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'values')
    if (!one || !other) throw new Error('nobody')
    const value = {
      at: new Date(5),
      map: new Map([['k', new Set([1n])]]),
      bytes: new Float32Array([1.5]),
      none: undefined,
    }
    const heard = take(other.topic('v').messages(), 1)
    await one.topic('v').publish(value)
    expect(await heard).toMatchObject([{ from: one.id, data: value }])
    expect(await failureOf(one.topic('v').publish(() => 1))).toBeInstanceOf(ValueError)
    const large = new Uint8Array(1_100_000)
    expect(await failureOf(one.topic('v').publish(large))).toMatchObject({
      code: 'ERR_TOO_LARGE',
    })
  })

  it('a reader that is slow loses nothing, and holds its authors up only when much waits', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'slow')
    if (!one || !other) throw new Error('nobody')
    const messages = other.topic<number>('n').messages()
    for (let index = 0; index < 1200; index++) await one.topic<number>('n').publish(index)
    const read = await take(messages, 1200)
    expect(read.map(({ data }) => data)).toEqual(Array.from({ length: 1200 }, (_, index) => index))
  })

  it('D6: whoever asks for history hears what was said before, one that has just come too', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'history')
    if (!one || !other) throw new Error('nobody')
    const heard = take(other.topic('h').messages(), 3)
    for (const data of [1, 2]) await one.topic('h').publish(data)
    await other.topic('h').publish('from the other')
    await one.topic('elsewhere').publish('not this')
    await one.topic('h').publish(3)
    await heard
    // This peer was there, and did not listen; what it said itself is not its history.
    const before = await take(other.topic('h').messages({ history: true }), 3)
    expect(before.map(({ from, data }) => [from, data])).toEqual([1, 2, 3].map((data) => [one.id, data]))
    const newcomer = await peers.join('history')
    const all = take(newcomer.topic('h').messages({ history: true }), 5)
    await peersOf(newcomer, 2)
    await one.topic('h').publish('now')
    const heardLate = await all
    expect(heardLate.filter(({ from }) => from === one.id).map(({ data }) => data)).toEqual([1, 2, 3, 'now'])
    expect(heardLate).toContainEqual(expect.objectContaining({ from: other.id, data: 'from the other' }))
    // It is remembered there too.
    const again = await take(newcomer.topic('h').messages({ history: true }), 5)
    expect(again.filter(({ from }) => from === one.id).map(({ data }) => data)).toEqual([1, 2, 3, 'now'])
  })

  it('D6: what is no message is not part of the past, not even of a topic without a name', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'nameless')
    if (!one || !other) throw new Error('nobody')
    const heard = take(one.topic('').messages(), 1)
    await other.topic('').publish('a message')
    await heard
    // That the other is here was published before it, without a topic.
    const [first] = await take(one.topic('').messages({ history: true }), 1)
    expect(first).toMatchObject({ from: other.id, data: 'a message' })
  })

  it('one-byte pieces of a stream come together', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'pieces')
    if (!one || !other) throw new Error('nobody')
    let sent = 0
    one.serve(
      () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              if (sent === 5000) controller.close()
              else controller.enqueue(Uint8Array.of(sent++ % 256))
            },
          }),
        ),
    )
    const bytes = new Uint8Array(await (await other.fetch(one.id, '/')).arrayBuffer())
    expect(bytes).toEqual(Uint8Array.from({ length: 5000 }, (_, index) => index % 256))
  })

  it('what was published before leaving still arrives', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'tail')
    if (!one || !other) throw new Error('nobody')
    const heard = take(other.topic<Uint8Array>('t').messages(), 20)
    for (let index = 0; index < 20; index++) await one.topic('t').publish(new Uint8Array(200_000).fill(index))
    await one.leave()
    expect((await heard).map(({ data }) => data[0])).toEqual(Array.from({ length: 20 }, (_, index) => index))
  })

  it('a message that nobody waits for ends no process when it fails', async () => {
    await using peers = new Peers(tracker.http)
    const mesh = await peers.join('unheard')
    await mesh.leave()
    void mesh.topic('t').publish('too late')
    expect(await failureOf(mesh.topic('t').publish('too late'))).toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('a listener hears too, until it is ended', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'listener')
    if (!one || !other) throw new Error('nobody')
    const heard: unknown[] = []
    const off = other.topic('l').subscribe(({ data }) => heard.push(data))
    const first = take(other.topic('l').messages(), 1)
    await one.topic('l').publish('first')
    await first
    off()
    const second = take(other.topic('l').messages(), 1)
    await one.topic('l').publish('second')
    await second
    expect(heard).toEqual(['first'])
  })
})

describe('requests', () => {
  it('Q1, Q2: are fetch: methods, headers, bodies, status', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'fetch')
    if (!one || !other) throw new Error('nobody')
    one.serve(async (request, { peer }) => {
      const { pathname, search } = new URL(request.url)
      const seen = {
        method: request.method,
        path: pathname + search,
        x: request.headers.get('x'),
        body: await request.text(),
        peer: peer.id,
      }
      return Response.json(seen, { status: 418, statusText: 'Teapot', headers: { y: 'z' } })
    })
    const response = await other.fetch(one.id, '/a/b?c=d', { method: 'POST', body: 'hello', headers: { x: '1' } })
    expect([response.status, response.statusText, response.headers.get('y')]).toEqual([418, 'Teapot', 'z'])
    const seen: unknown = await response.json()
    expect(seen).toEqual({ method: 'POST', path: '/a/b?c=d', x: '1', body: 'hello', peer: other.id })
  })

  it('a Hono app answers, and its client asks with types', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'hono')
    if (!one || !other) throw new Error('nobody')
    const app = new Hono().get('/photos/:id', (context) => context.json({ id: context.req.param('id'), title: 'A' }))
    one.serve(app.fetch)
    const client = hc<typeof app>('http://peer', {
      fetch: (input: string | URL | Request, init?: RequestInit) => other.fetch(one.id, input, init),
    })
    const response = await client.photos[':id'].$get({ param: { id: '7' } })
    expect(await response.json()).toEqual({ id: '7', title: 'A' })
  })

  it('stream bodies both ways, however long, and tell how far they are', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'bodies')
    if (!one || !other) throw new Error('nobody')
    one.serve((request) => new Response(request.body))
    const chunk = new Uint8Array(65_536).fill(1)
    let left = 160
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (left-- > 0) controller.enqueue(chunk)
        else controller.close()
      },
    })
    const told: Progress[] = []
    const response = await other.fetch(one.id, '/', {
      method: 'POST',
      body,
      duplex: 'half',
      onProgress: (progress) => told.push(progress),
    } as MeshRequestInit)
    let length = 0
    for await (const part of response.body ?? []) length += part.length
    expect(length).toBe(160 * 65_536)
    for (const direction of ['sent', 'received']) {
      expect(told.findLast((progress) => progress.direction === direction)?.bytes).toBe(160 * 65_536)
    }
  })

  it('a body that nobody reads stops its sender, and no other stream', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'unread')
    if (!one || !other) throw new Error('nobody')
    let sent = 0
    one.serve((request) => {
      if (request.url.endsWith('/small')) return new Response('small')
      return new Response(
        new ReadableStream({
          pull(controller) {
            sent += 65_536
            controller.enqueue(new Uint8Array(65_536))
          },
        }),
      )
    })
    const endless = await other.fetch(one.id, '/endless')
    for (let index = 0; index < 20; index++) expect(await (await other.fetch(one.id, '/small')).text()).toBe('small')
    expect(sent).toBeLessThan(2_000_000)
    await endless.body?.cancel()
  })

  it('bodies that are given up hold up nobody, and nothing waits beyond its time', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'given up')
    if (!one || !other) throw new Error('nobody')
    const large = new Uint8Array(1_000_000)
    one.serve(() => new Response(large))
    for (let index = 0; index < 40; index++) await (await other.fetch(one.id, '/')).body?.cancel()
    const unread: Response[] = []
    for (let index = 0; index < 24; index++) unread.push(await other.fetch(one.id, '/'))
    expect(await failureOf(other.fetch(one.id, '/', { timeout: 100 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    for (const response of unread) await response.body?.cancel()
    expect((await (await other.fetch(one.id, '/')).arrayBuffer()).byteLength).toBe(1_000_000)
  })

  it('a body is bytes as they were when it was asked for, or fails', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'bytes')
    if (!one || !other) throw new Error('nobody')
    const reused = new Uint8Array(1000)
    let chunks = 0
    const source = {
      pull(controller: ReadableStreamDefaultController) {
        if (chunks === 200) controller.close()
        else controller.enqueue(reused.fill(chunks++))
      },
    }
    const text = {
      start(controller: ReadableStreamDefaultController) {
        controller.enqueue('text')
        controller.close()
      },
    }
    one.serve((request) => {
      if (request.url.endsWith('/text')) return new Response(new ReadableStream(text))
      return new Response(new ReadableStream(source, { highWaterMark: 0 }))
    })
    const bytes = new Uint8Array(await (await other.fetch(one.id, '/')).arrayBuffer())
    expect(bytes).toEqual(Uint8Array.from({ length: 200_000 }, (_, index) => Math.floor(index / 1000)))
    expect(await failureOf(other.fetch(one.id, '/text').then((response) => response.text()))).toBeInstanceOf(Error)
  })

  it('Q3: nothing served, a handler that fails, and a peer that is not here have errors of their own', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'errors')
    if (!one || !other) throw new Error('nobody')
    expect(await failureOf(other.fetch(one.id, '/'))).toMatchObject({ code: 'ERR_REFUSED' })
    expect(await failureOf(other.fetch('00'.repeat(20), '/'))).toMatchObject({ code: 'ERR_UNREACHABLE' })
    one.serve(() => new Promise(() => undefined))
    expect(await failureOf(other.fetch(one.id, '/', { timeout: 50 }))).toMatchObject({ code: 'ERR_TIMEOUT' })
    const asked = Promise.withResolvers<undefined>()
    one.serve(() => {
      asked.resolve(undefined)
      return new Promise(() => undefined)
    })
    const gone = failureOf(other.fetch(one.id, '/'))
    await asked.promise
    await one.leave()
    expect(await gone).toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('what the other side could not read is refused here, and costs no link', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'too large')
    if (!one || !other) throw new Error('nobody')
    one.serve(() => new Response('served'))
    const headers = Array.from({ length: 200 }, (_, index): [string, string] => [`x-${index}`, ''])
    for (const failing of [
      other.fetch(one.id, `/${'x'.repeat(9000)}`),
      other.fetch(one.id, '/', { headers }),
      other.fetch(one.id, '/', { headers: { x: 'x'.repeat(20_000) } }),
    ]) {
      expect(await failureOf(failing)).toMatchObject({ code: 'ERR_TOO_LARGE' })
    }
    expect(await (await other.fetch(one.id, '/')).text()).toBe('served')
  })

  it('an abort on either side reaches the other', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'aborts')
    if (!one || !other) throw new Error('nobody')
    const asked = Promise.withResolvers<AbortSignal>()
    one.serve((request) => {
      asked.resolve(request.signal)
      return new Promise(() => undefined)
    })
    const aborting = new AbortController()
    const failure = failureOf(other.fetch(one.id, '/', { signal: aborting.signal }))
    const signal = await asked.promise
    const aborted = new Promise((resolve) => {
      signal.addEventListener('abort', resolve)
    })
    const reason = new Error('enough')
    aborting.abort(reason)
    expect(await failure).toBe(reason)
    await aborted
    // And the other way: a body that breaks off.
    one.serve(
      () =>
        new Response(
          new ReadableStream({
            start: (controller) => {
              controller.error(new Error('broken'))
            },
          }),
        ),
    )
    const response = await other.fetch(one.id, '/')
    expect(await failureOf(response.text())).toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('Q4: a flood of requests does not keep an urgent one waiting', async () => {
    await using peers = new Peers(tracker.http)
    const [one, other] = await peers.linked(2, 'urgent')
    if (!one || !other) throw new Error('nobody')
    const held: (() => void)[] = []
    let running = 0
    let most = 0
    one.serve(async (request) => {
      if (request.url.endsWith('/urgent')) return new Response('now')
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => held.push(resolve))
      running--
      return new Response('late')
    })
    const flood = Array.from({ length: 200 }, () => other.fetch(one.id, '/slow', { priority: 'low' }))
    expect(await (await other.fetch(one.id, '/urgent', { priority: 'high' })).text()).toBe('now')
    let answered = 0
    const all = Promise.all(
      flood.map(async (request) => {
        await (await request).text()
        answered++
      }),
    )
    while (answered < flood.length) {
      for (const go of held.splice(0)) go()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await all
    expect(most).toBe(24)
  })
})

describe('messages to one peer', () => {
  function peerOf(mesh: TestMesh, other: TestMesh) {
    const peer = mesh.peers.get(other.id)
    if (!peer) throw new Error('The two do not know each other.')
    return peer
  }

  it('Q5: come to that peer alone, and are there once sending settles', async () => {
    await using peers = new Peers(tracker.http)
    const [one, two, three] = await peers.linked(3)
    if (!one || !two || !three) throw new Error('Three peers were asked for.')
    const heard: unknown[] = []
    const others: unknown[] = []
    three.on('message', (message) => others.push(message))
    two.on('message', ({ from, data }) => heard.push([from.id, data]))
    peerOf(two, one).on('message', (data) => heard.push(data))
    await peerOf(one, two).send({ text: 'psst', bytes: new Uint8Array(60_000) })
    const message = { text: 'psst', bytes: new Uint8Array(60_000) }
    expect(heard).toEqual([message, [one.id, message]])
    await Promise.all(Array.from({ length: 300 }, (_, index) => peerOf(one, two).send(index)))
    expect(new Set(heard.slice(2)).size).toBe(600)
    expect(others).toEqual([])
  })

  it('Q5: that can not be sent, or to a peer that is not here, reject', async () => {
    await using peers = new Peers(tracker.http)
    const [one, two] = await peers.linked(2)
    if (!one || !two) throw new Error('Two peers were asked for.')
    const peer = peerOf(one, two)
    await expect(peer.send(new Uint8Array(65_536))).rejects.toMatchObject({ code: 'ERR_TOO_LARGE' })
    await expect(peer.send(() => 1)).rejects.toBeInstanceOf(ValueError)
    await expect(peer.send(1, { signal: AbortSignal.abort(new Error('never mind')) })).rejects.toThrow('never mind')
    await two.leave()
    await expect(peer.send(1)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' })
    await one.leave()
    await expect(peer.send(1)).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })
})

describe('more peers than are linked to each other', () => {
  /** One more than eleven are no full mesh; these are three. */
  const COUNT = 14

  /** So many peers that all know each other. */
  async function joined(peers: Peers, swarm: string): Promise<TestMesh[]> {
    const meshes: TestMesh[] = []
    for (let index = 0; index < COUNT; index++) meshes.push(await peers.join(swarm, { metadata: { name: `${index}` } }))
    await Promise.all(meshes.map((mesh) => peersOf(mesh, COUNT - 1)))
    return meshes
  }

  /** Settles once all count themselves exactly: what neighbours said of it counts for the first seconds. */
  const counted = (meshes: readonly TestMesh[]) =>
    vi.waitFor(
      () => {
        for (const mesh of meshes) expect(mesh.presence).toEqual({ count: meshes.length, isExact: true })
      },
      { timeout: 15_000 },
    )

  it('W1: know exactly who is there, and what each publishes about itself', async () => {
    await using peers = new Peers(tracker.http)
    const meshes = await joined(peers, 'many')
    await counted(meshes)
    for (const mesh of meshes) {
      const others = meshes.filter((other) => other !== mesh)
      expect(new Set(mesh.peers.keys())).toEqual(new Set(others.map(({ id }) => id)))
      for (const { id, metadata } of others) expect(mesh.peers.get(id)?.metadata).toEqual(metadata)
    }
    const [first, ...others] = meshes
    const told = Promise.all(others.map((mesh) => next(mesh, 'metadata')))
    first?.setMetadata({ name: 'renamed' })
    for (const { id, metadata } of await told) expect([id, metadata]).toEqual([first?.id, { name: 'renamed' }])
    const left = Promise.all(others.map((mesh) => next(mesh, 'leave')))
    await first?.leave()
    for (const { id } of await left) expect(id).toBe(first?.id)
    await counted(others)
  })

  it('D2: all hear what one says, once and in order, large or small', async () => {
    await using peers = new Peers(tracker.http)
    const meshes = await joined(peers, 'heard')
    const [author, ...others] = meshes
    if (!author) throw new Error('nobody')
    const sizes = [1, 20_000, 5, 300_000, 8000, 1]
    const reading = others.map((mesh) => take(mesh.topic<Uint8Array>('t').messages(), sizes.length))
    for (const size of sizes) await author.topic('t').publish(new Uint8Array(size))
    for (const messages of await Promise.all(reading)) {
      expect(messages.map(({ from, data }) => [from, data.length])).toEqual(sizes.map((size) => [author.id, size]))
    }
  })

  it('O8: any of them gets a message of any other, linked or not', async () => {
    await using peers = new Peers(tracker.http)
    const [first, ...others] = await joined(peers, 'many letters')
    const heard: unknown[] = []
    for (const mesh of others) mesh.on('message', ({ from, data }) => heard.push([from.id, data]))
    await Promise.all([...(first?.peers.values() ?? [])].map((peer) => peer.send(peer.id)))
    expect(new Set(heard)).toEqual(new Set(others.map(({ id }) => [first?.id, id])))
  })

  it('O8: any of them answers the requests of any other, linked or not', async () => {
    await using peers = new Peers(tracker.http)
    const meshes = await joined(peers, 'reached')
    for (const mesh of meshes) mesh.serve((_, { peer }) => new Response(`${mesh.id} to ${peer.id}`))
    const unlinked = meshes.flatMap((mesh) =>
      [...mesh.peers.values()].flatMap(({ id, isLinked }) => (isLinked ? [] : [[mesh, id] as const])),
    )
    expect(unlinked.length).toBeGreaterThan(0)
    const asked = unlinked.slice(0, 8)
    const answers = asked.map(async ([mesh, id]) => (await mesh.fetch(id, '/')).text())
    expect(await Promise.all(answers)).toEqual(asked.map(([mesh, id]) => `${id} to ${mesh.id}`))
    for (const [mesh, id] of asked) expect(mesh.peers.get(id)?.isLinked).toBe(true)
  })
})

it('media streams are refused in Node, with a sentence', async () => {
  await using peers = new Peers(tracker.http)
  const mesh = await peers.join('media')
  expect(() => {
    mesh.addStream({} as never)
  }).toThrow(expect.objectContaining({ code: 'ERR_UNSUPPORTED' }) as Error)
})
