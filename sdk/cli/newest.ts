import type { Link } from '../../protocol/content/link.ts'
import { decodeRelease, type Release } from '../../protocol/content/release.ts'
import { decodeFeed } from '../../protocol/content/sealed.ts'
import { Catalogue } from '../content/catalogue.ts'
import { ContentError } from '../content/error.ts'
import { openFeed } from '../content/sign.ts'

/** The newest release that a tracker has of a channel, and what is wrong with it: `null` if it may be believed. */
export interface Newest {
  readonly release: Release
  readonly problem: string | null
}

/**
 * Asks the tracker, and checks signatures and times. Only a release whose time is over is returned with a problem.
 *
 * @throws {EdgeswarmError} `ERR_TRACKER`
 * @throws {ContentError} `ERR_RELEASE`
 */
export async function newestOf(link: Link, signal: AbortSignal): Promise<Newest> {
  const text = await new Catalogue(link).feed(signal)
  if (text === null) {
    throw new ContentError(
      'ERR_RELEASE',
      `${link.tracker} knows no such channel: look whether the link is whole, or ask who gave it.`,
    )
  }
  const judgement = await openFeed(text, { ...link, known: null, now: Date.now() })
  if (judgement.type === 'accepted') return { release: judgement.release, problem: null }
  const problem = `What ${link.tracker} has of this channel is not to be believed: ${judgement.message}.`
  const sealed = judgement.code === 'expired' ? decodeFeed(text)?.releases.at(-1) : undefined
  const release = sealed && decodeRelease(sealed.release)
  if (release) return { release, problem }
  throw new ContentError('ERR_RELEASE', problem)
}
