import { mean } from './metrics.ts'
import type { Linked } from './paths.ts'
import type { Spread } from './spread.ts'
import type { Stage } from './stage.ts'

/** What is published counts as missed by those that have not read it so much later (ms). */
export const READ_WITHIN = 10_000

interface Reader<Peer> extends Linked<Peer> {
  readonly isAlive: boolean
  /** When it had a neighbour for the first time (ms). */
  readonly enteredAt: number
}

/**
 * Counts who should have read what, and who has: a peer should that was in the swarm when something was published, was
 * there still 10 s later, and had had a neighbour before it was published. What is read later than that is missed.
 */
export class Reach<Peer extends Reader<Peer>> {
  readonly spreads: Spread<Peer>[] = []
  readonly #stage: Stage<Peer>
  /** Pairs of a publication and a peer. */
  #owed = 0
  #missed = 0
  #slowest = 0

  constructor(stage: Stage<Peer>) {
    this.#stage = stage
  }

  /** @param among those who should read it, if they were there */
  publish(author: Peer, among: readonly Peer[] = this.#stage.peers.items): void {
    const spread = this.#stage.publish(author)
    const readers = among.filter((peer) => peer !== author && peer.enteredAt < spread.at)
    this.spreads.push(spread)
    this.#stage.agenda.after(READ_WITHIN, () => {
      for (const reader of readers) if (reader.isAlive) this.#account(spread, reader)
    })
  }

  #account(spread: Spread<Peer>, reader: Peer): void {
    this.#owed++
    const readAt = spread.readers.get(reader)
    if (readAt === undefined) this.#missed++
    else this.#slowest = Math.max(this.#slowest, readAt - spread.at)
  }

  /** The share of readers that have read, how many have not, and how long the slowest of the others took (ms). */
  get metrics(): { reach: number; missed: number; slowest: number } {
    return { reach: 1 - this.#missed / Math.max(1, this.#owed), missed: this.#missed, slowest: this.#slowest }
  }

  get redundancy(): number {
    return mean(this.spreads.map(({ redundancy }) => redundancy))
  }
}
