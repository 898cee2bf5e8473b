import type { Link } from '../../protocol/content/link.ts'
import type { Release } from '../../protocol/content/release.ts'
import { judgeToFollow, readFeed } from './next-release.ts'

/** Feeds that wait to be judged; those beyond are not looked at, as anybody may send any number. */
const MOST_WAITING = 16

interface Hearing {
  /** Nothing is judged before: what is heard while a release is being published waits. */
  readonly from: Promise<unknown>
  /** Says whether it could. */
  readonly remember: (feed: string) => Promise<boolean>
  readonly problem: (text: string) => void
}

/**
 * Finds out whether followers refuse a release that was just published: where neither its tracker nor its publisher
 * remembered the one before, its number is not above what they have. Then that is remembered, for the next one.
 *
 * @returns takes the feeds that followers tell
 */
export function overtakenBy(
  link: Link,
  release: Release,
  { from, remember, problem }: Hearing,
): (feed: string) => void {
  let above = release.number - 1
  const read = async (feed: string) => {
    const judgement = await judgeToFollow(feed, link, null)
    if (judgement.type === 'refused') return
    const { key, number, published } = readFeed(feed).release
    // What this key did not sign, it did not forget: a key that was handed over may have been stolen since.
    if (key !== release.key) return
    // What is published after it, from elsewhere, is to be above it.
    if (number <= above || published >= release.published) return
    above = number
    const what = `Followers have release ${number} already, which was forgotten here, and refuse release ${release.number}.`
    const isRemembered = await remember(feed)
    problem(isRemembered ? `${what} Publish it again: it is release ${number + 1} then.` : what)
  }
  let reading = from
  let waiting = 0
  return (feed) => {
    if (waiting === MOST_WAITING) return
    waiting++
    reading = reading
      .then(() => read(feed))
      .catch(() => undefined)
      .finally(() => waiting--)
  }
}
