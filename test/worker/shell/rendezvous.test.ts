import { evictDurableObject, runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, expect, it, vi } from 'vitest'
import { isInfoHash, isOfferId, isPeerId } from '../../../protocol/ids.ts'
import { decodeTrackerMessage, encodeAnnounce, encodeAnswerTo, encodeDial } from '../../../protocol/websocket/reply.ts'
import { cleanUp, hub, id, PeerSocket, stats } from './client.ts'

afterEach(async () => {
  vi.useRealTimers()
  await cleanUp()
})

/** An id that {@link check} lets pass. */
function idFor<Id extends string>(number: number, check: (value: unknown) => value is Id): Id {
  const value: unknown = id(number)
  if (check(value)) return value
  throw new Error(`${number} makes no id`)
}

const infoHash = idFor(1, isInfoHash)
const alice = idFor(10, isPeerId)
const bob = idFor(11, isPeerId)
const offerId = idFor(5, isOfferId)
const rendezvous = {
  ...{ infoHash, numwant: 10, offers: [], rendezvous: true, key: null, left: null },
  event: 'none',
} as const

const next = async (socket: PeerSocket) => decodeTrackerMessage(await socket.next())

it('R1, R3, R6: two peers meet, and again after hours and hibernations in which they only ping', async () => {
  vi.useFakeTimers({ now: Date.now() - 6 * 3_600_000, toFake: ['Date'] })
  const [one, other] = [await PeerSocket.open(), await PeerSocket.open()]
  one.send(encodeAnnounce({ ...rendezvous, peerId: alice }))
  expect(await next(one)).toMatchObject({ kind: 'announced', incomplete: 1, peers: [] })
  other.send(encodeAnnounce({ ...rendezvous, peerId: bob }))
  expect(await next(other)).toMatchObject({ kind: 'announced', incomplete: 2, peers: [alice] })
  await meet(one, other)

  vi.useRealTimers()
  for (const socket of [one, other]) {
    socket.send('ping')
    expect(await socket.next()).toBe('pong')
  }
  await evictDurableObject(hub())
  expect(await runDurableObjectAlarm(hub())).toBe(true)
  await evictDurableObject(hub())
  expect(await stats()).toMatchObject({ sockets: 2, websocketPeers: 2 })
  await meet(one, other)
})

it('R4: a dial that fails says which', async () => {
  const socket = await PeerSocket.open()
  socket.send(encodeDial({ infoHash, peerId: alice, toPeerId: bob, offerId, sdp: 'v=0' }))
  expect(await next(socket)).toMatchObject({ kind: 'failure', infoHash, toPeerId: bob, offerId })
})

/** Bob dials Alice, and she answers. */
async function meet(one: PeerSocket, other: PeerSocket): Promise<void> {
  other.send(encodeDial({ infoHash, peerId: bob, toPeerId: alice, offerId, sdp: 'v=0\r\noffer' }))
  expect(await next(one)).toEqual({ kind: 'offer', infoHash, peerId: bob, offerId, sdp: 'v=0\r\noffer' })
  one.send(encodeAnswerTo({ infoHash, peerId: alice, toPeerId: bob, offerId, sdp: 'v=0\r\nanswer' }))
  expect(await next(other)).toEqual({ kind: 'answer', infoHash, peerId: alice, offerId, sdp: 'v=0\r\nanswer' })
}
