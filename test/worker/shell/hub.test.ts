import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, it, vi } from 'vitest'
import { announce, cleanUp, get, hub, id, offers, PeerSocket, stats } from './client.ts'

const minutes = (count: number): number => count * 60_000

afterEach(async () => {
  vi.useRealTimers()
  await cleanUp()
})

it('P6: 200 swarms on a socket survive a hibernation, with role and key', async () => {
  const socket = await PeerSocket.open()
  for (let number = 0; number < 200; number++) {
    const left = number % 2
    await socket.ask(announce(id(number), id(1000 + number), { left, key: 'secret'.repeat(10) }))
  }
  await evictDurableObject(hub())

  expect(await stats()).toMatchObject({ sockets: 1, websocketPeers: 200, swarms: 200, seeds: 100, leeches: 100 })
  const other = await PeerSocket.open('/announce', '198.51.100.9')
  const offering = announce(id(7), id(1), { numwant: 1, offers: offers(5) })
  expect(await other.ask(offering)).toMatchObject({ complete: 0, incomplete: 2 })
  expect(JSON.parse(await socket.next())).toMatchObject({ info_hash: id(7), peer_id: id(1), offer_id: id(5) })
  expect(await other.ask(announce(id(8), id(1008), { key: 'another' }))).toHaveProperty('failure reason')
  expect(await other.ask(announce(id(8), id(1008), { key: 'secret'.repeat(10) }))).toMatchObject({ incomplete: 1 })
})

it('G5: the 201st swarm on a socket is refused, and the 200 stay', async () => {
  const socket = await PeerSocket.open()
  for (let number = 0; number < 200; number++) await socket.ask(announce(id(number), id(1)))
  expect(await socket.ask(announce(id(200), id(1)))).toMatchObject({
    action: 'announce',
    info_hash: id(200),
    'failure reason': 'a socket may announce 200 swarms; open another one',
  })
  expect(await stats()).toMatchObject({ websocketPeers: 200, swarms: 200 })
})

it('B3: an answer under way while the hub is evicted arrives', async () => {
  const [one, other] = [await PeerSocket.open(), await PeerSocket.open()]
  await one.ask(announce(id(1), id(10)))
  await other.ask(announce(id(1), id(11), { numwant: 1, offers: offers(5) }))
  await one.next()
  await evictDurableObject(hub())

  const answer = { type: 'answer', sdp: 'v=0' }
  one.send({ ...announce(id(1), id(10)), to_peer_id: id(11), offer_id: id(5), answer })
  expect(JSON.parse(await other.next())).toEqual({
    action: 'announce',
    info_hash: id(1),
    peer_id: id(10),
    answer,
    offer_id: id(5),
  })
})

it('P1: a closed socket takes all its peers with it', async () => {
  const socket = await PeerSocket.open()
  await socket.ask(announce(id(1), id(10)))
  await socket.ask(announce(id(2), id(11)))
  socket.close()
  await expect.poll(stats).toMatchObject({ sockets: 0, peers: 0, swarms: 0 })
})

it('P3, P5: the alarm sweeps who is silent and spares who pings', async () => {
  // The platform notes the time of a ping by its own clock, so it is all the rest that is moved.
  const [silent, pinging] = await atTime(minutes(-6), async () => {
    const sockets = [await PeerSocket.open(), await PeerSocket.open()] as const
    await sockets[0].ask(announce(id(1), id(10)))
    await sockets[1].ask(announce(id(1), id(11)))
    return sockets
  })
  pinging.send('ping')
  expect(await pinging.next()).toBe('pong')
  await evictDurableObject(hub())
  expect(await runDurableObjectAlarm(hub())).toBe(true)

  expect(await silent.closed).toMatchObject({ code: 1001 })
  expect(await stats()).toMatchObject({ sockets: 1, websocketPeers: 1 })
  // Somebody is left, so there is a next time.
  expect(await runInDurableObject(hub(), (_, state) => state.storage.getAlarm())).not.toBeNull()
})

it('P4, P6: HTTP peers and downloads survive an eviction, and the alarm sweeps the silent', async () => {
  const query = `info_hash=${'a'.repeat(20)}&peer_id=${'b'.repeat(20)}&compact=1`
  await get(`/announce?${query}&port=6881&left=0&event=completed`, { 'cf-connecting-ip': '192.0.2.7' })
  await evictDurableObject(hub())
  const scrape = `/scrape?info_hash=${'a'.repeat(20)}`
  expect(await (await get(scrape)).text()).toContain('8:completei1e10:downloadedi1e11:downloadersi0e10:incompletei0e')

  await evictDurableObject(hub())
  await atTime(minutes(76), async () => {
    expect(await runDurableObjectAlarm(hub())).toBe(true)
  })
  expect(await (await get(scrape)).text()).toContain('8:completei0e10:downloadedi0e11:downloadersi0e10:incompletei0e')
  expect(await runInDurableObject(hub(), (_, state) => state.storage.getAlarm())).toBeNull()
})

it('F2, F3, M10: a 10 MB frame and a binary frame get one failure each, and the socket stays', async () => {
  const socket = await PeerSocket.open()
  const long = {
    action: 'announce',
    info_hash: '',
    'failure reason': expect.stringMatching(/10000000 characters/) as string,
  }
  socket.send('x'.repeat(10_000_000))
  expect(JSON.parse(await socket.next())).toEqual(long)
  socket.send(new ArrayBuffer(8))
  expect(JSON.parse(await socket.next())).toMatchObject({
    'failure reason': expect.stringMatching(/text frames/) as string,
  })
  expect(await socket.ask(announce(id(1), id(10)))).toMatchObject({ incomplete: 1 })
})

it('G4: a socket that does not stop is closed', async () => {
  const socket = await PeerSocket.open()
  for (let message = 0; message < 600; message++) socket.send('{}')
  expect(await socket.closed).toMatchObject({ code: 1008, reason: 'too many messages' })
})

/** Runs with the clock so much later. */
async function atTime<Result>(later: number, act: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({ now: Date.now() + later, toFake: ['Date'] })
  const result = await act()
  vi.useRealTimers()
  return result
}
