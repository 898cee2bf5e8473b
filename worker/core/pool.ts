import type { Role } from '../../protocol/announce.ts'

/** How many peers there are, and how many of them are not plain leeches. */
export interface Tally {
  members: number
  seeds: number
  partialSeeds: number
}

export const emptyTally = (): Tally => ({ members: 0, seeds: 0, partialSeeds: 0 })

export interface Member {
  role: Role
  /** Where the pool keeps it; the pool's alone to write. */
  slot: number
}

/** The peers of one swarm that one transport reaches. Everything is O(1), picking O(picked). */
export class Pool<Key, M extends Member> {
  readonly tally = emptyTally()
  readonly #members: M[] = []
  readonly #byKey = new Map<Key, M>()
  readonly #total: Tally

  /** @param total is kept beside this pool's own tally: the sum over all pools that share it. */
  constructor(total: Tally) {
    this.#total = total
  }

  get size(): number {
    return this.#members.length
  }

  get(key: Key): M | undefined {
    return this.#byKey.get(key)
  }

  entries(): Iterable<[Key, M]> {
    return this.#byKey
  }

  add(key: Key, member: M): void {
    member.slot = this.#members.push(member) - 1
    this.#byKey.set(key, member)
    this.#count(member.role, 1)
  }

  remove(key: Key): void {
    const member = this.#byKey.get(key)
    if (!member) return
    this.#swap(member.slot, this.#members.length - 1)
    this.#members.pop()
    this.#byKey.delete(key)
    this.#count(member.role, -1)
  }

  setRole(member: M, role: Role): void {
    if (member.role === role) return
    this.#count(member.role, -1)
    member.role = role
    this.#count(role, 1)
  }

  /** Up to `wanted` members but `except`, each equally likely: the first steps of a Fisher–Yates shuffle in place. */
  pick(wanted: number, except: M | undefined, random: () => number): M[] {
    let end = this.#members.length
    if (except) this.#swap(except.slot, --end)
    const picked: M[] = []
    for (let slot = 0; slot < Math.min(wanted, end); slot++) {
      this.#swap(slot, slot + Math.floor(random() * (end - slot)))
      const member = this.#members[slot]
      if (member) picked.push(member)
    }
    return picked
  }

  #swap(one: number, other: number): void {
    const first = this.#members[one]
    const second = this.#members[other]
    if (!first || !second) return
    this.#members[one] = second
    this.#members[other] = first
    second.slot = one
    first.slot = other
  }

  #count(role: Role, change: 1 | -1): void {
    for (const tally of [this.tally, this.#total]) {
      tally.members += change
      if (role === 'seed') tally.seeds += change
      if (role === 'partialSeed') tally.partialSeeds += change
    }
  }
}
