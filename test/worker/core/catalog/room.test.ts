import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LEFT_ALONE, makeRoom } from '../../../../worker/core/catalog/room.ts'
import { planRoom, type Share, siteOf, storedNetwork, whoYields } from '../../../../worker/core/catalog/shares.ts'
import { parseSettings } from '../../../../worker/core/limits.ts'
import { keyOf, NOW } from '../../../protocol/content/examples.ts'
import { addressOf } from '../../../support/core.ts'

const networkOf = (address: string): string => storedNetwork(addressOf(address))
const share = (address: string, amount: number): Share => ({ network: networkOf(address), amount })

/** The state of a catalogue in which each of so many newcomers in turn, by number, has made one more channel. */
function fill(newcomers: readonly string[], room: number): ReadonlyMap<string, number> {
  const held = new Map<string, number>()
  let count = 0
  const add = (network: string, amount: number) => held.set(network, (held.get(network) ?? 0) + amount)
  for (const newcomer of newcomers) {
    if (count === room) {
      const loser = whoYields(
        Array.from(held, ([network, amount]) => ({ network, amount })),
        newcomer,
        1,
      )
      if (loser === null) continue
      add(loser, -1)
    } else count++
    add(newcomer, 1)
  }
  return held
}

describe('U18: who makes room', () => {
  it('is counted by IPv4 address and /64, and these by /48', () => {
    expect(networkOf('192.0.2.1')).toBe('c0000201')
    expect(networkOf('2001:db8:1:2:3::4')).toBe('20010db800010002')
    expect(siteOf(networkOf('2001:db8:1:2::'))).toBe(siteOf(networkOf('2001:db8:1:ffff::')))
    expect(siteOf(networkOf('2001:db8:1::'))).not.toBe(siteOf(networkOf('2001:db8:2::')))
    expect(siteOf(networkOf('192.0.2.1'))).not.toBe(siteOf(networkOf('192.0.2.2')))
  })

  it('is the network that has most, if that is more than the newcomer would have', () => {
    const shares = [share('192.0.2.1', 2), share('192.0.2.2', 7), share('192.0.2.3', 1)]
    expect(whoYields(shares, networkOf('192.0.2.9'), 1)).toBe(networkOf('192.0.2.2'))
    expect(whoYields(shares, networkOf('192.0.2.1'), 1)).toBe(networkOf('192.0.2.2'))
    expect(whoYields(shares, networkOf('192.0.2.1'), 5)).toBeNull()
    expect(whoYields(shares, networkOf('192.0.2.2'), 1)).toBeNull()
    expect(whoYields([share('192.0.2.1', 1)], networkOf('192.0.2.9'), 1)).toBeNull()
    expect(whoYields([], networkOf('192.0.2.9'), 1)).toBeNull()
  })

  it('is found by /48: many /64s of one are no better than one', () => {
    const many = Array.from({ length: 50 }, (_, index) => share(`2001:db8:1:${index.toString(16)}::`, 1))
    const shares = [...many, share('2001:db8:2::', 10)]
    expect(siteOf(whoYields(shares, networkOf('192.0.2.9'), 1) ?? '')).toBe('20010db80001')
    expect(whoYields(shares, networkOf('2001:db8:1:999::'), 1)).toBeNull()
    const neighbours = [share('2001:db8:1:1::', 9), share('2001:db8:1:2::', 1)]
    expect(whoYields(neighbours, networkOf('2001:db8:1:2::'), 1)).toBe(networkOf('2001:db8:1:1::'))
  })

  it('is never a network that has no more than the newcomer would', () => {
    const address = fc.integer({ min: 0, max: 40 }).map((number) => `2001:db8:${number % 5}:${number}::`)
    fc.assert(
      fc.property(fc.uniqueArray(address), fc.array(fc.nat(20)), address, (addresses, amounts, by) => {
        const shares = addresses.map((one, index) => share(one, amounts[index] ?? 1))
        const newcomer = networkOf(by)
        const loser = whoYields(shares, newcomer, 1)
        const heldBy = (within: (network: string) => boolean) =>
          shares.reduce((sum, { network, amount }) => sum + (within(network) ? amount : 0), 0)
        const ofSite = (network: string) => heldBy((other) => siteOf(other) === siteOf(network))
        const of = (network: string) => heldBy((other) => other === network)
        if (loser === null) expect(shares.every(({ network }) => ofSite(network) <= ofSite(newcomer) + 1)).toBe(true)
        else if (siteOf(loser) === siteOf(newcomer)) expect(of(loser)).toBeGreaterThan(of(newcomer) + 1)
        else expect(ofSite(loser)).toBeGreaterThan(ofSite(newcomer) + 1)
      }),
    )
  })

  it('lets one stranger have what nobody else wants, and no more', () => {
    const [stranger, ...others] = [1, 2, 3, 4, 5].map((number) => networkOf(`192.0.2.${number}`))
    const held = fill([...Array<string>(50).fill(stranger ?? ''), ...others, ...others], 20)
    expect(Array.from(held.values())).toEqual([12, 2, 2, 2, 2])
    const after = fill([...others, ...others, ...Array<string>(50).fill(stranger ?? '')], 20)
    expect(Array.from(after.values())).toEqual([2, 2, 2, 2, 12])
  })
})

describe('U18: a catalogue that is full', () => {
  const newcomer = networkOf('192.0.2.9')
  const decide = (shares: readonly Share[], vars: Record<string, string | number> = {}, renewed: number | null = NOW) =>
    makeRoom(parseSettings(vars), { shares, longestAgo: renewed }, newcomer, NOW)

  it('has the network that has most make room', () => {
    const shares = [share('192.0.2.1', 1), share('192.0.2.2', 2)]
    for (const PUBLISHERS of ['', '*']) {
      expect(decide(shares, { PUBLISHERS })).toEqual({ type: 'drop', network: networkOf('192.0.2.2') })
    }
  })

  it('drops nothing that is good of those whom the operator listed', () => {
    const decision = decide([share('192.0.2.2', 9)], { PUBLISHERS: keyOf(1), MAX_CHANNELS: 9 })
    expect(decision).toMatchObject({ status: 507, reason: expect.stringContaining('all the 9 channels') as string })
    expect(decision).not.toHaveProperty('retryIn')
  })

  it('of as many networks as channels has what was left alone for half a year make room, and says when', () => {
    const shares = [share('192.0.2.1', 1), share('192.0.2.2', 1)]
    expect(decide(shares)).toMatchObject({ status: 507, retryIn: LEFT_ALONE / 1000 })
    expect(decide(shares, {}, NOW - LEFT_ALONE + 1)).toMatchObject({ status: 507, retryIn: 1 })
    expect(decide(shares, {}, NOW - LEFT_ALONE)).toEqual({ type: 'drop', network: null })
  })

  it('has no more room for who has as much of it as anybody', () => {
    const shares = [share('192.0.2.9', 1), share('192.0.2.2', 2)]
    const decision = decide(shares, {}, NOW - LEFT_ALONE)
    expect(decision).toMatchObject({ status: 507, reason: expect.stringContaining('your') as string })
  })

  it('of no channels at all takes none', () => {
    expect(decide([], { MAX_CHANNELS: 0 }, null)).toMatchObject({ status: 507 })
  })
})

describe('U18: room for metadata', () => {
  const item = (id: string, address: string, amount: number) => ({ id, ...share(address, amount) })
  const items = [
    item('a', '192.0.2.1', 40),
    item('b', '192.0.2.2', 10),
    item('c', '192.0.2.1', 30),
    item('d', '192.0.2.1', 20),
  ]

  it('is made by who has most, by the first of its things first', () => {
    expect(planRoom(items, networkOf('192.0.2.9'), 10, 5)).toEqual(['a'])
    expect(planRoom(items, networkOf('192.0.2.9'), 10, 60)).toEqual(['a', 'c'])
    expect(planRoom(items, networkOf('192.0.2.9'), 10, 0)).toEqual([])
  })

  it('is not made of more than 1000 things', () => {
    const small = Array.from({ length: 1500 }, (_, index) => item(`${index}`, '192.0.2.1', 1))
    expect(planRoom(small, networkOf('192.0.2.9'), 1, 1000)).toHaveLength(1000)
    expect(planRoom(small, networkOf('192.0.2.9'), 1, 1001)).toBeNull()
  })

  it('is not made in part, and not by who has no more', () => {
    expect(planRoom(items, networkOf('192.0.2.9'), 10, 91)).toBeNull()
    expect(planRoom(items, networkOf('192.0.2.9'), 90, 1)).toBeNull()
    expect(planRoom(items, networkOf('192.0.2.1'), 1, 1)).toBeNull()
  })
})
