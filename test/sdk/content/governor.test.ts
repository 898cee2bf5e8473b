import { describe, expect, it } from 'vitest'
import { Membership } from '../../../sdk/content/channel/membership.ts'
import type { Policy } from '../../../sdk/content/core/policy.ts'
import { add, Counters } from '../../../sdk/content/counters.ts'
import { Throttle } from '../../../sdk/content/exchange/throttle.ts'
import { Governor } from '../../../sdk/content/governor.ts'

/** Resolves once it has looked at the device: in Node that takes no more than microtasks. */
const looked = () => new Promise((resolve) => setImmediate(resolve))

async function governed(policy: Policy, live: (governor: Governor, send: (bytes: number) => void) => Promise<void>) {
  const counters = new Counters()
  const governor = new Governor(new Membership(null), new Throttle(Infinity), counters, policy, {})
  try {
    await live(governor, (bytes) => {
      add(counters.toPeers, 'somebody', bytes)
    })
  } finally {
    governor.close()
  }
}

describe('a governor', () => {
  it('counts for the ratio of a release only what was sent since that began', async () => {
    await governed({ seedUntil: { ratio: 1 } }, async (governor, send) => {
      governor.completed(1000)
      send(1000)
      governor.user = {}
      await looked()
      expect(governor.pause).toBe('ratio')
      governor.began()
      await looked()
      expect(governor.pause).toBeNull()
      send(400)
      governor.completed(1000)
      await looked()
      expect(governor.pause).toBeNull()
      send(600)
      governor.user = {}
      await looked()
      expect(governor.pause).toBe('ratio')
    })
  })

  it('has everyone share while a newer release is on its way', async () => {
    await governed({ seedUntil: { time: 0 } }, async (governor) => {
      governor.completed(1000)
      await looked()
      expect(governor.pause).toBe('time')
      governor.began()
      await looked()
      expect(governor.pause).toBeNull()
    })
  })

  it('counts all that was sent for a quota', async () => {
    await governed({ seedUntil: { bytes: 1000 } }, async (governor, send) => {
      send(1000)
      governor.began()
      await looked()
      expect(governor.pause).toBe('quota')
    })
  })
})
