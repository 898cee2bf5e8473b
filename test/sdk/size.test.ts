import { expect, it } from 'vitest'
import { sizeOf } from '../../bench/size/bundle.ts'

/** Bytes after gzip: the entry for browsers and what it imports statically. The aim of `npm run bench -- size`. */
const LIMIT = 15_000

it('a page loads no more of the SDK than it may', async () => {
  const { first } = await sizeOf('sdk/index.ts')
  expect(first).toBeLessThanOrEqual(LIMIT)
})
