import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { memoryBeside } from '../../../sdk/content/publisher-memory.node.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { openChannel } from './signed.ts'

it('of two publishers of one channel who remember at the same time the higher number stays, and nothing else', async () => {
  await using folder = await temporaryFolder()
  const { link, feed, old } = await openChannel()
  const numbers = Array.from({ length: 20 }, (_, index) => index + 1)
  const feeds = await Promise.all(numbers.map((number) => feed({ by: old, number, summary: 'long '.repeat(number) })))
  // Each has a memory of its own, and the highest is neither the first nor the last.
  const shuffled = [...feeds.slice(10).reverse(), ...feeds.slice(0, 10)].reverse()
  await Promise.all([...shuffled, ...shuffled.toReversed()].map((text) => memoryBeside(folder.path).keep(link, text)))
  expect(await memoryBeside(folder.path).read(link)).toBe(feeds.at(-1))
  expect(await readdir(join(folder.path, 'published'))).toEqual([`${link.publisher}-${link.channel}.json`])

  await memoryBeside(folder.path).keep(link, feeds[0] ?? '')
  expect(await memoryBeside(folder.path).read(link)).toBe(feeds.at(-1))
})
