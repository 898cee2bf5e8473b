import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Role } from '../../../protocol/announce.ts'
import { emptyTally, type Member, Pool, type Tally } from '../../../worker/core/pool.ts'
import { seededRandom } from '../../support/core.ts'

interface NamedMember extends Member {
  readonly key: number
}

const memberOf = (key: number, role: Role = 'leech'): NamedMember => ({ key, role, slot: -1 })

function poolOf(size: number): { pool: Pool<number, NamedMember>; members: NamedMember[] } {
  const pool = new Pool<number, NamedMember>(emptyTally())
  const members = Array.from({ length: size }, (_, key) => memberOf(key))
  for (const member of members) pool.add(member.key, member)
  return { pool, members }
}

const chiSquare = (counts: readonly number[]): number => {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

describe('pick', () => {
  it.each([
    [5, 1],
    [5, 3],
    [10, 9],
    [50, 5],
  ])('A7: of %i members but one, %i picked, each is as likely', (size, wanted) => {
    const { pool, members } = poolOf(size)
    const random = seededRandom(42)
    const counts = new Map<number, number>()
    for (let round = 0; round < 20_000; round++) {
      for (const { key } of pool.pick(wanted, members[0], random)) counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    expect(counts.size).toBe(size - 1)
    const freedom = size - 2
    expect(chiSquare([...counts.values()])).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom))
  })

  it('A7: in each place of what is picked, each is as likely', () => {
    const { pool, members } = poolOf(5)
    const random = seededRandom(43)
    const counts = new Map<string, number>()
    for (let round = 0; round < 16_000; round++) {
      for (const [place, { key }] of pool.pick(4, members[2], random).entries()) {
        counts.set(`${place} ${key}`, (counts.get(`${place} ${key}`) ?? 0) + 1)
      }
    }
    expect(counts.size).toBe(16)
    expect(chiSquare([...counts.values()])).toBeLessThan(15 + 5 * Math.sqrt(30))
  })

  it('picks nobody of nobody', () => {
    const { pool, members } = poolOf(1)
    expect(pool.pick(5, members[0], seededRandom(1))).toEqual([])
    expect(poolOf(0).pool.pick(5, undefined, seededRandom(1))).toEqual([])
    expect(pool.pick(0, undefined, seededRandom(1))).toEqual([])
  })

  it('bears the ends of what a random number can be', () => {
    for (const random of [() => 0, () => 1 - 2 ** -53]) {
      const { pool, members } = poolOf(7)
      const picked = pool.pick(7, members[3], random)
      expect(new Set(picked).size).toBe(6)
      expect(picked).not.toContain(members[3])
    }
  })
})

type Operation =
  | { readonly type: 'add'; readonly key: number; readonly role: Role }
  | { readonly type: 'remove'; readonly key: number }
  | { readonly type: 'setRole'; readonly key: number; readonly role: Role }
  | { readonly type: 'pick'; readonly wanted: number; readonly except: number }

const keys = fc.integer({ min: 0, max: 12 })
const roles = fc.constantFrom<Role>('leech', 'seed', 'partialSeed')
const operations = fc.oneof(
  fc.record({ type: fc.constant('add'), key: keys, role: roles }),
  fc.record({ type: fc.constant('remove'), key: keys }),
  fc.record({ type: fc.constant('setRole'), key: keys, role: roles }),
  fc.record({ type: fc.constant('pick'), wanted: fc.integer({ min: -1, max: 15 }), except: keys }),
)

/** A pool, and beside it the plainest thing that could be one. */
class ModelledPool {
  readonly #model = new Map<number, NamedMember>()
  readonly #pool: Pool<number, NamedMember>
  readonly #random: () => number

  constructor(total: Tally, random: () => number) {
    this.#pool = new Pool(total)
    this.#random = random
  }

  apply(operation: Operation): void {
    switch (operation.type) {
      case 'add':
        this.#add(memberOf(operation.key, operation.role))
        break
      case 'remove':
        this.#pool.remove(operation.key)
        this.#model.delete(operation.key)
        break
      case 'setRole': {
        const member = this.#model.get(operation.key)
        if (member) this.#pool.setRole(member, operation.role)
        break
      }
      case 'pick':
        this.#pick(operation.wanted, this.#model.get(operation.except))
        break
    }
  }

  check(): void {
    const members = [...this.#model.values()]
    expect(this.#pool.size).toBe(members.length)
    expect(new Map(this.#pool.entries())).toEqual(this.#model)
    expect(members.map(({ slot }) => slot).sort((one, other) => one - other)).toEqual([...members.keys()])
    expect(this.#pool.tally).toEqual(this.tally())
    for (const member of members) expect(this.#pool.get(member.key)).toBe(member)
  }

  tally(): Tally {
    const roles = Array.from(this.#model.values(), ({ role }) => role)
    const count = (wanted: Role) => roles.filter((role) => role === wanted).length
    return { members: roles.length, seeds: count('seed'), partialSeeds: count('partialSeed') }
  }

  #add(member: NamedMember): void {
    if (this.#model.has(member.key)) return
    this.#model.set(member.key, member)
    this.#pool.add(member.key, member)
  }

  #pick(wanted: number, except: NamedMember | undefined): void {
    const picked = this.#pool.pick(wanted, except, this.#random)
    const others = this.#model.size - (except ? 1 : 0)
    expect(picked).toHaveLength(Math.max(0, Math.min(wanted, others)))
    expect(new Set(picked).size).toBe(picked.length)
    expect(picked).not.toContain(except)
    for (const member of picked) expect(this.#model.get(member.key)).toBe(member)
  }
}

it('keeps slots and tallies right whatever happens, and the total the sum of its pools', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), operations), { maxLength: 60 }), fc.integer(), (steps, seed) => {
      const total = emptyTally()
      const one = new ModelledPool(total, seededRandom(seed))
      const other = new ModelledPool(total, seededRandom(seed))
      for (const [first, operation] of steps) (first ? one : other).apply(operation)
      one.check()
      other.check()
      const [tally, otherTally] = [one.tally(), other.tally()]
      expect(total).toEqual({
        members: tally.members + otherTally.members,
        seeds: tally.seeds + otherTally.seeds,
        partialSeeds: tally.partialSeeds + otherTally.partialSeeds,
      })
    }),
    { numRuns: 1000 },
  )
})
