import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { type Count, newCount } from './count.ts'
import type { Server } from './servers.ts'
import { type Answers, StockPeer } from './stock-peer.ts'

const AT_ONCE = 20

interface Swarm {
  readonly infoHash: string
  readonly peers: StockPeer[]
}

/** Swarms of stock peers on one tracker, each peer at a random moment of its interval. */
export class StockSwarms implements Disposable {
  readonly count: Count = newCount()
  readonly #server: Server
  readonly #answers: Answers
  readonly #swarms: Swarm[]

  constructor(server: Server, answers: Answers, peers: number, size: number) {
    this.#server = server
    this.#answers = answers
    this.#swarms = Array.from({ length: peers / size }, () => ({
      infoHash: randomBytes(10).toString('hex'),
      peers: [],
    }))
  }

  /** All peers of all swarms come, and are linked to each other as after a while. */
  async fill(size: number): Promise<void> {
    const tasks = this.#swarms.flatMap((swarm) => Array.from({ length: size }, () => swarm))
    for (let first = 0; first < tasks.length; first += AT_ONCE) {
      await Promise.all(tasks.slice(first, first + AT_ONCE).map((swarm) => this.#add(swarm)))
    }
    for (const { peers } of this.#swarms) {
      for (const peer of peers) for (const { id } of peers) if (id !== peer.id) peer.linked.add(id)
    }
  }

  /**
   * One interval: each peer announces once, and some are replaced.
   *
   * @param milliseconds that the interval takes
   * @param replaced how many peers
   */
  async interval(milliseconds: number, replaced: number): Promise<void> {
    const announced = this.#swarms.flatMap((swarm) =>
      swarm.peers.map(async (peer) => {
        await wait(Math.random() * milliseconds)
        if (swarm.peers.includes(peer)) peer.announce()
      }),
    )
    const churned = Array.from({ length: replaced }, async (_, index) => {
      await wait(((index + Math.random()) / replaced) * milliseconds)
      const swarm = this.#swarms[Math.floor(Math.random() * this.#swarms.length)]
      const leaving = swarm?.peers.shift()
      if (!swarm || !leaving) return
      await Promise.all([leaving.stop(), this.#add(swarm)])
    })
    await Promise.all([...announced, ...churned, wait(milliseconds)])
  }

  async #add({ infoHash, peers }: Swarm): Promise<void> {
    peers.push(await StockPeer.start(this.#server, infoHash, this.#answers, this.count))
  }

  [Symbol.dispose](): void {
    for (const { peers } of this.#swarms) for (const peer of peers) peer.end()
  }
}
