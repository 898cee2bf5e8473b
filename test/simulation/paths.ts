/** What has links: a peer of the overlay, or of a yardstick. */
export interface Linked<Peer> {
  /** Those that it passes publications to, and how far they are (ms). */
  ways(): Iterable<readonly [peer: Peer, latency: number]>
}

/** Dijkstra: how long the way to the farthest peer takes at best, and how many there is a way to, the first included. */
export function farthest<Peer extends Linked<Peer>>(from: Peer): { readonly time: number; readonly reached: number } {
  const best = new Map<Peer, number>([[from, 0]])
  const done = new Set<Peer>()
  const queue = new Heap<Peer>()
  queue.push(0, from)
  let time = 0
  for (;;) {
    const next = queue.pop()
    if (!next) return { time, reached: done.size }
    if (done.has(next.item)) continue
    done.add(next.item)
    time = next.key
    for (const [peer, latency] of next.item.ways()) {
      const at = time + latency
      if (at >= (best.get(peer) ?? Infinity)) continue
      best.set(peer, at)
      queue.push(at, peer)
    }
  }
}

/** In how many parts the peers are, and how many are in the largest. */
export function partsOf<Peer extends Linked<Peer>>(peers: Iterable<Peer>): { parts: number; largest: number } {
  const left = new Set(peers)
  let parts = 0
  let largest = 0
  for (const first of left) {
    const part = [first]
    left.delete(first)
    // The array is walked while it grows.
    for (const peer of part) {
      for (const [next] of peer.ways()) if (left.delete(next)) part.push(next)
    }
    parts++
    largest = Math.max(largest, part.length)
  }
  return { parts, largest }
}

interface Entry<Item> {
  readonly key: number
  readonly item: Item
}

/** A binary heap, the least key first. */
class Heap<Item> {
  readonly #entries: Entry<Item>[] = []

  push(key: number, item: Item): void {
    const entries = this.#entries
    let place = entries.push({ key, item }) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      if (this.#keyAt(above) <= key) return
      this.#swap(place, above)
      place = above
    }
  }

  pop(): Entry<Item> | undefined {
    const entries = this.#entries
    const [first] = entries
    const last = entries.pop()
    if (last === undefined || entries.length === 0) return first
    entries[0] = last
    this.#sink()
    return first
  }

  #sink(): void {
    let place = 0
    for (;;) {
      const left = 2 * place + 1
      const least = this.#keyAt(left + 1) < this.#keyAt(left) ? left + 1 : left
      if (this.#keyAt(least) >= this.#keyAt(place)) return
      this.#swap(place, least)
      place = least
    }
  }

  #keyAt(place: number): number {
    return this.#entries[place]?.key ?? Infinity
  }

  #swap(one: number, other: number): void {
    const entries = this.#entries
    const kept = entries[one]
    const moved = entries[other]
    if (!kept || !moved) return
    entries[one] = moved
    entries[other] = kept
  }
}
