import type { Spread } from '../spread.ts'
import { type Message, YardstickPeer, YardstickSwarm } from './swarm.ts'

const DEGREE = 6

/** Passes on whatever is new over all links but the one that it came by. */
class FloodingPeer extends YardstickPeer {
  publish(spread: Spread<YardstickPeer>): void {
    for (const peer of this.lanes.keys()) this.send(peer, { type: 'publication', spread })
  }

  receive(from: YardstickPeer, message: Message): void {
    if (message.type !== 'publication' || message.spread.author === this || message.spread.readers.has(this)) return
    this.read(message.spread)
    for (const peer of this.lanes.keys()) if (peer !== from) this.send(peer, message)
  }

  *ways(): Generator<readonly [YardstickPeer, number]> {
    for (const [peer, { latency }] of this.lanes) if (peer.isAlive) yield [peer, latency]
  }
}

/** Flooding over a random graph in which everyone has six links. */
export const flooding = (size: number, seed: number): YardstickSwarm =>
  new YardstickSwarm(size, seed, DEGREE, (swarm) => new FloodingPeer(swarm))
