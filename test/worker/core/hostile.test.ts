import { describe, expect, it } from 'vitest'
import type { SocketId } from '../../../worker/core/socket.ts'
import {
  announceBy,
  answerBy,
  failure,
  httpAnnounceBy,
  offerIdOf,
  offersOf,
  peerIdOf,
  sentIn,
  SWARM,
  TestHub,
} from '../../support/core.ts'

const json = (value: unknown): string => JSON.stringify(value)
const announce = (fields: object) => json(announceBy('mallory', fields))
const offer = (fields: object) => announce({ offers: [...offersOf('fine'), { ...offersOf('one')[0], ...fields }] })
const nested = (depth: number, start = '[', end = ']') => start.repeat(depth) + end.repeat(depth)

/** Texts that name neither an action nor a swarm that a failure could repeat. */
const unreadable: readonly (readonly [string, string | null])[] = [
  ['a binary frame', null],
  ['nothing', ''],
  ['a space', ' '],
  ['no JSON', 'hello'],
  ['JSON that is cut off', '{"action":"announce"'],
  ['JSON with a comma too many', '{"action":"announce",}'],
  ['two objects', '{}{}'],
  ['single quotes', "{'action':'announce'}"],
  ['a number', '5'],
  ['null', 'null'],
  ['true', 'true'],
  ['a string', '"announce"'],
  ['an array', '[]'],
  ['an array of an announce', `[${announce({})}]`],
  ['an empty object', '{}'],
  ['a byte order mark', `\ufeff${announce({})}`],
  ['10 MB of text', 'x'.repeat(10_000_000)],
  ['10 MB of spaces and an announce', ' '.repeat(10_000_000) + announce({})],
  ['deep arrays', nested(100_000)],
  ['deep objects', `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`],
  ['a lone surrogate', '\ud800'],
  ['an action that is no string', '{"action":{"toString":"announce"}}'],
  ['an action in another case', '{"action":"Announce"}'],
  ['an action only of the prototype', '{"__proto__":{"action":"announce"}}'],
  ['a key of the prototype', '{"action":"constructor"}'],
]

/** Texts that name the swarm, and so get it back. */
const wrong: readonly (readonly [string, string])[] = [
  ['another action', announce({ action: 'dance' })],
  ['no action', announce({ action: undefined })],
  ['two actions', `{"action":"announce","action":"dance","info_hash":${json(SWARM)}}`],
  ['no peer id', announce({ peer_id: undefined })],
  ['a peer id of 19 characters', announce({ peer_id: 'p'.repeat(19) })],
  ['a peer id of 21 characters', announce({ peer_id: 'p'.repeat(21) })],
  ['a peer id that ends in a line break more', announce({ peer_id: `${'p'.repeat(20)}\n` })],
  ['a peer id with a character above U+00FF', announce({ peer_id: `\u0100${'p'.repeat(19)}` })],
  ['a peer id with a lone surrogate', announce({ peer_id: `\ud800${'p'.repeat(19)}` })],
  ['a peer id that is an array of characters', announce({ peer_id: Array.from(peerIdOf('mallory')) })],
  ['a left below zero', announce({ left: -1 })],
  ['a left that is text', announce({ left: '5' })],
  ['a left that is an object', announce({ left: {} })],
  ['an unknown event', announce({ event: 'exploded' })],
  ['an event that is a number', announce({ event: 0 })],
  ['an event of the prototype', announce({ event: '__proto__' })],
  ['a numwant that is no whole number', announce({ numwant: 1.5 })],
  ['a numwant that is text', announce({ numwant: '5' })],
  ['a numwant without end', announce({ numwant: 0 }).replace('"numwant":0', '"numwant":1e999')],
  ['a key of 65 characters', announce({ key: 'k'.repeat(65) })],
  ['a key that is a number', announce({ key: 5 })],
  ['offers that are an object', announce({ offers: {} })],
  ['offers that are text', announce({ offers: 'offer' })],
  ['offers that hold null', announce({ offers: [null] })],
  ['offers that hold arrays', announce({ offers: [[]] })],
  ['an offer that is null', offer({ offer: null })],
  ['an offer that is a number', offer({ offer: 5 })],
  ['an offer without sdp', offer({ offer: { type: 'offer' } })],
  ['an offer whose sdp is a number', offer({ offer: { type: 'offer', sdp: 5 } })],
  ['an offer without id', offer({ offer_id: undefined })],
  ['an offer id of 19 characters', offer({ offer_id: 'o'.repeat(19) })],
  ['an offer id with a character above U+00FF', offer({ offer_id: `\u2028${'o'.repeat(19)}` })],
  ['more than a thousand offers', announce({ offers: Array.from({ length: 1500 }, () => offersOf('one')[0]) })],
  ['an offer that is too long', offer({ offer: { type: 'offer', sdp: 'x'.repeat(20_000) } })],
  ['an answer to nobody', json(answerBy('mallory', 'nobody', 'one'))],
  ['an answer that nobody asked for', json(answerBy('mallory', 'alice', 'one'))],
  ['an answer to oneself', json(answerBy('mallory', 'mallory', 'one'))],
  ['an answer without to_peer_id', json(answerBy('mallory', 'alice', 'one', { to_peer_id: undefined }))],
  ['an answer whose to_peer_id is null', json(answerBy('mallory', 'alice', 'one', { to_peer_id: null }))],
  ['an answer without offer_id', json(answerBy('mallory', 'alice', 'one', { offer_id: undefined }))],
  ['an answer that is a number', json(answerBy('mallory', 'alice', 'one', { answer: 5 }))],
  ['an answer without sdp', json(answerBy('mallory', 'alice', 'one', { answer: {} }))],
  ['the peer id of another socket', json(announceBy('alice'))],
]

const scrapes: readonly (readonly [string, unknown])[] = [
  ['of all swarms', undefined],
  ['of a number', 5],
  ['of an object', {}],
  ['of an info hash of 19 characters', 's'.repeat(19)],
  ['of an info hash above U+00FF', '\u0100'.padEnd(20, 's')],
  ['of an array that holds a number', [SWARM, 5]],
  ['of an array that holds an array', [[SWARM]]],
  ['of too many', Array.from({ length: 101 }, () => SWARM)],
]

/** All of a hub that a message could change, but for the counters and rates that also count what is refused. */
const observe = ({ state, memory }: TestHub) =>
  structuredClone({
    swarms: Array.from(state.swarms.values(), ({ infoHash, counts, websocket, http }) => ({
      infoHash,
      counts,
      websocket: Array.from(websocket.entries(), ([, { id, role, completed, heard, offered, socket }]) => ({
        ...{ id, role, completed, heard, socket: socket.id },
        offered: offered.map(({ id, at, answered }) => ({ id, at, answered })),
      })),
      http: Array.from(http.entries(), ([key, peer]) => ({ key, ...peer })),
    })),
    sockets: Array.from(state.sockets.values(), ({ id, key, peers }) => ({ id, key, peers: peers.size })),
    totals: state.totals,
    sweepAt: state.sweepAt,
    memory: [memory.attachments, memory.httpPeers, memory.downloads, memory.sweepAt],
  })

/** A swarm with something in it to break. */
function peopled(): { hub: TestHub; mallory: SocketId } {
  const hub = new TestHub()
  hub.join('alice', { offers: offersOf('one'), key: 'secret' })
  hub.join('bob', { offers: offersOf('two'), left: 0, event: 'completed' })
  hub.httpServed(httpAnnounceBy('carol'))
  return { hub, mallory: hub.join('mallory', {}, '198.51.100.1') }
}

function expectOneFailure(text: string | null, fields: Parameters<typeof failure>[0]): void {
  const { hub, mallory } = peopled()
  const before = observe(hub)
  const effects = hub.sayText(mallory, text)
  expect(effects).toHaveLength(1)
  const [sent] = sentIn(effects)
  expect(sent?.to).toBe(mallory)
  const { 'retry in': retryIn = 1, ...message } = sent?.message as Record<string, unknown>
  expect(message).toStrictEqual(failure(fields, expect.stringMatching(/./)))
  expect(retryIn).toSatisfy((minutes) => Number.isInteger(minutes) && Number(minutes) >= 1)
  expect(observe(hub)).toEqual(before)
}

describe('F1 F2 F3: one failure for the sender, nothing for others, and no change', () => {
  it.each(unreadable)('M1: %s', (_, text) => {
    expectOneFailure(text, { info_hash: '' })
  })

  it.each(wrong)('F2: a message with %s', (_, text) => {
    expectOneFailure(text, {})
  })

  it.each([
    'a'.repeat(19),
    'a'.repeat(21),
    '\u0100'.padEnd(20, 'a'),
    '\udc00'.padEnd(20, 'a'),
    5,
    null,
    undefined,
    {},
    [],
  ])('M2: the info hash %j', (infoHash) => {
    expectOneFailure(announce({ info_hash: infoHash }), { info_hash: '' })
  })

  it.each(scrapes)('M8: a scrape %s', (_, infoHash) => {
    expectOneFailure(json({ action: 'scrape', info_hash: infoHash }), { action: 'scrape', info_hash: '' })
  })

  it('M9: of a repeated offers the last counts, and that is wrong', () => {
    const text = announce({ offers: offersOf('one') })
    expectOneFailure(text.replace(/\}$/, ',"offers":5}'), {})
    expectOneFailure(text.replace(/\}$/, ',"\\u006fffers":5}'), {})
  })

  it('M10: one character more than MAX_MESSAGE', () => {
    const { hub, mallory } = peopled()
    const text = announce({})
    const most = hub.state.settings.MAX_MESSAGE
    expectOneFailure(text.padEnd(most + 1), { info_hash: '' })
    expect(hub.sayText(mallory, text.padEnd(most))).toHaveLength(1)
  })

  // V8's JSON.stringify gives up where JSON.parse did not; an integer-like key makes it do so in workerd as well.
  it.each(['', '"1":1,'])('M6: an offer too deep to serialise, with %s', (before) => {
    const text = announce({ offers: [{ offer: { sdp: '' }, offer_id: offerIdOf('deep') }] })
    const deep = text.replace('"sdp":""', `"sdp":"",${before}"x":${nested(60_000)}`)
    const { hub, mallory } = peopled()
    expect(sentIn(hub.sayText(mallory, deep)).map(({ to }) => to)).toEqual([mallory])
  })
})

describe('what looks ugly and is fine', () => {
  it.each([
    ['__proto__ as a key', announce({}).replace('{', '{"__proto__":{"left":-1,"event":5},')],
    ['an unknown key with anything in it', announce({ 'x\u0000"': [{ offers: [null] }, 'offers'] })],
    ['a repeated key whose last value is right', announce({}).replace('{', '{"left":-1,"peer_id":5,"action":1,')],
    ['a left of 2^63', announce({ left: 2 ** 63 })],
    ['a numwant of 2^63', announce({ numwant: 2 ** 63 })],
    ['a numwant of -2^63', announce({ numwant: -(2 ** 63) })],
    ['a key of 64 characters', announce({ key: 'k'.repeat(64) })],
    ['spaces around', ` \n\t${announce({})}\r\n `],
  ])('M9: %s', (_, text) => {
    const { hub, mallory } = peopled()
    expect(sentIn(hub.sayText(mallory, text))).toEqual([
      { to: mallory, message: { action: 'announce', info_hash: SWARM, interval: 120, complete: 1, incomplete: 3 } },
    ])
  })
})
