import type { Link } from '../../protocol/content/link.ts'
import type { Release } from '../../protocol/content/release.ts'
import { openFeed } from './sign.ts'

/**
 * Finds out whether followers refuse a release that was just published: where neither its tracker nor its publisher
 * remembered the one before, its number is not above what they have. Then that is remembered, for the next one.
 *
 * @param remember says whether it could
 * @returns takes the feeds that followers tell
 */
export function overtakenBy(
  link: Link,
  release: Release,
  remember: (feed: string) => Promise<boolean>,
  problem: (text: string) => void,
): (feed: string) => void {
  let above = release.number - 1
  const read = async (feed: string) => {
    const judgement = await openFeed(feed, { ...link, known: null, now: Date.now() })
    if (judgement.type === 'refused') return
    const { number, published } = judgement.release
    // What is published after it, from elsewhere, is to be above it.
    if (number <= above || published >= release.published) return
    above = number
    const what = `Followers have release ${number} already, which was forgotten here, and refuse release ${release.number}.`
    const isRemembered = await remember(feed)
    problem(isRemembered ? `${what} Publish it again: it is release ${number + 1} then.` : what)
  }
  let reading = Promise.resolve()
  return (feed) => {
    reading = reading.then(() => read(feed)).catch(() => undefined)
  }
}
