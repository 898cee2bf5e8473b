import type { Release } from '../../protocol/content/release.ts'
import type { Membership } from './channel/membership.ts'
import { type Sharing, Transfer } from './transfer.ts'
import type { Store } from './store.ts'
import type { BeginOptions, Download, Installation } from './versions.ts'
import type { Bytes } from '../shell/bytes.ts'

/** What came is saved so often, in milliseconds: after a crash as much is fetched again. */
const SAVE_EVERY = 5000

/** How far a download has come, or the check of what is on the disk. */
export interface DownloadProgress {
  readonly release: Release
  /** Bytes of the release that are there, or were looked at, and all of them. */
  readonly bytes: number
  readonly total: number
}

export interface DownloaderEvents {
  progress(progress: DownloadProgress): void
  /** What is on the disk is looked at: before anything is fetched, and once all of it is there. */
  checking(progress: DownloadProgress): void
}

/** Fetches releases into their place. */
export class Downloader {
  readonly #installation: Installation
  readonly #membership: Membership
  readonly #sharing: Sharing
  readonly #events: DownloaderEvents
  readonly #isLazy: boolean
  #current: { readonly transfer: Transfer; readonly store: Store } | null = null

  constructor(
    installation: Installation,
    membership: Membership,
    sharing: Sharing,
    isLazy: boolean,
    events: DownloaderEvents,
  ) {
    this.#isLazy = isLazy
    this.#installation = installation
    this.#membership = membership
    this.#sharing = sharing
    this.#events = events
  }

  /** What is being fetched, with what is there of it; `null` while nothing is. */
  get current(): { readonly transfer: Transfer; readonly store: Store } | null {
    return this.#current
  }

  /**
   * Fetches what is missing of a release, and puts it into its place.
   *
   * @param metadata the bytes that the release names
   * @returns what goes on sharing it
   * @throws the reason of the signal, or {ContentError}: what came so far is kept
   */
  async fetch(release: Release, metadata: Bytes, signal: AbortSignal): Promise<Transfer> {
    const options = { signal, onProgress: this.#checkOf(release) }
    const download = await this.#installation.begin(release, metadata, options)
    this.#sharing.counters.fromDisk += download.fromDisk
    for (;;) {
      const transfer = await this.#fetchMissing(release, download, signal)
      if (await this.#finish(transfer, download, options)) return transfer
      // Somebody has changed what was there: it is fetched again.
      this.#giveUp(transfer)
    }
  }

  async #finish(transfer: Transfer, download: Download, options: BeginOptions): Promise<boolean> {
    try {
      return (await download.finish(options)) !== null
    } catch (error) {
      this.#giveUp(transfer)
      throw error
    }
  }

  #giveUp(transfer: Transfer): void {
    this.#membership.remove(transfer)
    this.#current = null
  }

  async #fetchMissing(release: Release, download: Download, signal: AbortSignal): Promise<Transfer> {
    const done = Promise.withResolvers<undefined>()
    const { infoHash, webSeeds } = release
    const { store, have } = download
    const accept = (piece: number, bytes: Bytes) => download.accept(piece, bytes)
    const transfer = new Transfer({ infoHash, store, have, accept, webSeeds, isLazy: this.#isLazy }, this.#sharing, {
      piece: () => {
        this.#tell(release, transfer)
      },
      done: () => {
        if (!this.#isLazy) done.resolve(undefined)
      },
      failed: done.reject,
    })
    this.#current = { transfer, store }
    this.#membership.add(transfer)
    this.#tell(release, transfer)
    // What is lazy is done whenever nobody waits for anything.
    if (transfer.exchange.missingBytes === 0 && !this.#isLazy) done.resolve(undefined)
    const saver = setInterval(() => void download.save().catch(done.reject), SAVE_EVERY)
    const stop = () => {
      done.reject(signal.reason)
    }
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    try {
      await done.promise
      return transfer
    } catch (error) {
      this.#giveUp(transfer)
      throw error
    } finally {
      clearInterval(saver)
      signal.removeEventListener('abort', stop)
    }
  }

  #checkOf(release: Release): (bytes: number, total: number) => void {
    return (bytes, total) => {
      this.#events.checking({ release, bytes, total })
    }
  }

  #tell(release: Release, { exchange }: Transfer): void {
    const total = release.bytes
    this.#events.progress({ release, bytes: total - exchange.missingBytes, total })
  }
}
