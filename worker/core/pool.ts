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
    const last = this.#members.pop()
    if (last && last !== member) {
      this.#members[member.slot] = last
      last.slot = member.slot
    }
    this.#byKey.delete(key)
    this.#count(member.role, -1)
  }

  setRole(member: M, role: Role): void {
    if (member.role === role) return
    this.#count(member.role, -1)
    member.role = role
    this.#count(role, 1)
  }

  /**
   * Up to `wanted` members but `except`, each equally likely: a run from a random place of the ring that the
   * others form. Neighbours are those who came after one another, so it is as good as any, and reads no more of
   * the swarm than it returns.
   */
  pick(wanted: number, except: M | undefined, random: () => number): M[] {
    const others = this.#members.length - (except ? 1 : 0)
    const gap = except?.slot ?? others
    const start = Math.floor(random() * others)
    const picked: M[] = []
    for (let step = 0; step < Math.min(wanted, others); step++) {
      const place = (start + step) % others
      const member = this.#members[place < gap ? place : place + 1]
      if (member) picked.push(member)
    }
    return picked
  }

  #count(role: Role, change: 1 | -1): void {
    for (const tally of [this.tally, this.#total]) {
      tally.members += change
      if (role === 'seed') tally.seeds += change
      if (role === 'partialSeed') tally.partialSeeds += change
    }
  }
}
