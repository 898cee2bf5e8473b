import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { StreamId } from '../../../protocol/mesh/frame.ts'
import { encodeHeader } from '../../../protocol/mesh/header.ts'
import { encodeValue } from '../../../protocol/mesh/value.ts'
import { offerIdOf, peerIdOf } from '../../support/core.ts'
import type { Tracker } from '../../support/tracker.ts'
import { connectionCount } from './connections.ts'
import { HostilePeer } from './hostile.ts'
import { localTracker, Peers, peersOf, take, type TestMesh } from './swarms.ts'

vi.mock(import('node-datachannel'), async (original) => (await import('./connections.ts')).watched(await original()))

let tracker: Tracker
beforeAll(async () => {
  tracker = await localTracker()
})
afterAll(() => tracker[Symbol.asyncDispose]())

const stream = (number: number) => number as StreamId

/** Two honest peers and a hostile one that is linked to the first; what the second says still arrives in the end. */
async function attack(swarm: string, run: (hostile: HostilePeer, victim: TestMesh, other: TestMesh) => Promise<void>) {
  await using peers = new Peers(tracker.http)
  const [victim, other] = await peers.linked(2, swarm)
  if (!victim || !other) throw new Error('nobody')
  victim.serve(() => new Response('served'))
  await using hostile = await HostilePeer.join(tracker.ws, swarm)
  await hostile.dial(victim.id)
  hostile.send({ type: 'ping', token: 1, received: 0 })
  await run(hostile, victim, other)
  const heard = take(victim.topic('after').messages(), 1)
  await other.topic('after').publish('all is well')
  expect(await heard).toEqual([{ from: other.id, data: 'all is well' }])
  expect(await (await other.fetch(victim.id, '/')).text()).toBe('served')
}

describe('L9: a link is closed with a reason, and the others go on', () => {
  const openings: readonly [string, (hostile: HostilePeer) => void, RegExp][] = [
    [
      'bytes that are no frame',
      (peer) => {
        peer.sendBytes(Uint8Array.of(7, 7, 7))
      },
      /can not be read/,
    ],
    [
      'an empty message',
      (peer) => {
        peer.sendBytes(new Uint8Array())
      },
      /can not be read/,
    ],
    [
      'an oversized header',
      (peer) => {
        peer.send({ type: 'open', stream: stream(1001), priority: 0, header: new Uint8Array(20_000) })
      },
      /can not be read/,
    ],
    [
      'a header that is no value',
      (peer) => {
        peer.send({ type: 'open', stream: own(peer, 0), priority: 0, header: Uint8Array.of(255) })
      },
      /header that can not be read/,
    ],
    [
      'a control message that is no value',
      (peer) => {
        peer.send({ type: 'control', body: Uint8Array.of(255) })
      },
      /control message that can not/,
    ],
    [
      'a proof that is too short',
      (peer) => {
        peer.send({ type: 'control', body: encodeValue({ type: 'enter', swarm: 1, proof: new Uint8Array(3) }) })
      },
      /control message that can not/,
    ],
    [
      'an acknowledgement of what was never sent',
      (peer) => {
        peer.send({ type: 'ack', received: 1_000_000 })
      },
      /never sent/,
    ],
    [
      'data for a stream that never was',
      (peer) => {
        peer.send({ type: 'data', stream: own(peer, 500), bytes: new Uint8Array(5) })
      },
      /never opened/,
    ],
    [
      'a second hello',
      (peer) => {
        peer.send({ type: 'hello', body: new Uint8Array(10) })
      },
      /does not belong/,
    ],
    [
      'control messages by the thousand',
      (peer) => {
        for (let index = 0; index < 4000; index++) peer.control({ type: 'leave', swarm: index })
      },
      /too many control messages|too much at once/,
    ],
  ]

  /** The number of a stream that this peer may open. */
  const own = (peer: HostilePeer, index: number): StreamId =>
    stream(2 * index + (peer.id < (peer.connection?.other ?? '') ? 0 : 1))

  it.each(openings)('%s', async (name, misbehave, reason) => {
    await attack(`hostile ${name}`, async (hostile) => {
      misbehave(hostile)
      expect(await hostile.closed).toMatch(reason)
    })
  })
})

describe('forged and replayed messages', () => {
  it('E4: who has not proved to be in the swarm can not say that it is full', async () => {
    await attack('refuses', async (hostile, victim) => {
      const enter = await hostile.until(({ type }) => type === 'enter')
      const closed: unknown[] = []
      victim.on('close', (event) => closed.push(event))
      if (enter.type === 'enter') hostile.control({ type: 'refuse', swarm: enter.swarm, reason: 'full' })
      await hostile.enter()
      await peersOf(victim, 2)
      hostile.control({ type: 'refuse', swarm: 1, reason: 'full' })
      expect(closed).toEqual([])
    })
  })

  it('E2: a proof of another link or another peer opens nothing', async () => {
    await attack('forged proof', async (hostile, victim, other) => {
      const id = hostile.id
      const forged = await hostile.secrets.prove(hostile.transcript, peerIdOf('another'))
      hostile.control({ type: 'enter', swarm: 1, proof: forged })
      const elsewhere = await hostile.secrets.prove(new Uint8Array(32), id)
      hostile.control({ type: 'enter', swarm: 2, proof: elsewhere })
      hostile.control({
        type: 'enter',
        swarm: 3,
        proof: await (await HostilePeer.join(tracker.ws, 'x')).secrets.prove(hostile.transcript, id),
      })
      hostile.control({ type: 'welcome', swarm: 1, metadata: { name: 'me' }, members: [] })
      // The honest ones are in order behind these on their own links.
      await other.topic('t').publish(1)
      expect(hostile.controls.some(({ type }) => type === 'welcome')).toBe(false)
      expect(victim.peers.size).toBe(1)
    })
  })

  it('E1: the victim’s own proof, sent back, opens nothing', async () => {
    await attack('reflected proof', async (hostile, victim) => {
      const enter = await hostile.until(({ type }) => type === 'enter')
      hostile.control(enter)
      hostile.send({ type: 'ping', token: 2, received: 1 })
      expect(victim.peers.size).toBe(1)
    })
  })

  it('N1: a signal is passed on as from who sent it, and only to members', async () => {
    await attack('forged sender', async (hostile, victim, other) => {
      const signal = { kind: 'offer', id: offerIdOf('o'), sdp: 'v=0' } as const
      const to = (id: string) => Buffer.from(id, 'hex').toString('latin1') as never
      // Not a member yet: nothing is passed on or answered.
      hostile.control({ type: 'signal', swarm: 1, to: to(other.id), from: to(victim.id), signal })
      await hostile.enter()
      await peersOf(victim, 2)
      // N2: a peer that the victim is not linked to.
      hostile.control({ type: 'signal', swarm: 1, to: peerIdOf('nobody'), from: hostile.id, signal })
      const answer = await hostile.until(({ type }) => type === 'signal')
      expect(answer).toMatchObject({ signal: { kind: 'unreachable', id: offerIdOf('o') } })
      expect(hostile.controls.filter(({ type }) => type === 'signal')).toHaveLength(1)
      // As if it came from the victim: an SDP that is none, which costs only itself.
      hostile.control({ type: 'signal', swarm: 1, to: to(other.id), from: to(victim.id), signal })
    })
  })
})

describe('a member that misbehaves within the swarm', () => {
  it('opens streams by the thousand, and is cut off', async () => {
    await attack('thousands', async (hostile, victim) => {
      await hostile.enter()
      await peersOf(victim, 2)
      victim.serve((request) => (request.method === 'GET' ? new Response('served') : new Promise(() => undefined)))
      const first = hostile.id < (hostile.connection?.other ?? '') ? 0 : 1
      const fields = { type: 'request', swarm: 1, method: 'POST', path: '/', headers: [], hasBody: true } as const
      for (let index = 0; index < 1000; index++) {
        hostile.send({ type: 'open', stream: stream(first + 2 * index), priority: 0, header: encodeHeader(fields) })
      }
      expect(await hostile.closed).toMatch(/too many streams/)
    })
  })

  it('sends more than was granted, and is cut off', async () => {
    await attack('granted', async (hostile, victim) => {
      await hostile.enter()
      await peersOf(victim, 2)
      victim.serve((request) => (request.method === 'GET' ? new Response('served') : new Promise(() => undefined)))
      const id = stream(hostile.id < (hostile.connection?.other ?? '') ? 0 : 1)
      const fields = { type: 'request', swarm: 1, method: 'POST', path: '/', headers: [], hasBody: true } as const
      hostile.send({ type: 'open', stream: id, priority: 0, header: encodeHeader(fields) })
      for (let sent = 0; sent < 3; sent++) hostile.send({ type: 'data', stream: id, bytes: new Uint8Array(30_000) })
      expect(await hostile.closed).toMatch(/granted/)
    })
  })

  it('T2: a message that is too long resets its stream, and a topic still works', async () => {
    await attack('long message', async (hostile, victim) => {
      await hostile.enter()
      await peersOf(victim, 2)
      const id = stream(hostile.id < (hostile.connection?.other ?? '') ? 0 : 1)
      hostile.send({
        type: 'open',
        stream: id,
        priority: 1,
        header: encodeHeader({ type: 'topic', swarm: 1, name: 'after' }),
      })
      hostile.send({ type: 'data', stream: id, bytes: Uint8Array.of(255, 255, 255, 255, 0) })
      while (!hostile.frames.some(({ type }) => type === 'reset')) await new Promise((resolve) => setImmediate(resolve))
    })
  })

  it('promises bytes that never come, in a body and in a topic, and holds up nobody', async () => {
    await attack('promises', async (hostile, victim) => {
      await hostile.enter()
      await peersOf(victim, 2)
      victim.serve(async (request) => new Response(request.url.endsWith('/wait') ? await request.text() : 'served'))
      const first = hostile.id < (hostile.connection?.other ?? '') ? 0 : 1
      for (let index = 0; index < 100; index++) {
        const header = encodeHeader({
          type: 'request',
          swarm: 1,
          method: 'POST',
          path: '/wait',
          headers: [],
          hasBody: true,
        })
        hostile.send({ type: 'open', stream: stream(first + 2 * index), priority: 0, header })
      }
      const topic = stream(first + 200)
      hostile.send({
        type: 'open',
        stream: topic,
        priority: 0,
        header: encodeHeader({ type: 'topic', swarm: 1, name: 'after' }),
      })
      hostile.send({ type: 'data', stream: topic, bytes: Uint8Array.of(0, 1, 0, 0, 1) })
    })
  })

  it('a request that is none gets a 400, as far as it can be read', async () => {
    await attack('bad request', async (hostile, victim) => {
      await hostile.enter()
      await peersOf(victim, 2)
      const id = stream(hostile.id < (hostile.connection?.other ?? '') ? 0 : 1)
      const header = encodeHeader({
        type: 'request',
        swarm: 1,
        method: 'GET',
        path: '/',
        headers: [['bad name', 'x']],
        hasBody: false,
      })
      hostile.send({ type: 'open', stream: id, priority: 0, header })
      while (!hostile.frames.some((frame) => frame.type === 'header' && frame.stream === id)) {
        await new Promise((resolve) => setImmediate(resolve))
      }
    })
  })
})

describe('what would cost memory', () => {
  it('E3: a welcome that names many peers makes few dials at once', async () => {
    await attack('many members', async (hostile, victim) => {
      const members = Array.from({ length: 256 }, (_, index) => peerIdOf(`made up ${index}`))
      hostile.control({ type: 'enter', swarm: 1, proof: await hostile.secrets.prove(hostile.transcript, hostile.id) })
      await hostile.until(({ type }) => type === 'welcome')
      hostile.control({ type: 'welcome', swarm: 1, metadata: undefined, members })
      await peersOf(victim, 2)
      await hostile.until(({ type }) => type === 'signal')
      const offers = hostile.controls.filter((control) => control.type === 'signal' && control.signal.kind === 'offer')
      expect(offers.length).toBeLessThanOrEqual(8)
    })
  })

  it('a session that starts anew again and again leaves no connection behind', async () => {
    await using peers = new Peers(tracker.http)
    const victim = await peers.join('sessions')
    await using hostile = await HostilePeer.join(tracker.ws, 'sessions')
    for (let session = 0; session < 5; session++) {
      hostile.session.fill(session)
      await hostile.dial(victim.id)
      hostile.send({ type: 'ping', token: 1, received: 0 })
    }
    await hostile.connection?.close('over')
    await victim.leave()
    while (connectionCount() > 0) await new Promise((resolve) => setImmediate(resolve))
  })
})

describe('L13, L14: another identity', () => {
  it('a key that is not that of the peer id is turned away', async () => {
    await using peers = new Peers(tracker.http)
    const victim = await peers.join('thief')
    await using hostile = await HostilePeer.join(tracker.ws, 'thief')
    // It announced one id and signs with another key.
    const stolen = await HostilePeer.join(tracker.ws, 'thief')
    Object.defineProperty(hostile, 'identity', { value: stolen.identity })
    await hostile.dial(victim.id).catch(() => undefined)
    expect(await hostile.closed).toMatch(/not that of the peer id/)
    expect(victim.peers.size).toBe(0)
    await stolen[Symbol.asyncDispose]()
  })

  it('one that starts anew has a new link, and is seen to leave and join', async () => {
    await using peers = new Peers(tracker.http)
    const victim = await peers.join('anew')
    await using hostile = await HostilePeer.join(tracker.ws, 'anew')
    await hostile.dial(victim.id)
    hostile.send({ type: 'ping', token: 1, received: 0 })
    await hostile.enter()
    await peersOf(victim, 1)
    const events: string[] = []
    victim.on('leave', () => events.push('leave'))
    victim.on('join', () => events.push('join'))
    hostile.session.set([1, 2, 3])
    hostile.frames.length = 0
    await hostile.dial(victim.id, { generation: 5 })
    hostile.send({ type: 'ping', token: 1, received: 0 })
    await hostile.enter()
    while (events.length < 2) await new Promise((resolve) => setImmediate(resolve))
    expect(events).toEqual(['leave', 'join'])
  })
})
