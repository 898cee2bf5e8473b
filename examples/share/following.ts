import type { Release, Subscription } from 'edgeswarm/content'
import { giversOf, sum } from './givers.ts'
import { magnetLink, trackerAddress } from './link.ts'
import { DROP } from './sending.ts'
import { Speed } from './speed.ts'
import type { SharedFile, Snapshot, Transfer } from './transfer.ts'
import { typeOf } from './types.ts'

/** The newest release of a channel, fetched for whoever opens its link, and shared with others. */
export class Following implements Transfer {
  readonly direction = 'receive'
  readonly #link: string
  readonly #stopped = new AbortController()
  readonly #down = new Speed()
  readonly #up = new Speed()
  #subscription: Subscription | undefined
  #installed: number | null = null
  #warning = ''
  #error = ''

  /** @param open opens what is kept of the channel in this browser, until its signal ends it */
  constructor(link: string, open: (signal: AbortSignal) => Promise<Subscription>) {
    this.#link = link
    void this.#follow(open)
  }

  get isNeeded(): boolean {
    if (!this.#isDone) return false
    const others = this.#subscription?.others ?? []
    return others.length > 0 && !others.some(({ isComplete }) => isComplete)
  }

  async contentOf(index: number): Promise<Blob | undefined> {
    const path = this.#subscription?.files?.[index]?.path
    if (path === undefined) return undefined
    const file = await this.#subscription?.open(path, this.#stopped.signal)
    if (!file) return undefined
    // A response gathers what it reads where the browser has room for it, and that may be the disk.
    return new Response(file.read(), { headers: { 'content-type': typeOf(path) } }).blob()
  }

  stop(): void {
    this.#stopped.abort()
    void this.#subscription?.close()
  }

  snapshot(): Snapshot {
    const subscription = this.#subscription
    const release = subscription?.newest ?? null
    const others = subscription?.others ?? []
    const traffic = subscription?.traffic
    const downloaded = traffic ? sum(traffic.fromPeers) + sum(traffic.fromOrigins) : 0
    const uploaded = traffic ? sum(traffic.toPeers) : 0
    const now = performance.now()
    const downloadSpeed = this.#down.mark(downloaded, now)
    const known = subscription?.files ?? []
    const files = known.map(fileOf)
    const length = release?.bytes ?? 0
    const here = known.reduce((total, { bytes }) => total + bytes, 0)
    return {
      direction: this.direction,
      link: this.#link,
      magnet: release ? magnetLink(release.infoHash, trackerAddress(location, release.infoHash)) : '',
      name: (files.length === 1 ? files[0]?.name : release?.name) ?? '',
      version: release && release.channel !== DROP ? release.version : '',
      length,
      files,
      hashed: 0,
      done: this.#isDone,
      progress: length > 0 ? here / length : this.#isDone ? 1 : 0,
      downloaded,
      uploaded,
      downloadSpeed,
      uploadSpeed: this.#up.mark(uploaded, now),
      timeLeft: (1000 * (length - here)) / downloadSpeed,
      peers: others.length,
      completePeers: others.filter(({ isComplete }) => isComplete).length,
      sources: others.filter(({ isGiving, isComplete }) => isGiving || isComplete).length,
      origins: release?.webSeeds.length ?? 0,
      givers: traffic ? giversOf(traffic) : null,
      trackerAnswered: release !== null,
      trackerLost: subscription != null && subscription.trackerProblem !== null,
      warning: this.#warning,
      error: this.#error,
    }
  }

  get #isDone(): boolean {
    return this.#subscription?.newest?.number === this.#installed
  }

  async #follow(open: (signal: AbortSignal) => Promise<Subscription>): Promise<void> {
    try {
      const subscription = await open(this.#stopped.signal)
      if (this.#stopped.signal.aborted) {
        await subscription.close()
        return
      }
      this.#listen(subscription)
      this.#subscription = subscription
    } catch (problem) {
      this.#error = problem instanceof Error ? problem.message : String(problem)
    }
  }

  #listen(subscription: Subscription): void {
    const arrived = ({ number }: Release) => {
      this.#installed = number
      this.#warning = ''
    }
    this.#installed = subscription.installed
    subscription.on('installed', arrived)
    subscription.on('progress', () => {
      this.#warning = ''
    })
    subscription.on('problem', (problem) => {
      this.#warning = problem
    })
    subscription.on('failed', ({ message }) => {
      this.#error = message
    })
  }
}

function fileOf({ path, length, bytes }: { path: string; length: number; bytes: number }): SharedFile {
  return {
    name: path,
    type: typeOf(path),
    length,
    progress: length > 0 ? bytes / length : 1,
    done: bytes === length,
  }
}
