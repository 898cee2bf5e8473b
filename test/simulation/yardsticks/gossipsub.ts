import { sample } from '../../../sdk/overlay/turn.ts'
import type { Spread } from '../spread.ts'
import { type Message, YardstickPeer, YardstickSwarm } from './swarm.ts'

// gossipsub v1.1 with the defaults that its specification gives (libp2p/specs, pubsub/gossipsub, v1.0 and v1.1), but for
// the scores: everyone is honest here. Messages are in one topic, to which everyone subscribes.

/** Links that each peer has without looking for them: what its discovery found. */
const CONNECTIONS = 20

const D = 6
const D_LOW = 4
const D_HIGH = 12
const D_LAZY = 6
/** Of the peers outside the mesh that share is told, if it is more than `D_LAZY`. */
const GOSSIP_FACTOR = 0.25
const HEARTBEAT = 1000
/** Heartbeats that a message is kept for, and those in which others are told of it. */
const MCACHE_LEN = 5
const MCACHE_GOSSIP = 3
/** Who pruned or was pruned is not grafted again within so long (ms). */
const PRUNE_BACKOFF = 60_000

type Messages = Spread<YardstickPeer>[]

class GossipsubPeer extends YardstickPeer {
  readonly #mesh = new Set<YardstickPeer>()
  /** When each may be grafted again (ms). */
  readonly #backoff = new Map<YardstickPeer, number>()
  /** Messages by the heartbeat that they came in, the latest first. */
  #cache: Messages[] = [[]]

  override start(): void {
    this.#graft(D)
    const beat = () => {
      if (!this.isAlive) return
      this.#heartbeat()
      this.swarm.network.agenda.after(HEARTBEAT, beat)
    }
    this.swarm.network.agenda.after(this.swarm.random() * HEARTBEAT, beat)
  }

  /** v1.1 sends one's own messages to everyone that one is connected to. */
  publish(spread: Spread<YardstickPeer>): void {
    this.#cache[0]?.push(spread)
    for (const peer of this.lanes.keys()) this.send(peer, { type: 'publication', spread })
  }

  receive(from: YardstickPeer, message: Message): void {
    switch (message.type) {
      case 'publication':
        this.#receivePublication(from, message)
        return
      case 'ihave': {
        const spreads = message.spreads.filter((spread) => !this.#hasSeen(spread))
        if (spreads.length > 0) this.send(from, { type: 'iwant', spreads })
        return
      }
      case 'iwant':
        for (const spread of message.spreads) {
          if (this.#cache.some((spreads) => spreads.includes(spread))) this.send(from, { type: 'publication', spread })
        }
        return
      case 'graft':
        if (this.#mayJoin(from)) this.#mesh.add(from)
        else this.#prune(from)
        return
      case 'prune':
        this.#mesh.delete(from)
        this.#backoff.set(from, this.swarm.now + PRUNE_BACKOFF)
    }
  }

  override unlink(peer: YardstickPeer): void {
    super.unlink(peer)
    this.#mesh.delete(peer)
    this.#backoff.delete(peer)
  }

  *ways(): Generator<readonly [YardstickPeer, number]> {
    for (const peer of this.#mesh) {
      const latency = this.lanes.get(peer)?.latency
      if (peer.isAlive && latency !== undefined) yield [peer, latency]
    }
  }

  #hasSeen(spread: Spread<YardstickPeer>): boolean {
    return spread.author === this || spread.readers.has(this)
  }

  #receivePublication(from: YardstickPeer, message: Extract<Message, { type: 'publication' }>): void {
    const { spread } = message
    if (this.#hasSeen(spread)) return
    this.read(spread)
    this.#cache[0]?.push(spread)
    for (const peer of this.#mesh) if (peer !== from && peer !== spread.author) this.send(peer, message)
  }

  #heartbeat(): void {
    if (this.#mesh.size < D_LOW) this.#graft(D - this.#mesh.size)
    if (this.#mesh.size > D_HIGH) {
      for (const peer of sample([...this.#mesh], this.#mesh.size - D, this.swarm.random)) this.#prune(peer)
    }
    this.#gossip()
    this.#cache = [[], ...this.#cache.slice(0, MCACHE_LEN - 1)]
  }

  #gossip(): void {
    const spreads = this.#cache.slice(0, MCACHE_GOSSIP).flat()
    if (spreads.length === 0) return
    const others = [...this.lanes.keys()].filter((peer) => !this.#mesh.has(peer))
    const count = Math.max(D_LAZY, Math.floor(GOSSIP_FACTOR * others.length))
    for (const peer of sample(others, count, this.swarm.random)) this.send(peer, { type: 'ihave', spreads })
  }

  #graft(count: number): void {
    const others = [...this.lanes.keys()].filter((peer) => !this.#mesh.has(peer) && !this.#isBackingOff(peer))
    for (const peer of sample(others, count, this.swarm.random)) {
      this.#mesh.add(peer)
      this.send(peer, { type: 'graft' })
    }
  }

  #prune(peer: YardstickPeer): void {
    this.#mesh.delete(peer)
    this.#backoff.set(peer, this.swarm.now + PRUNE_BACKOFF)
    this.send(peer, { type: 'prune' })
  }

  #mayJoin(peer: YardstickPeer): boolean {
    return this.#mesh.has(peer) || (this.#mesh.size < D_HIGH && !this.#isBackingOff(peer))
  }

  #isBackingOff(peer: YardstickPeer): boolean {
    return (this.#backoff.get(peer) ?? 0) > this.swarm.now
  }
}

export const gossipsub = (size: number, seed: number): YardstickSwarm =>
  new YardstickSwarm(size, seed, CONNECTIONS, (swarm) => new GossipsubPeer(swarm))
