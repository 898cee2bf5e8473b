/** Silence after which a link is asked whether it lives, in milliseconds. A guess between battery and speed. */
const ASK_AFTER = 4000
/** Silence after which its connection is to be replaced. */
const REPLACE_AFTER = 7000
/** Silence after which the peer counts as gone. */
const GONE_AFTER = 12_000
/** Even a busy link is asked so often: the answer tells the round-trip time. */
const MEASURE_EVERY = 15_000
/** A clock that jumps by so much was asleep, and says nothing of the other side. */
const SLEPT = 4000

export type Verdict = 'alive' | 'ask' | 'replace' | 'gone'

/** Whether the other side of a link is still there, and how far away it is. */
export class Liveness {
  #heard: number
  #ticked: number
  #asked: { readonly token: number; readonly at: number } | null = null
  #lastAsked = 0
  #token = 0
  /** Milliseconds; `null` before the first answer. */
  roundTrip: number | null = null

  constructor(now: number) {
    this.#heard = now
    this.#ticked = now
  }

  get heard(): number {
    return this.#heard
  }

  hear(now: number): void {
    this.#heard = now
  }

  /** The token of a ping to send. */
  ask(now: number): number {
    this.#asked = { token: ++this.#token, at: now }
    this.#lastAsked = now
    return this.#token
  }

  answer(token: number, now: number): void {
    if (this.#asked?.token !== token) return
    this.roundTrip = now - this.#asked.at
    this.#asked = null
  }

  tick(now: number): Verdict {
    const slept = now - this.#ticked > SLEPT
    this.#ticked = now
    if (slept) {
      this.#heard = now
      return 'ask'
    }
    const silence = now - this.#heard
    if (silence >= GONE_AFTER) return 'gone'
    if (silence >= REPLACE_AFTER) return 'replace'
    const asking = this.#asked !== null && now - this.#lastAsked < ASK_AFTER
    return !asking && (silence >= ASK_AFTER || now - this.#lastAsked >= MEASURE_EVERY) ? 'ask' : 'alive'
  }
}
