import type { Membership } from './channel/membership.ts'
import { allow, type Allowance, merge, type Pause, type Policy } from './core/policy.ts'
import { type Counters, sum } from './counters.ts'
import { lookAtDevice } from './device.ts'
import type { Throttle } from './exchange/throttle.ts'

/** How often it is looked whether the policy still allows what is done, in milliseconds. */
const LOOK_EVERY = 5000
const HOUR = 3_600_000

/** Holds what is sent and fetched to the policy of the app and of the user. */
export class Governor {
  readonly #membership: Membership
  readonly #throttle: Throttle
  readonly #counters: Counters
  readonly #timer: ReturnType<typeof setInterval>
  #app: Policy
  #user: Policy
  /** Bytes that were sent when the newest release began. */
  #sentBefore = 0
  #whole: { readonly bytes: number; readonly since: number } | null = null
  #allowance: Allowance = { upload: Infinity, download: Infinity, pause: null }

  constructor(membership: Membership, throttle: Throttle, counters: Counters, app: Policy, user: Policy) {
    this.#membership = membership
    this.#throttle = throttle
    this.#counters = counters
    this.#app = app
    this.#user = user
    this.#apply(allow(merge(app, user), this.#situation({ isMetered: null, battery: null })))
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY)
    void this.#look()
  }

  /** Why nothing is sent; `null` while something may be. */
  get pause(): Pause | null {
    return this.#allowance.pause
  }

  /** The user's choice, in place of the one before. */
  set user(policy: Policy) {
    this.#user = policy
    void this.#look()
  }

  /** A newer release is to be fetched: what was sent up to now was not of it. */
  began(): void {
    this.#whole = null
    this.#sentBefore = sum(this.#counters.toPeers)
    void this.#look()
  }

  /** A release of so many bytes is complete. */
  completed(bytes: number): void {
    this.#whole = { bytes, since: performance.now() }
    void this.#look()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    const device = await lookAtDevice()
    this.#apply(allow(merge(this.#app, this.#user), this.#situation(device)))
  }

  #situation(device: Awaited<ReturnType<typeof lookAtDevice>>) {
    const now = new Date()
    const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate())
    return {
      ...device,
      hour: (now.getTime() - midnight.getTime()) / HOUR,
      sent: sum(this.#counters.toPeers),
      sentBefore: this.#sentBefore,
      bytes: this.#whole?.bytes ?? null,
      sharedFor: this.#whole ? performance.now() - this.#whole.since : 0,
    }
  }

  #apply(allowance: Allowance): void {
    this.#allowance = allowance
    this.#throttle.rate = allowance.upload
    this.#membership.limit(allowance.download, allowance.pause === null)
  }
}
