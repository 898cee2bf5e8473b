import { expect, it } from 'vitest'
import { createIdentity, join, type Mesh } from '../../../sdk/index.ts'
import { startTracker } from '../../support/tracker.ts'
import { type AppPage, type AppPages, ready, startPages } from './app-page.ts'
import { Watch } from './watch.ts'

/** Whoever goes without a word is seen to leave after 12 seconds of silence; the rest is for a busy machine. */
const GONE_WITHIN = 15_000
/** A goodbye, or a peer that starts anew, is seen before anybody's patience ends. */
const PROMPTLY = 10_000

/** Two pages and a Node peer, all linked to each other. */
interface Three extends AsyncDisposable {
  readonly mesh: Mesh
  readonly pages: AppPages
  readonly one: AppPage
  readonly other: AppPage
  /** Settles once the Node peer has seen `join` or `leave` of the peer so often. */
  readonly saw: (event: 'join' | 'leave', id: string, count: number, patience: number) => Promise<void>
  /** What the Node peer has seen of that peer. */
  readonly seenOf: (id: string) => string[]
}

async function three(): Promise<Three> {
  await using cleanUp = new AsyncDisposableStack()
  const tracker = cleanUp.use(await startTracker({ STUN_URLS: '' }))
  const pages = cleanUp.use(await startPages(tracker.http, 'browser'))
  const mesh = cleanUp.use(await join('browser', { tracker: tracker.http, identity: await createIdentity() }))
  const watch = new Watch()
  const seen: { event: string; id: string }[] = []
  for (const event of ['join', 'leave'] as const) {
    mesh.on(event, ({ id }) => {
      seen.push({ event, id })
      watch.changed()
    })
  }
  const seenOf = (peer: string) => seen.flatMap(({ event, id }) => (id === peer ? [event] : []))
  const saw: Three['saw'] = (event, id, count, patience) => {
    const missing = () => (seenOf(id).filter((one) => one === event).length >= count ? [] : [`${event} ${id}`])
    return watch.until(missing, patience)
  }
  const [one, other] = [await pages.open(), await pages.open()]
  await Promise.all([one, other].map((page) => page.run('await until(() => mesh.peers.size === 2)')))
  await Promise.all([one, other].map(({ id }) => saw('join', id, 1, GONE_WITHIN)))
  const rest = cleanUp.move()
  return { mesh, pages, one, other, saw, seenOf, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

/** Settles once the page has seen the peer leave. */
const sawLeave = (page: AppPage, id: string, patience: number): Promise<void> =>
  page.run(`await until(() => app.events.includes('leave ' + argument.id), argument.patience)`, { id, patience })

const goingsOf = (page: AppPage, id: string): Promise<string[]> =>
  page.run(`return app.events.filter((event) => event.endsWith(argument)).map((event) => event.split(' ')[0])`, id)

/** Writes text in upper case while more of it comes. */
const SHOUT = `mesh.serve((request) => new Response(
  request.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TransformStream({ transform: (text, to) => to.enqueue(text.toUpperCase()) }))
    .pipeThrough(new TextEncoderStream()),
  { status: 202, headers: { 'x-path': new URL(request.url).pathname, 'x-method': request.method } },
))`

/** A request whose body goes on only when what came before has been answered; returns the parts of the answer. */
async function converse(mesh: Pick<Mesh, 'fetch'>, peer: string, parts: readonly string[]): Promise<string[]> {
  const { readable, writable } = new TextEncoderStream()
  const writer = writable.getWriter()
  const response = await mesh.fetch(peer, '/shout?loudly', { method: 'POST', body: readable })
  const answer = [`${response.status}`, response.headers.get('x-method') ?? '', response.headers.get('x-path') ?? '']
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (const part of parts) {
    await writer.write(part)
    answer.push((await reader?.read())?.value ?? '')
  }
  await writer.close()
  const { done } = (await reader?.read()) ?? {}
  return [...answer, done === true ? 'the end' : 'more']
}

const ANSWER = ['202', 'POST', '/shout', 'ONE', 'TWO', 'THREE', 'the end']

it('topics, and requests whose bodies are streamed both ways, between pages and with Node', async () => {
  await using swarm = await three()
  const { mesh, one, other } = swarm
  const heard = mesh.topic('chat').messages()
  const data = { at: new Date(0), bytes: new Uint8Array([1, 2, 3]), big: 2n ** 70n }
  await one.run(`await mesh.topic('chat').publish('from a page')`)
  expect((await heard.next()).value).toMatchObject({ from: one.id, data: 'from a page' })
  await mesh.topic('chat').publish(data)
  for (const page of [one, other]) {
    const came = await page.run(`return until(() => app.heard.find(({ from }) => from === argument))`, mesh.id)
    expect(came).toMatchObject({ from: mesh.id, data })
  }
  // Only what one author says stands in an order.
  const authors = await other.run<string[]>(
    'await until(() => app.heard.length === 2)\nreturn app.heard.map(({ from }) => from)',
  )
  expect(new Set(authors)).toEqual(new Set([one.id, mesh.id]))

  await one.run(SHOUT)
  const parts = ['one', 'two', 'three']
  expect(await converse(mesh, one.id, parts)).toEqual(ANSWER)
  const onPage = `return (${String(converse)})(mesh, argument.id, argument.parts)`
  expect(await other.run(onPage, { id: one.id, parts })).toEqual(ANSWER)
  const length = await other.run(
    `const response = await mesh.fetch(argument, '/', { method: 'POST', body: 'edgeswarm '.repeat(400_000) })
    return (await response.text()).replaceAll('EDGESWARM ', '.').length`,
    one.id,
  )
  expect(length).toBe(400_000)
})

it('a page that is loaded anew as the same peer is seen to leave and to join, promptly', async () => {
  await using swarm = await three()
  const { mesh, one, other, saw, seenOf } = swarm
  await one.page.reload()
  await ready(one.page)
  expect(await one.run('return mesh.id')).toBe(one.id)
  await saw('join', one.id, 2, PROMPTLY)
  expect(seenOf(one.id)).toEqual(['join', 'leave', 'join'])
  const joinedTwice = `until(() => app.events.filter((event) => event === 'join ' + argument).length === 2, ${PROMPTLY})`
  await other.run(`await ${joinedTwice}`, one.id)
  expect(await goingsOf(other, one.id)).toEqual(['join', 'leave', 'join'])
  await one.run('await until(() => mesh.peers.size === 2)')
  const heard = mesh.topic('chat').messages()
  await one.run(`await mesh.topic('chat').publish('here again')`)
  expect((await heard.next()).value).toMatchObject({ from: one.id, data: 'here again' })
})

it('a page that leaves says goodbye', async () => {
  await using swarm = await three()
  const { mesh, one, other, saw, seenOf } = swarm
  const heard = mesh.topic('chat').messages()
  const first = Promise.race([heard.next(), saw('leave', one.id, 1, PROMPTLY).then(() => 'it left')])
  const left = await one.run(
    `const closed = new Promise((resolve) => mesh.on('close', resolve))
    await mesh.topic('chat').publish('last words')
    await mesh.leave()
    return [await closed, mesh.peers.size]`,
  )
  expect(left).toEqual([{ error: null }, 0])
  expect(await first).toMatchObject({ value: { from: one.id, data: 'last words' } })
  await Promise.all([saw('leave', one.id, 1, PROMPTLY), sawLeave(other, one.id, PROMPTLY)])
  expect([...mesh.peers.keys()]).toEqual([other.id])
  expect(seenOf(other.id)).toEqual(['join'])
})

it('a page that is closed is seen to leave', async () => {
  await using swarm = await three()
  const { one, other, saw, seenOf } = swarm
  await one.page.close()
  await Promise.all([saw('leave', one.id, 1, GONE_WITHIN), sawLeave(other, one.id, GONE_WITHIN)])
  expect(seenOf(other.id)).toEqual(['join'])
})

it('a page that crashes is seen to leave, and idle links outlive the patience that it had', async () => {
  await using swarm = await three()
  const { mesh, pages, one, other, saw, seenOf } = swarm
  const third = await pages.open()
  await saw('join', third.id, 1, GONE_WITHIN)
  for (const page of [one, other]) await page.run('await until(() => mesh.peers.size === 3)')
  await third.crash()
  // Until then nobody says a word.
  await Promise.all([saw('leave', third.id, 1, GONE_WITHIN), sawLeave(one, third.id, GONE_WITHIN)])
  for (const { id } of [one, other]) expect(seenOf(id)).toEqual(['join'])
  expect(await goingsOf(one, other.id)).toEqual(['join'])
  expect(await goingsOf(one, mesh.id)).toEqual(['join'])
  await mesh.topic('chat').publish('still here')
  for (const page of [one, other]) await page.run(`await until(() => app.heard.length === 1)`)
})
