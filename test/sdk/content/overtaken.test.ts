import { expect, it } from 'vitest'
import { overtakenBy } from '../../../sdk/content/overtaken.ts'
import { DAY } from '../../protocol/content/examples.ts'
import { openChannel } from './signed.ts'

/** A release 2 of the newer key that was just published, and what comes of the feeds that followers tell. */
async function openHearing() {
  const channel = await openChannel()
  const { link, key, now, signed } = channel
  const returned = Promise.withResolvers<undefined>()
  const told = Promise.withResolvers<string>()
  const order: string[] = []
  const heard = overtakenBy(link, signed({ by: key, number: 2, published: now }), {
    from: returned.promise.then(() => {
      order.push('returned')
    }),
    remember: (feed) => {
      order.push(feed)
      return Promise.resolve(true)
    },
    problem: told.resolve,
  })
  return { ...channel, heard, order, told: told.promise, returned: returned.resolve }
}

it('U5: what another key signed was not forgotten here, whatever its number', async () => {
  const { heard, feed, old, key, handOver, order, told, returned } = await openHearing()
  returned(undefined)
  const genuine = await feed(handOver, { by: key, number: 7 })
  heard(await feed({ by: old, number: Number.MAX_SAFE_INTEGER }))
  heard(genuine)
  expect(await told).toMatch(/^Followers have release 7 already.*refuse release 2\. Publish it again: it is release 8/)
  expect(order).toEqual(['returned', genuine])
})

it('U6: followers refuse what is below an expired release too', async () => {
  const { heard, feed, key, handOver, now, order, told, returned } = await openHearing()
  returned(undefined)
  const expired = await feed(handOver, { by: key, number: 7, expires: now - DAY })
  heard(expired)
  expect(await told).toContain('Followers have release 7 already')
  expect(order).toEqual(['returned', expired])
})

it('what is heard before the publication is returned waits for that', async () => {
  const { heard, feed, key, handOver, order, told, returned } = await openHearing()
  const first = await feed(handOver, { by: key, number: 7 })
  heard(first)
  // Longer than a feed takes to be judged.
  for (let times = 0; times < 10; times++) await feed(handOver, { by: key, number: 8 })
  returned(undefined)
  await told
  expect(order).toEqual(['returned', first])
})
