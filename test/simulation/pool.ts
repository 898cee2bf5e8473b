/** A set that any of its items can be picked of at once. */
export class Pool<Item> {
  readonly items: Item[] = []
  readonly #places = new Map<Item, number>()

  get size(): number {
    return this.items.length
  }

  has(item: Item): boolean {
    return this.#places.has(item)
  }

  add(item: Item): void {
    if (this.has(item)) return
    this.#places.set(item, this.items.push(item) - 1)
  }

  delete(item: Item): boolean {
    const place = this.#places.get(item)
    if (place === undefined) return false
    this.#places.delete(item)
    const last = this.items.pop()
    if (last !== undefined && last !== item) {
      this.items[place] = last
      this.#places.set(last, place)
    }
    return true
  }

  any(random: () => number): Item {
    const item = this.items[Math.floor(random() * this.items.length)]
    if (item === undefined) throw new Error('There is nothing to pick of.')
    return item
  }

  /** Any but this one. */
  other(except: Item, random: () => number): Item {
    const [item] = this.some(1, except, random)
    if (item === undefined) throw new Error('There is no other.')
    return item
  }

  /** Up to `count` different ones but for one. */
  some(count: number, except: Item, random: () => number): Item[] {
    const most = Math.min(count, this.items.length - (this.has(except) ? 1 : 0))
    const some = new Set<Item>()
    while (some.size < most) {
      const item = this.any(random)
      if (item !== except) some.add(item)
    }
    return [...some]
  }
}
