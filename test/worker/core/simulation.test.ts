import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AnnounceEvent, Role } from '../../../protocol/announce.ts'
import type { Effect } from '../../../worker/core/event.ts'
import type { SocketId } from '../../../worker/core/socket.ts'
import { type HubState, newHubState } from '../../../worker/core/state.ts'
import { handle } from '../../../worker/core/hub.ts'
import {
  announceBy,
  answerBy,
  dialBy,
  httpAnnounceBy,
  infoHashOf,
  offersOf,
  seededRandom,
  sentIn,
  TestHub,
} from '../../support/core.ts'

const SWARMS = ['red', 'green', 'blue'].map(infoHashOf)
const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank']
const OFFERS = ['one', 'two', 'three']
const ADDRESSES = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']
const EVENTS = ['started', 'stopped', 'completed', 'paused', 'update', '', null] as const
const HTTP_EVENTS: readonly AnnounceEvent[] = ['none', 'started', 'stopped', 'completed', 'paused']
const HOSTILE = [null, '', '{', '[]', '{"action":"announce"}', '{"action":"scrape","info_hash":5}', '\ud800']

const ENVIRONMENTS = [
  {},
  { MAX_PEERS: 5, MAX_HTTP_PEERS: 3, MAX_SOCKETS: 4, MAX_SOCKETS_PER_ADDRESS: 2, MAX_SWARMS_PER_SOCKET: 2 },
  { SOCKET_RATE: 1, SOCKET_BURST: 3, ADDRESS_RATE: 1, ADDRESS_BURST: 20 },
  { MAX_OFFERS: 2, SCRAPE_ALL: 1, INTERVAL: 30, HTTP_INTERVAL: 60 },
]

/** An offer as it was relayed, for as long as it may be answered. */
interface OpenOffer {
  readonly from: SocketId
  readonly to: SocketId
  readonly peerId: string
  readonly answerer: string
  readonly id: string
  readonly at: number
}

type Message = Readonly<Record<string, unknown>>

/** What is in a swarm, without what a hibernation may forget. */
const swarmsOf = (state: HubState) =>
  Array.from(state.swarms.values(), ({ infoHash, counts, websocket, http }) => ({
    infoHash,
    counts,
    websocket: Array.from(
      websocket.entries(),
      ([id, { role, completed, socket }]): readonly [string, Role, boolean, SocketId] => [
        id,
        role,
        completed,
        socket.id,
      ],
    ).sort(),
    http: Array.from(http.entries(), ([, { peerId, address, port, role, completed }]) =>
      [address, port, peerId, role, completed].join(' '),
    ).sort(),
  })).sort((one, other) => (one.infoHash < other.infoHash ? -1 : 1))

/** Members, seeds and partial seeds, counted. */
function tallyOf(entries: Iterable<readonly [unknown, { readonly role: Role }]>): number[] {
  const roles = Array.from(entries, ([, { role }]) => role)
  return [roles.length, ...(['seed', 'partialSeed'] as const).map((role) => roles.filter((one) => one === role).length)]
}

/** Drives a hub at random and checks after each step what must always hold. */
class Simulation {
  readonly #hub: TestHub
  readonly #random: () => number
  readonly #open = new Set<SocketId>()
  #offers: OpenOffer[] = []
  /** Until when answers may pass unmatched, and which sockets may. */
  #unmatched = { until: 0, sockets: new Set<SocketId>() }

  readonly #restarts: boolean

  constructor(environment: Readonly<Record<string, unknown>>, restarts: boolean, seed: number) {
    this.#restarts = restarts
    this.#random = seededRandom(seed)
    this.#hub = new TestHub(environment, seededRandom(seed + 1))
  }

  step(): void {
    const chance = this.#random()
    if (chance < 0.08) this.#openSocket()
    else if (chance < 0.46) this.#announce()
    else if (chance < 0.52) this.#dial()
    else if (chance < 0.68) this.#answer()
    else if (chance < 0.72)
      this.#say(JSON.stringify({ action: 'scrape', info_hash: this.#one([...SWARMS, undefined]) }))
    else if (chance < 0.76) this.#say(this.#one(HOSTILE))
    else if (chance < 0.79) this.#close()
    else if (chance < 0.9) this.#httpAnnounce()
    else if (chance < 0.97) this.#hub.wait(Math.floor(this.#random() ** 3 * 200_000))
    else if (chance < 0.985) this.#sweep()
    else if (this.#restarts && this.#random() < 0.5) this.#restart()
    else this.#hibernate()
    this.#checkState()
  }

  #openSocket(): void {
    const boundTo = this.#random() < 0.1 ? this.#one(SWARMS) : null
    const { socket, effects } = this.#hub.tryOpen(this.#one(ADDRESSES), boundTo)
    if (effects.some(({ type }) => type === 'accept')) this.#open.add(socket)
    this.#checkEffects(effects)
  }

  #announce(): void {
    const offers = offersOf(...OFFERS.slice(0, Math.floor(this.#random() * 4)))
    const event = this.#one(EVENTS)
    const key = this.#one([undefined, undefined, 'one key', 'another key'])
    const rendezvous = this.#one([undefined, 1])
    const fields = { info_hash: this.#one(SWARMS), event, left: this.#one([0, 5, null]), offers, key, rendezvous }
    this.#say(JSON.stringify(announceBy(this.#one(NAMES), fields)))
  }

  #dial(): void {
    const socket = this.#anyOpen()
    if (socket === undefined) return
    const [peer] = this.#hub.state.sockets.get(socket)?.peers ?? []
    const fields = { info_hash: peer?.swarm.infoHash ?? this.#one(SWARMS), ...(peer && { peer_id: peer.id }) }
    const dial = dialBy(this.#one(NAMES), this.#one(NAMES), this.#one(OFFERS), fields)
    const effects = this.#hub.sayText(socket, JSON.stringify(dial))
    this.#checkEffects(effects, socket)
    // The offer for the peer, or a failure for the dialler.
    expect(sentIn(effects)).toHaveLength(1)
  }

  #answer(): void {
    const offered = this.#random() < 0.7 ? this.#offers.at(Math.floor(this.#random() * this.#offers.length)) : undefined
    if (!offered) {
      const fields = { info_hash: this.#one(SWARMS) }
      this.#say(JSON.stringify(answerBy(this.#one(NAMES), this.#one(NAMES), this.#one(OFFERS), fields)))
      return
    }
    const fields = { info_hash: offered.id.slice(0, 20), peer_id: offered.answerer, to_peer_id: offered.peerId }
    this.#say(JSON.stringify(answerBy('any', 'any', 'any', { ...fields, offer_id: offered.id.slice(20) })), offered.to)
  }

  #say(text: string | null, socket = this.#anyOpen()): void {
    if (socket === undefined) return
    const effects = this.#hub.sayText(socket, text)
    const answers = this.#checkEffects(effects, socket)
    if (answers > 0) expect(sentIn(effects)).toHaveLength(1)
    else if (this.#open.has(socket)) expect(sentIn(effects)[0]?.to).toBe(socket)
  }

  #close(): void {
    const socket = this.#anyOpen()
    if (socket === undefined) return
    this.#open.delete(socket)
    this.#checkEffects(this.#hub.close(socket))
  }

  #httpAnnounce(): void {
    const announce = httpAnnounceBy(this.#one(NAMES), {
      infoHash: this.#one(SWARMS),
      event: this.#one(HTTP_EVENTS),
      left: this.#one([0, 5, null]),
      port: this.#one([0, 1, 2]),
    })
    expect(['announced', 'refused']).toContain(this.#hub.httpAnnounce(announce, this.#one(ADDRESSES)).type)
  }

  #sweep(): void {
    const pinged = [...this.#open].filter(() => this.#random() < 0.5)
    this.#checkEffects(this.#hub.sweep(pinged.map((socket) => [socket, this.#hub.now - this.#random() * 100_000])))
  }

  #hibernate(): void {
    this.#hub.hibernate()
    this.#offers = []
    this.#unmatched = { until: this.#hub.now + 60_000, sockets: new Set(this.#open) }
  }

  #restart(): void {
    this.#hub.restart()
    this.#open.clear()
    this.#offers = []
    this.#unmatched = { until: 0, sockets: new Set() }
  }

  /** Returns how many answers were relayed. */
  #checkEffects(effects: readonly Effect[], sender?: SocketId): number {
    let answers = 0
    for (const effect of effects) {
      if (effect.type === 'send') {
        expect(this.#open).toContain(effect.to)
        const message = JSON.parse(effect.text) as Message
        if ('peers' in message) this.#checkPeers(message)
        if ('offer' in message && sender !== undefined) this.#noteOffer(message, sender, effect.to)
        if ('answer' in message && sender !== undefined) answers += this.#checkAnswer(message, sender, effect.to)
      }
      if (effect.type === 'attach') expect(this.#open).toContain(effect.socket)
      if (effect.type === 'close') {
        expect(this.#open).toContain(effect.socket)
        this.#open.delete(effect.socket)
      }
    }
    return answers
  }

  /** A rendezvous tells only of who is there. */
  #checkPeers({ info_hash: infoHash, peers }: Message): void {
    const swarm = SWARMS.find((one) => one === infoHash)
    const present = swarm === undefined ? undefined : this.#hub.state.swarms.get(swarm)?.websocket
    const ids: unknown[] = Array.from(present?.entries() ?? [], ([id]) => id)
    expect(ids).toEqual(expect.arrayContaining(peers as unknown[]))
    expect(new Set(peers as unknown[]).size).toBeLessThanOrEqual(Math.max(0, ids.length - 1))
  }

  #noteOffer(message: Message, from: SocketId, to: SocketId): void {
    const [infoHash, peerId, offerId] = [message['info_hash'], message['peer_id'], message['offer_id']].map(String)
    const peers = [...(this.#hub.state.sockets.get(to)?.peers ?? [])]
    const answerer = peers.find(({ swarm, id }) => swarm.infoHash === infoHash && (to !== from || id !== peerId))
    expect(answerer).toBeDefined()
    this.#offers.push({
      ...{ from, to, peerId: peerId ?? '', answerer: answerer?.id ?? '', at: this.#hub.now },
      id: `${infoHash}${offerId}`,
    })
  }

  /** A relayed answer was asked for: by an offer that is open, or by one that the hub forgot as it slept. */
  #checkAnswer(message: Message, from: SocketId, to: SocketId): number {
    const id = `${String(message['info_hash'])}${String(message['offer_id'])}`
    // The oldest that fits: of two with one id nobody can tell which is meant, and the newer can be answered longer.
    const index = this.#offers.findIndex(
      (offer) => offer.id === id && offer.to === from && offer.from === to && this.#hub.now - offer.at <= 60_000,
    )
    const mayPass = this.#hub.now <= this.#unmatched.until && this.#unmatched.sockets.has(from)
    expect(index >= 0 || mayPass).toBe(true)
    if (index >= 0) this.#offers.splice(index, 1)
    return 1
  }

  #checkState(): void {
    const { state } = this.#hub
    expect(new Set(state.sockets.keys())).toEqual(this.#open)
    const sums = { websocket: [0, 0, 0], http: [0, 0, 0] }
    for (const { websocket, http } of state.swarms.values()) {
      expect(websocket.size + http.size).toBeGreaterThan(0)
      for (const [name, pool] of [
        ['websocket', websocket],
        ['http', http],
      ] as const) {
        const tally = tallyOf(pool.entries())
        expect([pool.tally.members, pool.tally.seeds, pool.tally.partialSeeds]).toEqual(tally)
        sums[name] = sums[name].map((sum, index) => sum + (tally[index] ?? 0))
      }
      for (const [id, peer] of websocket.entries()) {
        expect(peer.id).toBe(id)
        expect(state.sockets.get(peer.socket.id)?.peers.has(peer)).toBe(true)
      }
    }
    for (const name of ['websocket', 'http'] as const) {
      const { members, seeds, partialSeeds } = state.totals[name]
      expect([members, seeds, partialSeeds]).toEqual(sums[name])
    }
    for (const { peers } of state.sockets.values()) {
      for (const peer of peers) expect(state.swarms.get(peer.swarm.infoHash)?.websocket.get(peer.id)).toBe(peer)
    }
    this.#checkMemory()
  }

  /** P6: a hub that woke now would know the same. */
  #checkMemory(): void {
    const { state, now, memory } = this.#hub
    const woken = newHubState(state.settings, now)
    expect(handle(woken, { type: 'wake', memory: memory.read() }, now, this.#random)).toEqual([])
    expect(swarmsOf(woken)).toEqual(swarmsOf(state))
    expect(woken.sweepAt).toBe(state.sweepAt)
    const described = (hub: HubState) =>
      Array.from(hub.sockets.values(), ({ id, address, boundTo, key }) => ({ id, address, boundTo, key }))
    expect(described(woken)).toEqual(described(state))
  }

  #anyOpen(): SocketId | undefined {
    return [...this.#open].at(Math.floor(this.#random() * this.#open.size))
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)] as Item
  }
}

function simulate(environment: Readonly<Record<string, unknown>>, restarts: boolean): void {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const simulation = new Simulation(environment, restarts, seed)
      for (let step = 0; step < 150; step++) simulation.step()
    }),
    { numRuns: 40, endOnFailure: true },
  )
}

it.each(ENVIRONMENTS)('P6: whatever happens, the hub stays consistent and could sleep: %j', (environment) => {
  simulate(environment, false)
})

it.each(ENVIRONMENTS)('P6: so it does where it restarts: %j', (environment) => {
  simulate(environment, true)
})
