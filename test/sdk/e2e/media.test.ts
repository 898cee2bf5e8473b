import { expect, it } from 'vitest'
import { createIdentity, join } from '../../../sdk/index.ts'
import { startTracker } from '../../support/tracker.ts'
import { type AppPage, startPages } from './app-page.ts'

/** Passes a moving picture, and a tone if `argument` says so; `app.sent` is the stream. */
const send = (page: AppPage, withSound = false): Promise<string> =>
  page.run(
    `const canvas = document.createElement('canvas')
    const context = canvas.getContext('2d')
    let hue = 0
    setInterval(() => {
      context.fillStyle = 'hsl(' + (hue += 7) + ' 80% 50%)'
      context.fillRect(0, 0, canvas.width, canvas.height)
    }, 40)
    app.sent = canvas.captureStream()
    if (argument) {
      const audio = new AudioContext()
      const tone = audio.createOscillator()
      const end = audio.createMediaStreamDestination()
      tone.connect(end)
      tone.start()
      for (const track of end.stream.getAudioTracks()) app.sent.addTrack(track)
    }
    mesh.addStream(app.sent)
    return app.sent.id`,
    withSound,
  )

/** Plays the stream number `index` that came; settles with who sent it, once its picture moves. */
const watch = (page: AppPage, index: number): Promise<{ from: string; width: number; kinds: string[] }> =>
  page.run(
    `const { from, stream } = await until(() => app.streams[argument])
    const video = document.createElement('video')
    video.muted = true
    video.srcObject = stream
    document.body.append(video)
    const frame = () => new Promise((resolve) => video.requestVideoFrameCallback(resolve))
    await Promise.all([video.play(), frame()])
    for (let frames = 0; frames < 5; frames++) await frame()
    return { from, width: video.videoWidth, kinds: stream.getTracks().map(({ kind }) => kind).sort() }`,
    index,
  )

/** Settles once every track of the stream number `index` has ended. */
const end = (page: AppPage, index: number): Promise<void> =>
  page.run(
    `const { tracks } = await until(() => app.streams[argument])
    for (const track of tracks) if (track.readyState !== 'ended') await new Promise((resolve) => track.addEventListener('ended', resolve))`,
    index,
  )

const say = (page: AppPage, data: unknown): Promise<void> =>
  page.run(`await mesh.topic('chat').publish(argument)`, data)

const hear = (page: AppPage, data: unknown): Promise<string> =>
  page.run(`return (await until(() => app.heard.find((one) => one.data === argument))).from`, data)

const linked = (page: AppPage, count: number): Promise<void> =>
  page.run(`await until(() => mesh.peers.size === argument)`, count)

it('a stream reaches who is there and who comes later, comes once, and ends; topics go on beside it', async () => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  await using pages = await startPages(tracker.http, 'media')
  const [one, other] = [await pages.open(), await pages.open()]
  await linked(one, 1)
  await send(one, true)
  expect(await watch(other, 0)).toEqual({ from: one.id, width: 300, kinds: ['audio', 'video'] })

  const late = await pages.open()
  expect(await watch(late, 0)).toMatchObject({ from: one.id, width: 300 })

  await say(one, 'beside')
  expect(await hear(other, 'beside')).toBe(one.id)
  await say(other, 'back')
  expect(await hear(late, 'back')).toBe(other.id)

  await one.run('mesh.removeStream(app.sent)')
  await Promise.all([end(other, 0), end(late, 0)])
  await one.run('mesh.addStream(app.sent)')
  expect(await watch(other, 1)).toMatchObject({ from: one.id, width: 300 })
  expect(await other.run('return app.streams.length')).toBe(2)
})

it('two streams that cross arrive both', async () => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  await using pages = await startPages(tracker.http, 'media')
  const both = [await pages.open(), await pages.open()] as const
  const [one, other] = both
  await Promise.all(both.map((page) => linked(page, 1)))
  await Promise.all(both.map((page) => send(page)))
  const seen = await Promise.all(both.map((page) => watch(page, 0)))
  expect(seen.map(({ from }) => from)).toEqual([other.id, one.id])
  // To end one is not to end the other.
  await one.run('mesh.removeStream(app.sent)')
  await end(other, 0)
  await watch(one, 0)
})

it('a stream goes on when the connection that carried it breaks', async () => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  await using pages = await startPages(tracker.http, 'media')
  const [one, other] = [await pages.open(), await pages.open()]
  await linked(one, 1)
  await send(one)
  await watch(other, 0)
  await one.run('for (const connection of app.connections) connection.close()')
  expect(await watch(other, 1)).toMatchObject({ from: one.id, width: 300 })
  expect(await other.run('return app.events.filter((event) => event.startsWith("leave"))')).toEqual([])
})

it('a stream for two swarms comes once to each, and leaves one without the other', async () => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  await using pages = await startPages(tracker.http, 'media')
  const [one, other] = [await pages.open(), await pages.open()]
  // In a second swarm, the link to whose peers is the same.
  const enter = `app.second = await app.join('second', { tracker: argument, identity: app.identity })
    app.second.on('join', (peer) => {
      app.happened('second')
      peer.on('stream', () => app.happened('second stream'))
    })
    await until(() => app.second.peers.size === 1)`
  await Promise.all([one, other].map((page) => page.run(enter, tracker.http)))
  await linked(one, 1)
  await send(one)
  await watch(other, 0)
  await one.run('app.second.addStream(app.sent)')
  await other.run(`await until(() => app.events.includes('second stream'))`)
  await one.run('app.second.removeStream(app.sent)')
  await one.run(`await mesh.topic('chat').publish('still')`)
  await hear(other, 'still')
  await watch(other, 0)
  await one.run('mesh.removeStream(app.sent)')
  await end(other, 0)
  expect(await other.run('return app.streams.length')).toBe(1)
})

it('a Node peer in the swarm is not disturbed by streams that it can not take', async () => {
  await using tracker = await startTracker({ STUN_URLS: '' })
  await using pages = await startPages(tracker.http, 'media')
  await using mesh = await join('media', { tracker: tracker.http, identity: await createIdentity() })
  const heard = mesh.topic<string>('chat').messages()
  const [one, other] = [await pages.open(), await pages.open()]
  await Promise.all([one, other].map((page) => linked(page, 2)))
  await send(one)
  await watch(other, 0)
  await say(one, 'beside')
  expect((await heard.next()).value).toMatchObject({ from: one.id, data: 'beside' })
  await mesh.topic('chat').publish('back')
  expect(await hear(one, 'back')).toBe(mesh.id)
  expect([...mesh.peers.keys()].sort()).toEqual([one.id, other.id].sort())
})
