import { expect, it, vi } from 'vitest'
import type { Release } from '../../../protocol/content/release.ts'
import { encodeFeed, type Sealed } from '../../../protocol/content/sealed.ts'
import { toBase64Url } from '../../../protocol/content/text.ts'
import type { Known } from '../../../protocol/content/trust.ts'
import { FeedReader } from '../../../sdk/content/feed-reader.ts'
import { sealRelease } from '../../../sdk/content/sign.ts'
import type { Installation } from '../../../sdk/content/versions.ts'
import { createIdentity, type Identity } from '../../../sdk/index.ts'
import { DAY, releaseOf } from '../../protocol/content/examples.ts'

const TRACKER = 'https://tracker.example.com'
const key = await createIdentity()
const thief = await createIdentity()
const publisher = toBase64Url(key.publicKey)

const sealed = (changes: Partial<Release> = {}, by: Identity = key): Promise<Sealed> =>
  sealRelease(
    releaseOf({
      publisher,
      key: toBase64Url(by.publicKey),
      published: Date.now() - DAY,
      expires: Date.now() + DAY,
      ...changes,
    }),
    by,
  )
const feedOf = async (...releases: Promise<Sealed>[]): Promise<string> =>
  encodeFeed({ releases: await Promise.all(releases) })

/** Somebody who follows the channel, and what is remembered beyond the end of the process. */
class Follower {
  readonly newer: number[] = []
  readonly problems: string[] = []
  readonly memory: { known: Known | null; feed: string | null } = { known: null, feed: null }
  reader = this.#start()

  #start(): FeedReader {
    const { memory } = this
    const installation = {
      publisher,
      channel: 'stable',
      get known() {
        return memory.known
      },
      get feed() {
        return memory.feed
      },
      remember: (known: Known, feed: string) => {
        Object.assign(memory, { known, feed })
        return Promise.resolve()
      },
    } satisfies Partial<Installation>
    return new FeedReader(installation as unknown as Installation, {
      newer: ({ number }) => this.newer.push(number),
      problem: (text) => this.problems.push(text),
    })
  }

  async startAgain(): Promise<void> {
    this.reader = this.#start()
    await this.reader.restore()
  }
}

it('each newer release is told of once, whoever tells of it', async () => {
  const follower = new Follower()
  const [one, two] = [await feedOf(sealed()), await feedOf(sealed({ number: 2 }))]
  for (const text of [one, one, two, two]) await follower.reader.hear(text, null)
  await Promise.all([follower.reader.hear(two, TRACKER), follower.reader.hear(one, null)])
  expect(follower.newer).toEqual([1, 2])
  expect(follower.problems).toEqual([])
  expect(follower.reader.newest?.number).toBe(2)
})

it('U4: a tracker that serves an old release is noticed, after a new start too', async () => {
  const follower = new Follower()
  const one = await feedOf(sealed())
  await follower.reader.hear(one, TRACKER)
  await follower.reader.hear(await feedOf(sealed({ number: 2 })), null)
  await follower.reader.hear(one, TRACKER)
  expect(follower.problems).toEqual([expect.stringMatching(/tracker\.example\.com is not believed: .*is older than 2/)])
  await follower.startAgain()
  expect(follower.reader.newest?.number).toBe(2)
  await follower.reader.hear(one, TRACKER)
  expect(follower.problems).toHaveLength(2)
  expect(follower.newer).toEqual([1, 2])
})

it('a tracker that keeps newer releases back is noticed when the old one expires', async () => {
  const follower = new Follower()
  await follower.reader.hear(await feedOf(sealed({ expires: Date.now() - 1 })), TRACKER)
  expect(follower.problems).toEqual([expect.stringMatching(/expired at .* and the clock here says/)])
  expect(follower.reader.newest).toBe(null)
})

it('U6: what is believed expires too, and that is said once', async () => {
  const follower = new Follower()
  vi.useFakeTimers({ toFake: ['Date'] })
  await follower.reader.hear(await feedOf(sealed()), TRACKER)
  follower.reader.lookAtTheClock()
  expect(follower.problems).toEqual([])
  vi.setSystemTime(Date.now() + 2 * DAY)
  follower.reader.lookAtTheClock()
  follower.reader.lookAtTheClock()
  vi.useRealTimers()
  expect(follower.problems).toEqual([expect.stringMatching(/^Release 1 expired at .* no newer one is known/)])
})

it('a feed of the same release without its hand-overs takes the place of none', async () => {
  const follower = new Follower()
  const next = sealed({ number: 2 }, thief)
  const whole = await feedOf(sealed({ successor: toBase64Url(thief.publicKey) }), next)
  await follower.reader.hear(whole, null)
  await follower.reader.hear(await feedOf(next), null)
  expect(follower.memory.feed).toBe(whole)
})

it('a clock that is a day behind is named', async () => {
  const follower = new Follower()
  const published = Date.now() + 2 * DAY
  await follower.reader.hear(await feedOf(sealed({ published, expires: published + DAY })), TRACKER)
  expect(follower.problems).toEqual([expect.stringMatching(/one of the two clocks is wrong/)])
})

const forged: [string, () => Promise<string>, RegExp][] = [
  ['signed by another key', () => feedOf(sealed({}, thief)), /is signed by/],
  ['of another channel', () => feedOf(sealed({ channel: 'beta' })), /not of stable/],
  [
    'changed after it was signed',
    async () => {
      const { release, signature } = await sealed()
      return encodeFeed({ releases: [{ release: release.replace('1.4.0', '6.6.6'), signature }] })
    },
    /the signature of release 1 is not that of/,
  ],
  ['that is none', () => Promise.resolve('{"releases":"all"}'), /no feed/],
  ['without end', () => Promise.resolve(`{"releases":[${' '.repeat(2_000_000)}]}`), /no feed/],
]

it.each(forged)('a feed %s is not believed, and a tracker that serves it is named', async (_name, make, why) => {
  const follower = new Follower()
  const text = await make()
  await follower.reader.hear(text, null)
  expect(follower.problems).toEqual([])
  await follower.reader.hear(text, TRACKER)
  expect(follower.problems).toEqual([expect.stringMatching(why)])
  expect(follower.newer).toEqual([])
  expect(follower.memory).toEqual({ known: null, feed: null })
})

it('a key that was handed over signs no more, and its successor does', async () => {
  const follower = new Follower()
  const successor = toBase64Url(thief.publicKey)
  const handedOver = sealed({ successor })
  await follower.reader.hear(await feedOf(handedOver), null)
  await follower.reader.hear(await feedOf(sealed({ number: 3 })), TRACKER)
  expect(follower.problems).toEqual([expect.stringMatching(/only .* may sign it/)])
  await follower.reader.hear(await feedOf(handedOver, sealed({ number: 2 }, thief)), TRACKER)
  expect(follower.newer).toEqual([1, 2])
})
