import { expect, it, vi } from 'vitest'
import { decodeRelease } from '../../../protocol/content/release.ts'
import { Catalogue } from '../../../sdk/content/catalogue.ts'
import { newestOf, releaseOf } from '../../../sdk/content/next-release.ts'
import { DAY, metadataOf } from '../../protocol/content/examples.ts'
import { nameOf, openChannel } from './signed.ts'

const HIGHEST = Number.MAX_SAFE_INTEGER

/** What is to be followed by the newer key, where a tracker has one feed and the publisher remembers another. */
async function openTrade() {
  const channel = await openChannel()
  const { link, key } = channel
  return {
    ...channel,
    newest: async (told: string, remembered: string | null) => {
      const catalogue = new Catalogue(link)
      vi.spyOn(catalogue, 'feed').mockResolvedValue(told)
      vi.spyOn(catalogue, 'metadata').mockResolvedValue(null)
      const before = await newestOf(link, catalogue, nameOf(key), remembered)
      const chain = before?.chain.map(({ release }) => decodeRelease(release)?.number)
      return { before, version: before?.release.version, number: before?.release.number, chain }
    },
  }
}

it.each([
  ['a key that was handed over', 'old', HIGHEST],
  ['a release of before', 'key', 2],
  ['another one of the same number', 'key', 3],
] as const)('U5: %s at the tracker is passed over for what is remembered', async (_, by, number) => {
  const { newest, feed, handOver, ...keys } = await openTrade()
  const remembered = await feed(handOver, { by: keys.key, number: 3, version: 'remembered' })
  const told = by === 'old' ? [{ by: keys.old, number }] : [handOver, { by: keys.key, number, version: 'told' }]
  expect(await newest(await feed(...told), remembered)).toMatchObject({ version: 'remembered', number: 3, chain: [1] })
})

it('U5: what is newer at the tracker is followed, and the hand-overs that it leaves out are kept', async () => {
  const { newest, feed, handOver, key } = await openTrade()
  const remembered = await feed(handOver, { by: key, number: 3 })
  for (const number of [3, 4]) {
    expect(await newest(await feed({ by: key, number }), remembered)).toMatchObject({ number, chain: [1] })
  }
  // Where nothing is remembered it can't be told from a forged one.
  await expect(newest(await feed({ by: key, number: 4 }), null)).rejects.toMatchObject({ code: 'ERR_RELEASE' })
  expect(await newest(await feed(handOver, { by: key, number: 4 }), null)).toMatchObject({ number: 4, chain: [1] })
})

it('U6: what has expired at the tracker is to be renewed, remembered or not', async () => {
  const { newest, feed, handOver, key, now } = await openTrade()
  const told = await feed(handOver, { by: key, number: 4, expires: now - DAY })
  expect(await newest(told, null)).toMatchObject({ number: 4 })
  expect(await newest(told, await feed(handOver, { by: key, number: 3 }))).toMatchObject({ number: 4, chain: [1] })
})

it('no release is made whose number would be above the highest', async () => {
  const { newest, feed, handOver, key, link } = await openTrade()
  const metadata = metadataOf({ 'app.js': 3 })
  const described = {
    metadata,
    infoHash: 'ab'.repeat(20),
    sha256: 'cd'.repeat(32),
    bytes: new Uint8Array(3),
    length: 3,
  }
  const next = async (number: number) => {
    const { before } = await newest(await feed(handOver, { by: key, number }), null)
    return releaseOf(described, link, { version: '2' }, nameOf(key), before)
  }
  expect((await next(HIGHEST - 1)).number).toBe(HIGHEST)
  await expect(next(HIGHEST)).rejects.toThrow(`Nothing can follow release ${HIGHEST} of stable`)
})
