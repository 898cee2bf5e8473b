import type { Release } from '../../protocol/content/release.ts'
import type { DownloadProgress } from '../content/downloader.ts'
import type { Subscription } from '../content/subscription.ts'
import type { Context } from './command.ts'
import type { Output } from './output.ts'
import { describeSources, type Sources } from './progress.ts'
import { Rate } from './rate.ts'
import { sentBy, sharingLine, sourcesOf } from './traffic.ts'
import { formatCount, formatSize } from './units.ts'

/** How often it is looked how far it has come, in milliseconds. */
const LOOK_EVERY = 100
/** After so long without a byte, in milliseconds, it is said that nothing comes. A guess. */
const STALLED = 20_000

/** A release as it is called in one line. */
export const titleOf = ({ name, version }: Pick<Release, 'name' | 'version'>): string => `${name} ${version}`

/** What of a release goes into notes. */
export const noteOf = ({ number, name, version, bytes, files }: Release) => ({ number, name, version, bytes, files })

/**
 * Shows what a subscription does.
 *
 * @param directory as the user named it
 * @param until settles once that release, or a newer one, is in its place; `null` for when the signal is aborted
 * @throws what the subscription fails with, or the reason of the signal if that comes first
 */
export async function follow(
  subscription: Subscription,
  { output, signal }: Pick<Context, 'output' | 'signal'>,
  directory: string,
  until: number | null,
): Promise<void> {
  const done = Promise.withResolvers<undefined>()
  const look = () => {
    if (until !== null && (subscription.installed ?? 0) >= until) done.resolve(undefined)
  }
  const view = new View(subscription, output)
  const offs = [
    subscription.on('installed', (release) => {
      view.installed(release, directory)
      look()
    }),
    subscription.on('failed', done.reject),
    subscription.on('problem', (text) => {
      output.problem(text)
    }),
  ]
  const stop = () => {
    if (until === null) done.resolve(undefined)
    else done.reject(signal.reason)
  }
  signal.addEventListener('abort', stop)
  look()
  if (signal.aborted) stop()
  try {
    await done.promise
  } finally {
    signal.removeEventListener('abort', stop)
    for (const off of offs) off()
    view.end()
  }
}

class View {
  readonly #subscription: Subscription
  readonly #output: Output
  readonly #timer: ReturnType<typeof setInterval>
  readonly #offs: readonly (() => void)[]
  #download: DownloadProgress | null = null
  /** Of what is on the disk, while that is looked at. */
  #check: DownloadProgress | null = null
  #rate = new Rate()
  /** Where bytes had come from before this download. */
  #before: Sources
  /** When the last byte came, in milliseconds of `performance.now()`; `null` once it was said that none comes. */
  #movedAt: number | null = null
  #fetched = 0

  constructor(subscription: Subscription, output: Output) {
    this.#subscription = subscription
    this.#output = output
    this.#before = sourcesOf(subscription.traffic)
    this.#offs = [
      subscription.on('release', (release) => {
        this.#begin()
        output.say(`Found ${titleOf(release)}: ${formatCount(release.files, 'file')}, ${formatSize(release.bytes)}.`, {
          type: 'release',
          ...noteOf(release),
        })
      }),
      subscription.on('progress', (progress) => {
        if (this.#download?.release.number !== progress.release.number) this.#begin()
        this.#download = progress
        this.#check = null
      }),
      subscription.on('checking', (progress) => {
        this.#check = progress
      }),
    ]
    this.#timer = setInterval(() => {
      this.#show()
    }, LOOK_EVERY)
  }

  installed(release: Release, directory: string): void {
    const sources = this.#sources
    const parts = [formatCount(release.files, 'file'), formatSize(release.bytes), ...describeSources(sources)]
    this.#output.result(`${titleOf(release)} is in ${directory}: ${parts.join(', ')}.`, {
      type: 'installed',
      ...noteOf(release),
      directory,
      ...sources,
    })
    this.#download = this.#check = null
    this.#before = sourcesOf(this.#subscription.traffic)
  }

  end(): void {
    clearInterval(this.#timer)
    for (const off of this.#offs) off()
  }

  get #sources(): Sources {
    const { fromPeers, fromOrigin, fromDisk } = sourcesOf(this.#subscription.traffic)
    const before = this.#before
    return {
      fromPeers: fromPeers - before.fromPeers,
      fromOrigin: fromOrigin - before.fromOrigin,
      fromDisk: fromDisk - before.fromDisk,
    }
  }

  #begin(): void {
    this.#rate = new Rate()
    this.#check = null
    this.#movedAt = performance.now()
  }

  #show(): void {
    if (this.#check) this.#showCheck(this.#check)
    else if (this.#download) this.#showDownload(this.#download)
    else this.#showSharing()
  }

  #showDownload({ release, bytes, total }: DownloadProgress): void {
    const { peers } = this.#subscription
    const sources = this.#sources
    const fetched = sources.fromPeers + sources.fromOrigin
    this.#warn(release, fetched)
    this.#output.progress(
      {
        title: titleOf(release),
        bytes,
        total,
        rate: this.#rate.mark(fetched, performance.now()),
        sources,
        details: [formatCount(peers, 'peer')],
      },
      { type: 'progress', number: release.number, bytes, total, peers, ...sources },
    )
  }

  #showCheck({ release, bytes, total }: DownloadProgress): void {
    // Nothing is waited for meanwhile.
    this.#movedAt = performance.now()
    const title = `Checking ${titleOf(release)}`
    const note = { type: 'checking', number: release.number, bytes, total }
    this.#output.progress({ title, bytes, total, rate: null, sources: null, details: [] }, note)
  }

  #showSharing(): void {
    const { newest, installed, peers, traffic } = this.#subscription
    if (installed === null) return
    const title = newest?.number === installed ? titleOf(newest) : `release ${installed}`
    const sent = sentBy(traffic)
    this.#output.status(sharingLine(title, peers, sent), { type: 'sharing', number: installed, peers, sent })
  }

  /** Who waits in vain is told what for, once. */
  #warn({ webSeeds }: Release, fetched: number): void {
    const now = performance.now()
    if (fetched !== this.#fetched) this.#movedAt = now
    this.#fetched = fetched
    if (this.#movedAt === null || now - this.#movedAt < STALLED) return
    this.#movedAt = null
    const here = formatCount(this.#subscription.peers, 'peer')
    const origins = webSeeds.length === 0 ? 'the release names no origin' : 'no origin answers'
    this.#output.problem(
      `Nothing has come for ${STALLED / 1000} s: ${here} can be seen, and ${origins}. It goes on as soon as somebody has the files.`,
    )
  }
}
