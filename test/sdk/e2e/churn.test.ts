import { expect, it } from 'vitest'
import { freePort } from '../../../scripts/free-port.ts'
import { serveFolder } from '../../package/loopback.ts'
import { startBrowser } from '../../support/browser.ts'
import { startTracker } from '../../support/tracker.ts'
import { NodePeer, type RemotePeer, TabPeer, talkerPage } from './remote.ts'
import { Watch } from './watch.ts'

const SWARM = 'churn'
/** Each peer publishes so often, in milliseconds. */
const PACE = 100
/** A machine with much else to do may take so long for a step, in milliseconds. */
const PATIENCE = 60_000

const localTracker = (port: number) => startTracker({ STUN_URLS: '' }, port)

const nameOf = (peer: RemotePeer): string => `${peer.constructor.name} ${peer.id.slice(0, 8)}`

/** Links that are still to come. */
const unlinked = (peers: readonly RemotePeer[]) => (): string[] =>
  peers.flatMap((peer) =>
    peers
      .filter((other) => peer !== other && (peer.id === '' || other.id === '' || !peer.peers.has(other.id)))
      .map((other) => `${nameOf(peer)} is not linked to ${nameOf(other)}`),
  )

/** Departures that are still to be seen. */
const unseen = (alive: readonly RemotePeer[], killed: readonly RemotePeer[]) => (): string[] =>
  alive.flatMap((peer) =>
    killed.filter(({ id }) => !peer.left.has(id)).map((gone) => `${nameOf(peer)} has not seen ${nameOf(gone)} leave`),
  )

/** What was published by one who lives, to another who lives and was linked, and was not heard. */
function unheard(alive: readonly RemotePeer[]): string[] {
  return alive.flatMap((author) =>
    alive.flatMap((hearer) => {
      const heard = new Set(hearer.report?.heard[author.id])
      const missed = author.report?.published.flatMap((linked, number) =>
        linked.includes(hearer.id) && !heard.has(number) ? [number] : [],
      )
      return missed?.length === 0 ? [] : [`${nameOf(hearer)} missed ${String(missed)} of ${nameOf(author)}`]
    }),
  )
}

/** Messages that came twice, or not in order, or after a gap, whoever wrote them; and who came when, to tell why. */
function disorder(alive: readonly RemotePeer[], first: readonly RemotePeer[]): string[] {
  const told = (peer: RemotePeer): string => {
    const isFirst = first.includes(peer) ? 'one of the first' : 'a newcomer'
    return `${nameOf(peer)} (${isFirst}${alive.includes(peer) ? '' : ', killed'})`
  }
  const all = new Set([...first, ...alive])
  return alive.flatMap((hearer) =>
    [...all].flatMap((author) => {
      const numbers = hearer.report?.heard[author.id] ?? []
      const breaks = numbers.flatMap((number, index) => {
        const before = numbers[index - 1] ?? number - 1
        return number === before + 1 ? [] : [`${before} and then ${number}`]
      })
      const row = `${numbers[0] ?? 'nothing'} to ${numbers.at(-1) ?? 'nothing'}`
      return breaks.length === 0 ? [] : [`${told(hearer)} heard ${row} of ${told(author)}, but ${breaks.join(', ')}`]
    }),
  )
}

it('twelve peers, half of them killed, new ones, and a new tracker: who lives hears all that was said to it', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const port = await freePort()
  let tracker = await localTracker(port)
  cleanUp.defer(() => tracker[Symbol.asyncDispose]())
  const page = await talkerPage(tracker.http, SWARM, PACE)
  const site = cleanUp.use(await serveFolder('dist/sdk', { '/': page }))
  const browser = cleanUp.use(await startBrowser())
  const watch = new Watch()
  const node = () => cleanUp.use(new NodePeer(watch, [tracker.http, SWARM, `${PACE}`]))
  const tab = async () => cleanUp.use(await TabPeer.open(watch, browser, `${site.url}/`))
  const start = async (nodes: number, tabs: number): Promise<RemotePeer[]> => [
    ...Array.from({ length: nodes }, node),
    ...(await Promise.all(Array.from({ length: tabs }, tab))),
  ]

  const first = await start(8, 4)
  await watch.until(unlinked(first), PATIENCE)

  // Every other one, so that both kinds lose half.
  const killed = first.filter((_, index) => index % 2 === 0)
  const rest = first.filter((peer) => !killed.includes(peer))
  await Promise.all([...killed.map((peer) => peer.kill()), tracker[Symbol.asyncDispose]()])
  tracker = await localTracker(port)
  const alive = [...rest, ...(await start(4, 2))]
  await watch.until(() => [...unlinked(alive)(), ...unseen(rest, killed)()], PATIENCE)

  await Promise.all(alive.map((peer) => peer.stop()))
  await watch.until(
    () => alive.filter(({ report }) => !report).map((peer) => `the report of ${nameOf(peer)}`),
    PATIENCE,
  )
  expect(unlinked(alive)()).toEqual([])
  expect(unheard(alive)).toEqual([])
  expect(disorder(alive, first)).toEqual([])
  const failures = alive.flatMap(({ report }) => report?.failures ?? [])
  expect(failures.filter((code) => code !== 'ERR_UNREACHABLE')).toEqual([])
  const gone = new Set(killed.map(({ id }) => id))
  const falselyLeft = alive.flatMap((peer) => [...peer.left.keys()].filter((id) => !gone.has(id)))
  expect(falselyLeft).toEqual([])
})
