import type { Release } from '../../protocol/content/release.ts'
import type { Installation } from './versions.ts'
import { openFeed } from './sign.ts'
import { decodeFeed } from '../../protocol/content/sealed.ts'
import { decodeRelease } from '../../protocol/content/release.ts'

interface FeedEvents {
  /** A release that is newer than all before. */
  newer(release: Release): void
  problem(text: string): void
}

/** Takes the feeds that come, one after the other, and remembers the newest that is to be believed. */
export class FeedReader {
  readonly #installation: Installation
  readonly #events: FeedEvents
  #newest: Release | null = null
  #isExpiryTold = false
  #reading: Promise<void> = Promise.resolve()

  constructor(installation: Installation, events: FeedEvents) {
    this.#installation = installation
    this.#events = events
  }

  get newest(): Release | null {
    return this.#newest
  }

  /** Goes on with what was believed when this device was last used: it was checked then. */
  async restore(): Promise<void> {
    const { feed, known } = this.#installation
    const sealed = feed === null ? undefined : decodeFeed(feed)?.releases.at(-1)
    const release = sealed && decodeRelease(sealed.release)
    if (release && release.number === known?.number) this.#newest = release
    await this.#reading
  }

  /**
   * Somebody has told of a feed.
   *
   * @param tracker its address if it was a tracker, which should know the newest; `null` for a peer
   */
  hear(text: string, tracker: string | null): Promise<void> {
    const reading = this.#reading.then(() => this.#read(text, tracker))
    this.#reading = reading.catch(() => undefined)
    return reading
  }

  /** Says so, once, when what is believed has expired: newer releases may be kept back. */
  lookAtTheClock(): void {
    const { newest } = this
    if (!newest || newest.expires > Date.now() || this.#isExpiryTold) return
    this.#isExpiryTold = true
    const expired = new Date(newest.expires).toISOString()
    this.#events.problem(
      `Release ${newest.number} expired at ${expired} and no newer one is known: it is kept back, the publisher has not renewed it, or the clock here is wrong.`,
    )
  }

  async #read(text: string, tracker: string | null): Promise<void> {
    if (text === this.#installation.feed && this.#newest) return
    const { publisher, channel, known } = this.#installation
    const judgement = await openFeed(text, { publisher, channel, known, now: Date.now() })
    if (judgement.type === 'refused') {
      // Peers that are behind are no news; a tracker that is behind, or whoever forges, is.
      if (tracker !== null) this.#events.problem(`${tracker} is not believed: ${judgement.message}.`)
      return
    }
    // Of the same release nothing is written again: whoever tells of it may have left hand-overs out.
    if (judgement.known.number <= (known?.number ?? 0) && this.#newest) return
    await this.#installation.remember(judgement.known, text)
    this.#isExpiryTold = false
    this.#newest = judgement.release
    this.#events.newer(judgement.release)
  }
}
