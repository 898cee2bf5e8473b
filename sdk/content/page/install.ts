import { parseLink } from '../../../protocol/content/link.ts'
import { EdgeswarmError } from '../../error.ts'
import { ContentError } from '../error.ts'
import type { OpenFile } from '../reading.ts'
import { subscribe, type SubscribeOptions } from '../subscribe.ts'
import { Subscription } from '../subscription.ts'
import { Addresses } from './addresses.ts'
import { answerRequest } from './answering.ts'
import { type AddressesMessage, isRequestMessage, isTellMessage, type RequestMessage } from './messages.ts'
import { missingHere, registerWorker, tellWorker, type Registration } from './registration.ts'
import { defaultPlace } from '#disk'

export interface InstallOptions extends SubscribeOptions {
  /** Where the page's server has `edgeswarm-worker.js`; `/edgeswarm-worker.js` if absent. */
  readonly serviceWorker?: string | URL
  /** Which pages of the server it serves; those beside and below it if absent. */
  readonly scope?: string | URL
}

/** From now on elements and `fetch` of this page get the files of the release from the swarm. */
export interface Installed {
  readonly isInstalled: true
  /** What follows the channel: its counters say who gave what. */
  readonly subscription: Subscription
  /** An address of a file of the newest release; waits until there is one. */
  address(path: string): Promise<string>
  /** Everything comes from the origin again. Ends the subscription, unless it was given. */
  uninstall(): Promise<void>
}

/** Everything comes from the origin, as ever. */
export interface NotInstalled {
  readonly isInstalled: false
  /** A sentence for whoever looks after the page. */
  readonly reason: string
}

/** The first request can be served once the release is known, and is not waited for longer than this, in milliseconds. */
const KNOWN_WITHIN = 3000
/** What a release holds is waited for so long while an origin could be asked instead, in milliseconds. A guess. */
const OPEN_WITHIN = 3000
/** So many pages of one browser can follow a channel at a time: each keeps files of its own. A guess. */
const MOST_PAGES = 8

/**
 * Has a service worker get the files of a channel's newest release from the swarm, for everything in this page that asks
 * for their addresses: `<video src>`, `<img src>`, `fetch`. The origin serves what the swarm can't.
 *
 * @param link as `publish` gives it, or what follows it already; what begins here fetches only what is asked for
 * @returns whether this browser can; where it can't, the page works from the origin
 * @throws {EdgeswarmError} `ERR_ARGUMENT` if the link is none
 */
export async function install(
  link: string | Subscription,
  options: InstallOptions = {},
): Promise<Installed | NotInstalled> {
  const missing = missingHere()
  if (missing !== null) return { isInstalled: false, reason: missing }
  const { serviceWorker = '/edgeswarm-worker.js', scope, ...rest } = options
  const isOurs = typeof link === 'string'
  let subscription: Subscription | null = null
  try {
    subscription = isOurs ? await follow(link, rest) : link
    const registration = await registerWorker(serviceWorker, scope)
    const following = new Following(subscription, registration)
    await following.begin()
    return installed(following, isOurs)
  } catch (error) {
    if (error instanceof EdgeswarmError && error.code === 'ERR_ARGUMENT') throw error
    if (isOurs) await subscription?.close()
    return { isInstalled: false, reason: (error as Error).message }
  }
}

function installed(following: Following, isOurs: boolean): Installed {
  const { subscription } = following
  return {
    isInstalled: true,
    subscription,
    address: async (path) => following.addresses.of(await subscription.known(), path),
    async uninstall() {
      await following.end()
      if (isOurs) await subscription.close()
    },
  }
}

/** Follows the channel in a place that no other page of this browser has open. */
async function follow(link: string, options: SubscribeOptions): Promise<Subscription> {
  const parsed = parseLink(link)
  const place = options.dir ?? (parsed ? defaultPlace(parsed) : '')
  for (let page = 1; ; page++) {
    try {
      const dir = page === 1 ? place : `${place}-${page}`
      return await subscribe(link, { isLazy: true, ...options, dir })
    } catch (error) {
      if (page === MOST_PAGES || !(error instanceof ContentError && error.code === 'ERR_PLACE')) throw error
    }
  }
}

/** Stands between the service worker and what follows the channel. */
class Following {
  readonly subscription: Subscription
  readonly addresses: Addresses
  readonly #worker: ServiceWorker
  readonly #offs: (() => void)[] = []

  constructor(subscription: Subscription, { worker, scope }: Registration) {
    this.subscription = subscription
    this.#worker = worker
    this.addresses = new Addresses(subscription.link, scope)
  }

  async begin(): Promise<void> {
    const hear = (event: MessageEvent) => {
      const [port] = event.ports
      if (isTellMessage(event.data)) this.#retell()
      if (isRequestMessage(event.data) && port) void answerRequest(event.data, port, this.#opener(event.data))
    }
    navigator.serviceWorker.addEventListener('message', hear)
    this.#offs.push(() => {
      navigator.serviceWorker.removeEventListener('message', hear)
    })
    // Else what came before the page was read through would wait until then.
    navigator.serviceWorker.startMessages()
    const off = this.subscription.on('release', () => {
      this.#retell()
    })
    this.#offs.push(off)
    await this.subscription.known(AbortSignal.timeout(KNOWN_WITHIN)).catch(() => undefined)
    await this.#tell()
  }

  async end(): Promise<void> {
    for (const off of this.#offs) off()
    const message: AddressesMessage = { edgeswarm: 'addresses', bases: [] }
    await tellWorker(this.#worker, message).catch(() => undefined)
  }

  /** The worker answers when it can: nobody waits for it. */
  #retell(): void {
    this.#tell().catch(() => undefined)
  }

  async #tell(): Promise<void> {
    const { newest } = this.subscription
    const bases = newest ? this.addresses.basesOf(newest) : []
    const message: AddressesMessage = { edgeswarm: 'addresses', bases }
    await tellWorker(navigator.serviceWorker.controller ?? this.#worker, message)
  }

  #opener({ url }: RequestMessage): (signal: AbortSignal) => Promise<OpenFile | null> {
    return async (cancelled) => {
      const { newest } = this.subscription
      const path = newest && this.addresses.pathAt(newest, new URL(url))
      if (newest === null || path === null) return null
      const hasOrigin = newest.webSeeds.length > 0
      const signal = hasOrigin ? AbortSignal.any([cancelled, AbortSignal.timeout(OPEN_WITHIN)]) : cancelled
      return this.subscription.open(path, signal)
    }
  }
}
