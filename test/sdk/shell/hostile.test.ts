import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type PeerId, peerIdFromHex } from '../../../protocol/ids.ts'
import type { StreamId } from '../../../protocol/mesh/frame.ts'
import type { Routed, RoutedBody } from '../../../protocol/mesh/overlay.ts'
import { encodeValue } from '../../../protocol/mesh/value.ts'
import { frameMessage } from '../../../sdk/shell/message-frames.ts'
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

const idOf = (mesh: TestMesh): PeerId => peerIdFromHex(mesh.id) ?? peerIdOf('nobody')

const request = { type: 'request', swarm: 1, method: 'POST', path: '/', headers: [], hasBody: true } as const

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
  expect(await heard).toMatchObject([{ from: other.id, data: 'all is well' }])
  expect(await (await other.fetch(victim.id, '/')).text()).toBe('served')
}

/** A connection's last words are sent once, 50 ms before it is closed: on a busy machine that may not be enough. */
const LAST_WORDS = { retry: 3 }

describe('L9: a link is closed with a reason, and the others go on', LAST_WORDS, () => {
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
        peer.send({ type: 'open', stream: peer.streamId(500), priority: 0, header: new Uint8Array(20_000) })
      },
      /can not be read/,
    ],
    [
      'a header that is no value',
      (peer) => {
        peer.send({ type: 'open', stream: peer.streamId(0), priority: 0, header: Uint8Array.of(255) })
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
        peer.send({ type: 'data', stream: peer.streamId(500), bytes: new Uint8Array(5) })
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

  it.each(openings)('%s', async (name, misbehave, reason) => {
    await attack(`hostile ${name}`, async (hostile) => {
      misbehave(hostile)
      expect(await hostile.closed).toMatch(reason)
    })
  })
})

describe('forged and replayed messages', () => {
  it('E4: who has not proved to be in the swarm can not refuse anybody', async () => {
    await attack('refuses', async (hostile, victim) => {
      const enter = await hostile.until(({ type }) => type === 'enter')
      const events: unknown[] = []
      for (const name of ['close', 'denied'] as const) victim.on(name, (event) => events.push(event))
      for (const reason of ['full', 'denied'] as const) {
        if (enter.type === 'enter') hostile.control({ type: 'refuse', swarm: enter.swarm, reason })
      }
      await hostile.enter()
      await peersOf(victim, 2)
      hostile.control({ type: 'refuse', swarm: 1, reason: 'full' })
      expect(events).toEqual([])
    })
  })

  it('E2: a proof of another link or another peer opens nothing', async () => {
    await attack('forged proof', async (hostile, victim, other) => {
      const id = hostile.id
      const forged = await hostile.secrets.prove(hostile.transcript, peerIdOf('another'))
      hostile.control({ type: 'enter', swarm: 1, proof: forged })
      const elsewhere = await hostile.secrets.prove(new Uint8Array(32), id)
      hostile.control({ type: 'enter', swarm: 2, proof: elsewhere })
      await using stranger = await HostilePeer.join(tracker.ws, 'x')
      hostile.control({ type: 'enter', swarm: 3, proof: await stranger.secrets.prove(hostile.transcript, id) })
      hostile.control({ type: 'welcome', swarm: 1, metadata: { name: 'me' } })
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

  it('O6, O7: who is no member is answered nothing, and a signal from another costs only itself', async () => {
    await attack('forged sender', async (hostile, victim, other) => {
      const signal = { kind: 'offer', id: offerIdOf('o'), sdp: 'v=0' } as const
      const routed = (to: PeerId, from: PeerId, body: RoutedBody = { kind: 'signal', signal }): Routed => {
        return { type: 'routed', to, from, hops: 0, body }
      }
      // Not a member yet: the stream is refused, and nothing that it says is passed on or answered.
      const early = hostile.open({ type: 'overlay', swarm: 1 })
      hostile.say(early, routed(peerIdOf('nobody'), hostile.id))
      await hostile.untilSent((frame) => frame.type === 'reset' && frame.stream === early)
      const stream = await hostile.befriend()
      expect(hostile.told.some(({ type }) => type === 'routed')).toBe(false)
      // A peer that the victim knows no way to.
      hostile.say(stream, routed(peerIdOf('nobody'), hostile.id))
      const answer = await hostile.untilTold(({ type }) => type === 'routed')
      expect(answer).toMatchObject({
        to: hostile.id,
        from: idOf(victim),
        body: { kind: 'lost', peer: peerIdOf('nobody') },
      })
      // As if it came from the victim, to the other and to the victim itself: an SDP that is none.
      hostile.say(stream, routed(idOf(other), idOf(victim)))
      hostile.say(stream, routed(idOf(victim), idOf(other)))
      // As if others could not be reached: those who are linked are all the same.
      hostile.say(stream, routed(idOf(victim), hostile.id, { kind: 'lost', peer: idOf(other), id: offerIdOf('o') }))
    })
  })
})

describe('D1: what is published in the name of another', LAST_WORDS, () => {
  /** Has the hostile peer say something that is no publication of anybody; returns why its link was closed. */
  const forge = (
    swarm: string,
    make: (hostile: HostilePeer, other: TestMesh) => Promise<Parameters<HostilePeer['say']>[1]>,
  ) =>
    attack(swarm, async (hostile, victim, other) => {
      const heard: unknown[] = []
      victim.topic('after').subscribe((message) => heard.push(message))
      const stream = await hostile.befriend()
      await peersOf(victim, 2)
      hostile.say(stream, await make(hostile, other))
      expect(await hostile.closed).toMatch(/wrong signature/)
      expect(heard).toEqual([])
    })

  it('has a wrong signature, which costs the link', async () => {
    await forge('signature', async (hostile) => {
      const publication = await hostile.publication()
      return { type: 'publication', publication: { ...publication, data: new Uint8Array([2]) } }
    })
  })

  it('is signed by another key than it names', async () => {
    await forge('key', async (hostile) => {
      await using stranger = await HostilePeer.join(tracker.ws, 'x')
      const publication = await hostile.publication()
      return { type: 'publication', publication: { ...publication, publicKey: stranger.identity.publicKey } }
    })
  })

  it('was published in another swarm', async () => {
    await forge('swarm', async (hostile) => {
      await using elsewhere = await HostilePeer.join(tracker.ws, 'elsewhere')
      Object.defineProperty(elsewhere, 'identity', { value: hostile.identity })
      return { type: 'publication', publication: await elsewhere.publication() }
    })
  })

  it('D2: what another has published truly is taken, whoever brings it, and once', async () => {
    await attack('replayed', async (hostile, victim, other) => {
      await using author = await HostilePeer.join(tracker.ws, 'replayed')
      const stream = await hostile.befriend()
      await peersOf(victim, 2)
      const publication = await author.publication({ data: encodeValue('truly said') })
      const heard = take(other.topic('after').messages(), 2)
      for (let times = 0; times < 5; times++) hostile.say(stream, { type: 'publication', publication })
      const last = await author.publication({ sequence: 1, data: encodeValue('last') })
      hostile.say(stream, { type: 'publication', publication: last })
      const from = author.identity.id
      expect(await heard).toMatchObject([
        { from, data: 'truly said' },
        { from, data: 'last' },
      ])
    })
  })
})

describe('a member that misbehaves within the swarm', LAST_WORDS, () => {
  it('opens streams by the thousand, and is cut off', async () => {
    await attack('thousands', async (hostile, victim) => {
      await hostile.enter()
      await peersOf(victim, 2)
      victim.serve((asked) => (asked.method === 'GET' ? new Response('served') : new Promise(() => undefined)))
      for (let index = 0; index < 1000; index++) hostile.open(request)
      expect(await hostile.closed).toMatch(/too many streams/)
    })
  })

  it('sends more than was granted, and is cut off', async () => {
    await attack('granted', async (hostile, victim) => {
      await hostile.enter()
      await peersOf(victim, 2)
      victim.serve((asked) => (asked.method === 'GET' ? new Response('served') : new Promise(() => undefined)))
      const id = hostile.open(request)
      for (let sent = 0; sent < 3; sent++) hostile.send({ type: 'data', stream: id, bytes: new Uint8Array(30_000) })
      expect(await hostile.closed).toMatch(/granted/)
    })
  })

  it('promises bytes that never come, in a body and to the overlay, and holds up nobody', async () => {
    await attack('promises', async (hostile, victim) => {
      const stream = await hostile.befriend()
      await peersOf(victim, 2)
      victim.serve(async (asked) => new Response(asked.url.endsWith('/wait') ? await asked.text() : 'served'))
      for (let index = 0; index < 100; index++) hostile.open({ ...request, path: '/wait' })
      hostile.send({ type: 'data', stream, bytes: Uint8Array.of(0, 1, 0, 0, 1) })
    })
  })

  it('a request that is none gets a 400, as far as it can be read', async () => {
    await attack('bad request', async (hostile, victim) => {
      await hostile.enter()
      await peersOf(victim, 2)
      const id = hostile.open({ ...request, method: 'GET', headers: [['bad name', 'x']], hasBody: false })
      await hostile.untilSent((frame) => frame.type === 'header' && frame.stream === id)
    })
  })
})

describe('O1: what is said to the overlay', LAST_WORDS, () => {
  const malformed: readonly (readonly [string, (stream: StreamId, hostile: HostilePeer) => void, RegExp])[] = [
    [
      'that is no value',
      (stream, hostile) => {
        hostile.send({ type: 'data', stream, bytes: frameMessage(Uint8Array.of(255)) })
      },
      /message of the overlay that can not be read/,
    ],
    [
      'that lacks what it must have',
      (stream, hostile) => {
        hostile.send({ type: 'data', stream, bytes: frameMessage(encodeValue({ type: 'seek' })) })
      },
      /message of the overlay that can not be read/,
    ],
    [
      'that is too long',
      (stream, hostile) => {
        hostile.send({ type: 'data', stream, bytes: Uint8Array.of(255, 255, 255, 255, 0) })
      },
      /longer than it may be/,
    ],
    [
      'that is cut off',
      (stream, hostile) => {
        hostile.send({ type: 'data', stream, bytes: Uint8Array.of(0, 0, 1, 0, 1) })
        hostile.send({ type: 'end', stream })
      },
      /cut off/,
    ],
  ]

  it.each(malformed)('%s closes the link', async (name, misbehave, reason) => {
    await attack(`malformed ${name}`, async (hostile) => {
      misbehave(await hostile.befriend(), hostile)
      expect(await hostile.closed).toMatch(reason)
    })
  })

  it('of a type that nobody knows is ignored', async () => {
    await attack('unknown type', async (hostile, victim) => {
      const stream = await hostile.befriend()
      hostile.send({ type: 'data', stream, bytes: frameMessage(encodeValue({ type: 'dance', with: victim.id })) })
      // What comes behind it is heard.
      const [heard] = [take(victim.topic('t').messages(), 1)]
      const publication = await hostile.publication({ topic: 't', data: encodeValue('still here') })
      hostile.say(stream, { type: 'publication', publication })
      expect(await heard).toMatchObject([{ from: hostile.identity.id, data: 'still here' }])
    })
  })

  it('on a third stream is not heard: the stream is reset, and the link stays', async () => {
    await attack('third stream', async (hostile) => {
      await hostile.befriend()
      const header = { type: 'overlay', swarm: 1 } as const
      const [second, third] = [hostile.open(header), hostile.open(header)]
      await hostile.untilSent((frame) => frame.type === 'reset' && frame.stream === third)
      expect(hostile.frames.some((frame) => frame.type === 'reset' && frame.stream === second)).toBe(false)
      // One that is ended makes room for another.
      hostile.send({ type: 'end', stream: second })
      await hostile.untilSent((frame) => frame.type === 'end' && frame.stream === second)
      const fourth = hostile.open(header)
      hostile.say(fourth, { type: 'neighbour', isNeedy: false, isNew: true, level: 0, size: 1, peers: [] })
      hostile.say(fourth, { type: 'routed', to: peerIdOf('x'), from: hostile.id, hops: 0, body: offerBody })
      await hostile.untilTold(({ type }) => type === 'routed')
      expect(hostile.frames.some((frame) => frame.type === 'reset' && frame.stream === fourth)).toBe(false)
    })
  })
})

const offerBody: RoutedBody = { kind: 'signal', signal: { kind: 'offer', id: offerIdOf('o'), sdp: 'v=0' } }

describe('what would cost memory', () => {
  it('O2: a neighbour that names many peers makes few dials at once', async () => {
    await attack('many members', async (hostile) => {
      const named = Array.from({ length: 256 }, (_, index) => peerIdOf(`made up ${index}`))
      await hostile.befriend(3, named)
      const isOffer = (message: HostilePeer['told'][number]) =>
        message.type === 'routed' && message.body.kind === 'signal' && message.body.signal.kind === 'offer'
      await hostile.untilTold(isOffer)
      expect(hostile.told.filter(isOffer).length).toBeLessThanOrEqual(8)
    })
  })

  it('O3: walks for the needy by the hundred make few dials at once', async () => {
    await attack('many walks', async (hostile) => {
      const stream = await hostile.befriend(100)
      const before = connectionCount()
      for (let index = 0; index < 300; index++) {
        hostile.say(stream, { type: 'seek', peer: peerIdOf(`made up ${index}`), hops: 6, isNeedy: true })
      }
      const isOffer = (message: HostilePeer['told'][number]) =>
        message.type === 'routed' && message.body.kind === 'signal'
      await hostile.untilTold(isOffer)
      expect(hostile.told.filter(isOffer).length).toBeLessThanOrEqual(8)
      expect(connectionCount()).toBe(before)
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

describe('L13, L14: another identity', LAST_WORDS, () => {
  it('a key that is not that of the peer id is turned away', async () => {
    await using peers = new Peers(tracker.http)
    const victim = await peers.join('thief')
    await using hostile = await HostilePeer.join(tracker.ws, 'thief')
    // It announced one id and signs with another key.
    await using stolen = await HostilePeer.join(tracker.ws, 'thief')
    Object.defineProperty(hostile, 'identity', { value: stolen.identity })
    await hostile.dial(victim.id).catch(() => undefined)
    expect(await hostile.closed).toMatch(/not that of the peer id/)
    expect(victim.peers.size).toBe(0)
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
