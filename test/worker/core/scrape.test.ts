import { expect, it } from 'vitest'
import { announceBy, failure, httpAnnounceBy, infoHashOf, OTHER_SWARM, SWARM, TestHub } from '../../support/core.ts'

const UNKNOWN = infoHashOf('unknown')
const refused = (fields = {}) => failure({ action: 'scrape', info_hash: '', ...fields }, expect.any(String))

/** A seed that completed and two leeches in one swarm, one seed in another. */
function peopled(environment = {}) {
  const hub = new TestHub(environment)
  hub.join('seed', { left: 0, event: 'completed' })
  hub.join('leech')
  hub.join('partial seed', { event: 'paused' })
  hub.join('other', { info_hash: OTHER_SWARM, left: 0 })
  return { hub, socket: hub.open() }
}

it('C1: one info hash', () => {
  const { hub, socket } = peopled()
  expect(hub.say(socket, { action: 'scrape', info_hash: SWARM })).toStrictEqual([
    { to: socket, message: { action: 'scrape', files: { [SWARM]: { complete: 1, incomplete: 2, downloaded: 1 } } } },
  ])
})

it('C1: several info hashes, an unknown one has zeros', () => {
  const { hub, socket } = peopled()
  expect(hub.say(socket, { action: 'scrape', info_hash: [SWARM, UNKNOWN, OTHER_SWARM] })).toStrictEqual([
    {
      to: socket,
      message: {
        action: 'scrape',
        files: {
          [SWARM]: { complete: 1, incomplete: 2, downloaded: 1 },
          [UNKNOWN]: { complete: 0, incomplete: 0, downloaded: 0 },
          [OTHER_SWARM]: { complete: 1, incomplete: 0, downloaded: 0 },
        },
      },
    },
  ])
  expect(hub.state.swarms.has(UNKNOWN)).toBe(false)
})

it('C1: no info hash of many gets no files', () => {
  const { hub, socket } = peopled()
  expect(hub.say(socket, { action: 'scrape', info_hash: [] })).toStrictEqual([
    { to: socket, message: { action: 'scrape', files: {} } },
  ])
})

it('C1: awkward characters come back as they were', () => {
  const { hub, socket } = peopled()
  const infoHash = '"\\\0\u007f\u00ff__proto__'.padEnd(20, '}')
  expect(hub.say(socket, { action: 'scrape', info_hash: infoHash })).toStrictEqual([
    { to: socket, message: { action: 'scrape', files: { [infoHash]: { complete: 0, incomplete: 0, downloaded: 0 } } } },
  ])
})

it('C2: a scrape of all swarms is refused', () => {
  const { hub, socket } = peopled()
  expect(hub.say(socket, { action: 'scrape' })).toEqual([{ to: socket, message: refused() }])
  expect(hub.httpScrape('all')).toMatchObject({ type: 'refused', refusal: { code: 'forbidden' } })
})

it('C2: with SCRAPE_ALL it lists all swarms', () => {
  const { hub, socket } = peopled({ SCRAPE_ALL: 1 })
  expect(hub.say(socket, { action: 'scrape' })).toStrictEqual([
    {
      to: socket,
      message: {
        action: 'scrape',
        files: {
          [SWARM]: { complete: 1, incomplete: 2, downloaded: 1 },
          [OTHER_SWARM]: { complete: 1, incomplete: 0, downloaded: 0 },
        },
      },
    },
  ])
})

it('C3: MAX_SCRAPE info hashes are served and one more is refused', () => {
  const { hub, socket } = peopled({ MAX_SCRAPE: 2 })
  expect(hub.say(socket, { action: 'scrape', info_hash: [SWARM, UNKNOWN] })[0]?.message).toHaveProperty('files')
  expect(hub.say(socket, { action: 'scrape', info_hash: [SWARM, UNKNOWN, OTHER_SWARM] })).toEqual([
    { to: socket, message: refused() },
  ])
  expect(hub.httpScrape([SWARM, UNKNOWN, OTHER_SWARM])).toMatchObject({ refusal: { code: 'limited' } })
})

it('S2: a scrape without info_hash on a socket of one swarm means that swarm', () => {
  const { hub } = peopled()
  const bound = hub.open('192.0.2.1', SWARM)
  expect(hub.say(bound, { action: 'scrape' })).toStrictEqual([
    { to: bound, message: { action: 'scrape', files: { [SWARM]: { complete: 1, incomplete: 2, downloaded: 1 } } } },
  ])
})

it('S2: a socket of one swarm may scrape that swarm and no other', () => {
  const { hub } = peopled()
  const bound = hub.open('192.0.2.1', SWARM)
  expect(hub.say(bound, { action: 'scrape', info_hash: [SWARM] })[0]?.message).toHaveProperty('files')
  expect(hub.say(bound, { action: 'scrape', info_hash: [SWARM, OTHER_SWARM] })).toEqual([
    { to: bound, message: refused() },
  ])
})

it('F1: a refused scrape of one info hash names it', () => {
  const { hub } = peopled()
  const bound = hub.open('192.0.2.1', SWARM)
  expect(hub.say(bound, { action: 'scrape', info_hash: OTHER_SWARM })).toEqual([
    { to: bound, message: refused({ info_hash: OTHER_SWARM }) },
  ])
})

it('H12: a scrape counts the peers of both transports, over either', () => {
  const { hub, socket } = peopled()
  hub.httpAnnounce(httpAnnounceBy('carol', { left: 0, event: 'completed' }))
  expect(hub.say(socket, { action: 'scrape', info_hash: SWARM })).toStrictEqual([
    { to: socket, message: { action: 'scrape', files: { [SWARM]: { complete: 2, incomplete: 2, downloaded: 2 } } } },
  ])
  expect(hub.httpScrape([SWARM])).toStrictEqual({
    type: 'scraped',
    files: new Map([[SWARM, { complete: 2, incomplete: 2, downloaders: 1, downloaded: 2 }]]),
    minInterval: 60,
  })
})

it('A4: an empty swarm forgets its downloads', () => {
  const hub = new TestHub()
  const alice = hub.join('alice', { left: 0, event: 'completed' })
  hub.say(alice, announceBy('alice', { event: 'stopped' }))
  hub.say(alice, announceBy('alice', { left: 0 }))
  expect(hub.counts()).toEqual({ complete: 1, incomplete: 0, downloaded: 0 })
})
