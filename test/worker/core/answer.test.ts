import { describe, expect, it } from 'vitest'
import {
  announceBy,
  answerBy,
  failure,
  MINUTE,
  offerIdOf,
  offersOf,
  OTHER_SWARM,
  peerIdOf,
  SECOND,
  SWARM,
  TestHub,
} from '../../support/core.ts'

/** Alice offers to Bob, who is the only other peer. */
function offered(environment = {}) {
  const hub = new TestHub(environment)
  const bob = hub.join('bob')
  const alice = hub.open()
  expect(hub.say(alice, announceBy('alice', { offers: offersOf('one') }))).toHaveLength(2)
  return { hub, alice, bob }
}

const relayed = {
  action: 'announce',
  info_hash: SWARM,
  peer_id: peerIdOf('bob'),
  answer: { type: 'answer', sdp: 'sdp of bob' },
  offer_id: offerIdOf('one'),
}

const refused = failure({}, expect.any(String))

describe('an answer to an offer', () => {
  it('B1: goes to the peer whose offer it answers without to_peer_id, and its sender gets no reply', () => {
    const { hub, alice, bob } = offered()
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toStrictEqual([{ to: alice, message: relayed }])
  })

  it('B1: is relayed as it came', () => {
    const { hub, alice, bob } = offered()
    const answer = { sdp: '"\\\u2028\ud800 é', type: 'answer', extra: { nested: [true] } }
    expect(hub.say(bob, answerBy('bob', 'alice', 'one', { answer }))).toStrictEqual([
      { to: alice, message: { ...relayed, answer } },
    ])
  })

  it('B1: a bare string is relayed as such', () => {
    const { hub, alice, bob } = offered()
    expect(hub.say(bob, answerBy('bob', 'alice', 'one', { answer: 'v=0' }))).toStrictEqual([
      { to: alice, message: { ...relayed, answer: 'v=0' } },
    ])
  })

  it('B1: an offer id of awkward characters comes back as it was', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const alice = hub.open()
    const id = '"\\\0\r\u007f\u0080\u00ff{}[],:'.padEnd(20, '\u00e9')
    hub.say(alice, announceBy('alice', { offers: [{ offer: 'v=0', offer_id: id }] }))
    expect(hub.say(bob, answerBy('bob', 'alice', 'one', { offer_id: id }))).toStrictEqual([
      { to: alice, message: { ...relayed, offer_id: id } },
    ])
  })

  it('B2: is relayed within 60 seconds and not later', () => {
    const early = offered()
    early.hub.wait(MINUTE - 1)
    expect(early.hub.say(early.bob, answerBy('bob', 'alice', 'one'))).toHaveLength(1)
    const late = offered()
    late.hub.wait(MINUTE + 1)
    expect(late.hub.say(late.bob, answerBy('bob', 'alice', 'one'))).toEqual([{ to: late.bob, message: refused }])
  })

  it('B2: is relayed once', () => {
    const { hub, bob } = offered()
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toHaveLength(1)
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toEqual([{ to: bob, message: refused }])
  })

  it('B2: is refused from a socket that did not get the offer', () => {
    const { hub, alice, bob } = offered()
    const mallory = hub.join('mallory')
    expect(hub.say(mallory, answerBy('mallory', 'alice', 'one'))).toEqual([{ to: mallory, message: refused }])
    expect(hub.say(mallory, answerBy('bob', 'alice', 'one'))).toEqual([{ to: mallory, message: refused }])
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toStrictEqual([{ to: alice, message: relayed }])
  })

  it.each([
    ['an offer that nobody made', answerBy('bob', 'alice', 'two')],
    ['a peer that made no offer', answerBy('bob', 'carol', 'one')],
    ['a peer that is not there', answerBy('bob', 'dave', 'one')],
    ['itself', answerBy('bob', 'bob', 'one')],
  ])('B2: is refused for %s', (_, message) => {
    const { hub, bob } = offered()
    hub.join('carol')
    expect(hub.say(bob, message)).toEqual([{ to: bob, message: refused }])
  })

  it('B2: is refused in a swarm where the offer was not made', () => {
    const { hub, bob } = offered()
    expect(hub.say(bob, answerBy('bob', 'alice', 'one', { info_hash: OTHER_SWARM }))).toEqual([
      { to: bob, message: failure({ info_hash: OTHER_SWARM }, expect.any(String)) },
    ])
  })

  it('B2: is refused once the peer that offered is gone', () => {
    const { hub, alice, bob } = offered()
    hub.close(alice)
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toEqual([{ to: bob, message: refused }])
  })

  it('B2: each of two peers that got offers with the same id may answer', () => {
    const hub = new TestHub()
    const bob = hub.join('bob')
    const carol = hub.join('carol')
    const alice = hub.open()
    expect(hub.say(alice, announceBy('alice', { offers: offersOf('one', 'one') }))).toHaveLength(3)
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toStrictEqual([{ to: alice, message: relayed }])
    expect(hub.say(carol, answerBy('carol', 'alice', 'one'))).toHaveLength(1)
  })

  it('B2: every offer of an announce may be answered, however many MAX_OFFERS lets pass', () => {
    const hub = new TestHub({ MAX_OFFERS: 200 })
    const names = Array.from({ length: 200 }, (_, index) => `peer ${index}`)
    const nameOf = new Map(names.map((name) => [hub.join(name), name]))
    const alice = hub.open()
    const sent = hub.say(alice, announceBy('alice', { offers: offersOf(...names) })).slice(1)
    expect(sent).toHaveLength(200)
    const unanswered = sent.filter(({ to, message }) => {
      const { offer_id: offerId } = message as { offer_id: string }
      const [answer] = hub.say(to, answerBy(nameOf.get(to) ?? '', 'alice', 'any', { offer_id: offerId }))
      return answer?.to !== alice
    })
    expect(unanswered).toHaveLength(0)
  })

  it('B4: bears the peer id that the offer was sent to, whatever it says', () => {
    const { hub, alice, bob } = offered()
    expect(hub.say(bob, answerBy('mallory', 'alice', 'one'))).toEqual([
      { to: alice, message: { ...relayed, answer: { type: 'answer', sdp: 'sdp of mallory' } } },
    ])
  })

  it('A9: an answer of more than MAX_SDP characters is refused and may be sent again', () => {
    const { hub, alice, bob } = offered({ MAX_SDP: 1024 })
    const long = answerBy('bob', 'alice', 'one', { answer: { type: 'answer', sdp: 'x'.repeat(1024) } })
    expect(hub.say(bob, long)).toEqual([{ to: bob, message: refused }])
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toStrictEqual([{ to: alice, message: relayed }])
  })
})

describe('after a wake', () => {
  /** The hub sleeps between Alice's offer and Bob's answer. */
  function woken() {
    const { hub, alice, bob } = offered()
    hub.wait(15 * SECOND)
    hub.hibernate()
    return { hub, alice, bob }
  }

  it('B3: an answer to a forgotten offer passes', () => {
    const { hub, alice, bob } = woken()
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toStrictEqual([{ to: alice, message: relayed }])
  })

  it('B3: ten answers pass and not eleven', () => {
    const { hub, alice, bob } = woken()
    for (let count = 0; count < 10; count++) {
      expect(hub.say(bob, answerBy('bob', 'alice', `offer ${count}`)).map(({ to }) => to)).toEqual([alice])
    }
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toEqual([{ to: bob, message: refused }])
  })

  it('B3: passes within a minute and not later', () => {
    const { hub, alice, bob } = woken()
    hub.wait(MINUTE - 1)
    expect(hub.say(bob, answerBy('bob', 'alice', 'one')).map(({ to }) => to)).toEqual([alice])
    hub.wait(2)
    expect(hub.say(bob, answerBy('bob', 'alice', 'two'))).toEqual([{ to: bob, message: refused }])
  })

  it('B3: a socket that came later may not', () => {
    const { hub } = woken()
    const mallory = hub.join('mallory')
    expect(hub.say(mallory, answerBy('mallory', 'alice', 'one'))).toEqual([{ to: mallory, message: refused }])
  })

  it('B3: nor may a socket that has no such peer', () => {
    const { hub, bob } = woken()
    expect(hub.say(bob, answerBy('mallory', 'alice', 'one'))).toEqual([{ to: bob, message: refused }])
  })

  it('F2: an unmatched answer that is refused is not one of the ten', () => {
    const { hub, alice, bob } = woken()
    for (let count = 0; count < 10; count++) hub.say(bob, answerBy('mallory', 'alice', 'one'))
    expect(hub.say(bob, answerBy('bob', 'alice', 'one'))).toStrictEqual([{ to: alice, message: relayed }])
  })
})
