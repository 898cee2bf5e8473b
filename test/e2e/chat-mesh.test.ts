import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Graph, graphOf, type KnownPeer } from '../../examples/chat/mesh/graph.ts'
import { HOP, Journeys } from '../../examples/chat/mesh/journeys.ts'
import { layOut } from '../../examples/chat/mesh/layout.ts'
import { MAX_LINKS, readReport } from '../../examples/chat/mesh/protocol.ts'
import { describeReach, summarise } from '../../examples/chat/mesh/words.ts'
import { startBrowser, type TestBrowser } from '../support/browser.ts'
import { ChatPage, startBot } from '../support/chat-page.ts'
import { startTracker } from '../support/tracker.ts'

// No test waits for a server that this machine may not reach.
const OFFLINE = { STUN_URLS: '' }
const BOTS = 14
const PEERS = BOTS + 2
/** For what needs all peers of the room to be linked: two cores do the work of 26 machines. */
const PATIENT = { timeout: 60_000 }

describe('two pages and 14 bots', () => {
  let browser: TestBrowser
  beforeAll(async () => {
    browser = await startBrowser()
  })
  afterAll(() => browser[Symbol.asyncDispose]())

  it('hear each other, and the picture shows all of them and the ways of their messages', async () => {
    await using tracker = await startTracker(OFFLINE)
    await using bots = await startBot(tracker.http, '--count', `${BOTS}`, '--quiet')
    expect(bots.output).toContain(`Bot 1 to ${BOTS} are in the room lobby.`)
    const ada = await ChatPage.open(browser, `${tracker.http}/chat`, 'Ada')
    const grace = await ChatPage.open(browser, `${tracker.http}/chat`, 'Grace')
    const botNames = Array.from({ length: BOTS }, (_, index) => `Bot ${index + 1}`)
    const sees = (page: ChatPage) => page.page.locator('.person-name').allTextContents()
    await expect.poll(() => sees(ada), PATIENT).toHaveLength(PEERS - 1)
    await expect.poll(() => sees(grace), PATIENT).toHaveLength(PEERS - 1)
    expect((await sees(ada)).sort()).toEqual([...botNames, 'Grace'].sort())
    await expect.poll(() => ada.page.getByTestId('here').textContent(), PATIENT).toBe(`${PEERS} here`)

    await ada.openMesh()
    await expect.poll(() => ada.meshCounts(), PATIENT).toMatchObject({ peers: PEERS })
    await expect.poll(async () => (await ada.meshCounts()).links, PATIENT).toBeGreaterThan(PEERS)

    await ada.say('Who hears me?')
    const reach = () => ada.page.getByTestId('mesh-message').textContent()
    await expect
      .poll(reach, PATIENT)
      .toMatch(new RegExp(`^Your message reached ${PEERS - 1} of ${PEERS - 1}, in up to`))
    await grace.hears('Who hears me?')
    await grace.say('!roll')
    const heard = (page: ChatPage) => async () => (await page.messages()).filter((text) => text.endsWith(' is here.'))
    for (const page of [ada, grace]) {
      await expect.poll(async () => new Set(await heard(page)()).size, PATIENT).toBe(BOTS)
    }
    await expect.poll(reach, PATIENT).toMatch(new RegExp(`^Bot \\d+’s message reached ${PEERS - 1} of ${PEERS - 1}`))

    await grace.page.close({ runBeforeUnload: true })
    await expect.poll(() => ada.meshCounts(), PATIENT).toMatchObject({ peers: PEERS - 1 })
    expect((await sees(ada)).sort()).toEqual(botNames.sort())
  })

  it('in the picture the arrow keys go from peer to peer', async () => {
    await using tracker = await startTracker(OFFLINE)
    await using bot = await startBot(tracker.http, '--quiet')
    const { page } = await ChatPage.open(browser, `${tracker.http}/chat`, 'Ada')
    await page.getByTestId('show-mesh').click()
    await page.getByTestId('mesh-summary').getByText('2 peers, 1 link of yours, 1 link in all').waitFor()
    const picture = page.getByTestId('mesh-picture')
    const chosen = page.getByTestId('mesh-peer')
    await picture.press('ArrowRight')
    expect(await chosen.textContent()).toBe('You: 1 link')
    await picture.press('ArrowRight')
    expect(await chosen.textContent()).toBe('Bot: 1 link, one of them to you')
    await picture.press('Escape')
    expect(await chosen.textContent()).toBe('')
    await page.getByTestId('show-mesh').click()
    expect(await page.getByTestId('mesh').isVisible()).toBe(false)
    expect(bot.output).toContain('Bot is in the room lobby.')
  })
})

it.each([
  [{ type: 'watch', extra: 1 }, { type: 'watch' }],
  [
    { type: 'links', links: ['0123abcd'] },
    { type: 'links', links: ['0123abcd'] },
  ],
  [
    { type: 'heard', heard: [{ id: 'a-b', via: '0123abcd', extra: 1 }] },
    { type: 'heard', heard: [{ id: 'a-b', via: '0123abcd' }] },
  ],
  [null, null],
  ['watch', null],
  [{ type: 'links' }, null],
  [{ type: 'links', links: ['0123ABCD'] }, null],
  [{ type: 'links', links: ['0123abcd0'] }, null],
  [{ type: 'links', links: Array.from({ length: MAX_LINKS + 1 }, () => '0123abcd') }, null],
  [{ type: 'heard', heard: [{ id: '', via: '0123abcd' }] }, null],
  [{ type: 'heard', heard: [{ id: '123456789', via: '0123abcd' }] }, null],
  [{ type: 'heard', heard: [{ id: 'a', via: 7 }] }, null],
])('of what a stranger reports of the mesh, %j is read as %j', (sent, read) => {
  expect(readReport(sent)).toEqual(read)
})

const OWN = '00000000'
const [ANN, BEN, CAT] = ['11111111', '22222222', '33333333'] as const
const known = (id: string, isLinked = false): KnownPeer => ({ id, name: `Peer ${id.slice(0, 1)}`, isLinked })

/** Ann is linked to the page, Ben to Ann; nobody says how Cat is linked. */
const line = (): Graph => graphOf(OWN, [known(ANN, true), known(BEN), known(CAT)], new Map([[BEN, [ANN]]]))

it('a link counts once if one end tells of it, and of its own the page believes itself alone', () => {
  const told = new Map([
    [ANN, [OWN, BEN, 'deadbeef', ANN]],
    [BEN, [ANN, OWN]],
  ])
  const graph = graphOf(OWN, [known(ANN, true), known(BEN)], told)
  expect(graph.links).toEqual([
    [OWN, ANN],
    [ANN, BEN],
  ])
  expect([...graph.peers.values()].map(({ hops }) => hops)).toEqual([0, 1, 2])
})

it('puts peers on rings by their hops, evenly, and who is not known to be linked outside', () => {
  const { places, radii } = layOut(line())
  expect([...places].map(([id, { ring }]) => [id, ring])).toEqual([
    [OWN, 0],
    [ANN, 1],
    [BEN, 2],
    [CAT, 2],
  ])
  expect(places.get(OWN)).toMatchObject({ x: 0, y: 0 })
  expect(radii.at(-1)).toBe(1)
  const [ben, cat] = [places.get(BEN), places.get(CAT)]
  expect([(ben?.x ?? 0) + (cat?.x ?? 0), (ben?.y ?? 0) + (cat?.y ?? 0)]).toEqual([
    expect.closeTo(0, 9),
    expect.closeTo(0, 9),
  ])
})

it('a page that is alone, or linked to nobody yet, can be laid out', () => {
  expect([...layOut(graphOf(OWN, [], new Map())).places]).toEqual([[OWN, { x: 0, y: 0, ring: 0 }]])
  expect(layOut(graphOf(OWN, [known(ANN)], new Map())).places.get(ANN)).toMatchObject({ ring: 2 })
})

it('in the picture nobody passes on what has not come to it, in whatever order the reports are', () => {
  const journeys = new Journeys()
  journeys.begin('m', OWN, 1000)
  journeys.report(CAT, { id: 'm', via: BEN }, 400)
  journeys.report(BEN, { id: 'm', via: ANN }, 500)
  expect(journeys.hops(600)).toEqual([])
  journeys.report(ANN, { id: 'm', via: OWN }, 600)
  expect(journeys.hops(600)).toEqual([
    { from: OWN, to: ANN, start: 1000, end: 1000 + HOP },
    { from: ANN, to: BEN, start: 1000 + HOP, end: 1000 + 2 * HOP },
    { from: BEN, to: CAT, start: 1000 + 2 * HOP, end: 1000 + 3 * HOP },
  ])
  expect(journeys.reach).toEqual({ author: OWN, reached: new Set([CAT, BEN, ANN]), hops: 3 })
  expect(journeys.hops(10_000)).toEqual([])
})

it('takes one report of each peer, none of the author, and none of a message that it has not heard', () => {
  const journeys = new Journeys()
  journeys.begin('m', OWN, 0)
  for (const by of [OWN, ANN, ANN]) journeys.report(by, { id: 'm', via: OWN }, 10)
  journeys.report(ANN, { id: 'unknown', via: OWN }, 10)
  expect(journeys.hops(10)).toHaveLength(1)
  // Two that say that each had it from the other go nowhere.
  journeys.report(BEN, { id: 'm', via: CAT }, 10)
  journeys.report(CAT, { id: 'm', via: BEN }, 10)
  expect(journeys.hops(10)).toHaveLength(1)
})

it('says in words what the picture shows', () => {
  expect(summarise(line(), { count: 4, isExact: true })).toBe('4 peers, 1 link of yours, 2 links in all')
  expect(summarise(line(), { count: 1234, isExact: false })).toBe(
    'about 1,234 peers, 4 of them in the picture, 1 link of yours, 2 links in all',
  )
  const reached = new Set([ANN, BEN, 'deadbeef'])
  expect(describeReach({ author: OWN, reached, hops: 2 }, line())).toBe('Your message reached 2 of 3, in up to 2 hops')
  expect(describeReach({ author: BEN, reached: new Set(), hops: 0 }, line())).toBe('A message of Peer 2 is on its way')
})
