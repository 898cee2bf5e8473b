import type { OfferId, PeerId } from '../../protocol/ids.ts'
import type { Signal } from '../../protocol/mesh/control.ts'
import type { Hello } from '../../protocol/mesh/hello.ts'
import { EdgeswarmError } from '../error.ts'
import { Connection, type ConnectionMaker, type Opening } from './connection.ts'

/** Takes a packet of a relayed connection to the peer at its other end. */
export type Carry = (to: PeerId, id: OfferId, bytes: Uint8Array<ArrayBuffer>) => void

/** How the parts of a connection in the making travel. */
export interface Route {
  /** Whether candidates may follow one by one: cheap through the mesh, and not through a tracker. */
  readonly trickles: boolean
  /** Whether an offer that comes this way may have been given to whoever is there. */
  readonly isBlind: boolean
  /** What the signals go through: a tracker, or the link to a member. */
  readonly way: object
  /** Carries what a relayed connection sends; `null` on a way that relays nothing else. */
  readonly carry: Carry | null
  send(to: PeerId, signal: Signal): void
}

/** Why a dial brought no link. */
export interface DialFailure {
  /** Whether the peer has answered, so that only the connection could not be made. */
  readonly isAnswered: boolean
  readonly error: EdgeswarmError
}

export interface AttemptEvents {
  failed(failure: DialFailure): void
  ready(connection: Connection, hello: Hello): void
}

/** How long the candidates of a description that can't trickle are waited for, in milliseconds. */
const GATHER = 1000
/** How long an answer may take to come from a peer that is there. */
const REPLY_WITHIN = 6000
/** How long a connection may take to open after that. */
const OPEN_WITHIN = 10_000
/** How long an offer without an address waits for its answer: stock clients drop theirs after 50 s. */
const ANSWER_WITHIN = 50_000

/** One try to connect to a peer, from the offer to the verified hello. */
export class Attempt implements ConnectionMaker {
  readonly id: OfferId
  readonly offered: boolean
  readonly #route: Route
  readonly #events: AttemptEvents
  #peer: PeerId | null
  #connection: Connection | null = null
  #startedAt = performance.now()
  #isAnswered = false
  #isOver = false
  /** Whether the description has gone, so that further candidates must follow it. */
  #isDescribed = false
  readonly #candidates: string[] = []

  constructor(peer: PeerId | null, route: Route, id: OfferId, offered: boolean, events: AttemptEvents) {
    this.#peer = peer
    this.#route = route
    this.id = id
    this.offered = offered
    this.#events = events
  }

  /** `null` for an offer that is still unanswered and went to whoever got it. */
  get peer(): PeerId | null {
    return this.#peer
  }

  get way(): object {
    return this.#route.way
  }

  /** Whether it goes over the mesh. */
  get trickles(): boolean {
    return this.#route.trickles
  }

  get carry(): Carry | null {
    return this.#route.carry
  }

  /** Whether it is an offer that no answer has come to. */
  get isUnanswered(): boolean {
    return this.offered && !this.#isAnswered
  }

  /** Whoever wanted it is told that it has failed, though it may go on. */
  readonly failed = (failure: DialFailure): void => {
    this.#events.failed(failure)
  }

  async offer(opening: Opening): Promise<void> {
    const sdp = await this.describe(opening)
    this.#send('offer', sdp)
  }

  /** The offer's text. */
  async describe(opening: Opening): Promise<string> {
    const connection = this.#open(opening)
    await connection.offer()
    return this.#described(connection)
  }

  async answer(opening: Opening, offer: string): Promise<void> {
    const connection = this.#open(opening)
    for (const candidate of this.#candidates.splice(0)) connection.addCandidate(candidate)
    await connection.answer(offer)
    this.#send('answer', await this.#described(connection))
  }

  async #described(connection: Connection): Promise<string> {
    if (!this.#route.trickles) await settledWithin(connection.gathered, GATHER)
    this.#isDescribed = true
    return connection.description()
  }

  /** Takes the answer to the offer. */
  accept(sdp: string, from: PeerId): void {
    if (this.#isAnswered || this.#isOver) return
    this.#isAnswered = true
    this.#peer = from
    this.#startedAt = performance.now()
    this.#connection?.accept(sdp, from).catch((cause: unknown) => {
      this.fail('the answer can not be used', cause)
    })
  }

  addCandidate(candidate: string): void {
    if (this.#connection) this.#connection.addCandidate(candidate)
    else if (this.#candidates.length < 64) this.#candidates.push(candidate)
  }

  tick(now: number): void {
    const elapsed = now - this.#startedAt
    if (this.isUnanswered) {
      if (elapsed > (this.#peer === null ? ANSWER_WITHIN : REPLY_WITHIN)) this.fail('the peer does not answer')
    } else if (elapsed > OPEN_WITHIN) this.fail('no connection could be opened between the two networks')
  }

  fail(reason: string, cause?: unknown): void {
    if (this.#isOver) return
    void this.abandon()
    this.failed({
      isAnswered: !this.isUnanswered,
      error: new EdgeswarmError('ERR_UNREACHABLE', reason, { cause }),
    })
  }

  /** Gives up without a word; resolves once nothing is left of it. */
  async abandon(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    await this.#connection?.close('given up')
  }

  #send(kind: 'offer' | 'answer' | 'candidate', sdp: string): void {
    if (this.#peer !== null && !this.#isOver) this.#route.send(this.#peer, { kind, id: this.id, sdp })
  }

  #open(opening: Opening): Connection {
    const connection = new Connection(opening, this.#peer, this)
    this.#connection = connection
    if (this.#isOver) void connection.close('given up')
    return connection
  }

  // What happens to the connection, until it is ready.

  candidate(candidate: string): void {
    if (this.#isDescribed && this.#route.trickles) this.#send('candidate', candidate)
  }

  ready(connection: Connection, hello: Hello): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#events.ready(connection, hello)
  }

  lost(error: EdgeswarmError): void {
    this.fail(error.message, error)
  }

  ended(error: EdgeswarmError): void {
    this.fail(error.message, error)
  }

  /** Nothing comes before it is ready. */
  readonly frame = (): void => undefined
  readonly drain = (): void => undefined
  readonly doubt = (): void => undefined
}

/** Settles with the promise, or after so many milliseconds. */
async function settledWithin(promise: Promise<void>, milliseconds: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  await Promise.race([promise, new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)))])
  clearTimeout(timer)
}
