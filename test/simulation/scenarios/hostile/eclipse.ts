import type { PeerId } from '../../../../protocol/ids.ts'
import type { OverlayMessage } from '../../../../protocol/mesh/overlay.ts'
import type { OverlayEffect, OverlayEvent } from '../../../../sdk/overlay/event.ts'
import { sample } from '../../../../sdk/overlay/turn.ts'
import { honestOf, infest, replaceHonest } from '../../infest.ts'
import { mean, type Metrics, most, share } from '../../metrics.ts'
import { partsOf } from '../../paths.ts'
import { SimulatedPeer } from '../../peer.ts'
import { Reach, READ_WITHIN } from '../../reach.ts'
import type { SimulatedSwarm } from '../../swarm.ts'
import { Watch } from '../../watch.ts'

/** Every so many-th peer is one of a single attacker, all of them on one network. */
const EVERY = 5
const NETWORK = '192.0.2'
/** The attack goes on for so long, while honest peers come and go, of all a share a second (s). */
const SECONDS = 60
const CRASH = 0.01
/** Honest peers that publish then. */
const AUTHORS = 10
/** Who came later than this has found only its first neighbour or two, and is not looked at (ms). */
const SETTLED = 1000
/** Names of its own that a sybil puts where a peer names others. */
const NAMED = 8

/** Wants into every view, names nobody but its own kind, and hands nothing on. */
class Sybil extends SimulatedPeer {
  readonly #kind: PeerId[]

  constructor(swarm: SimulatedSwarm, kind: PeerId[]) {
    super(swarm)
    this.#kind = kind
    kind.push(this.id)
  }

  override readonly networkName = NETWORK

  /** Answers every seek itself, and takes it no further. */
  override receive(event: OverlayEvent): void {
    if (event.type === 'received' && event.message.type === 'seek') {
      const { peer } = event.message
      this.state.routes.learned.set(peer, event.from)
      if (!this.#kind.includes(peer)) this.tell({ type: 'reach', peer })
    } else super.receive(event)
  }

  protected override enter(peer: SimulatedPeer): void {
    super.enter(peer)
    this.#say(peer.id, { type: 'neighbour', isNeedy: true, isNew: false, level: 0, size: 2, peers: this.#some() })
  }

  override carryOutOne(effect: OverlayEffect): void {
    if (effect.type === 'send') this.#say(effect.to, this.#twist(effect.message))
    else if (effect.type !== 'released') super.carryOutOne(effect)
  }

  #say(to: PeerId, message: OverlayMessage | null): void {
    if (message) this.send(to, { type: 'received', from: this.id, message })
  }

  #twist(message: OverlayMessage): OverlayMessage | null {
    switch (message.type) {
      case 'publication':
        return message.publication.author === this.id ? message : null
      case 'decline':
      case 'have':
      case 'seek':
        return null
      case 'neighbour':
      case 'shuffle':
        return { ...message, peers: this.#some() }
      case 'routed':
        return message.body.kind === 'peers' ? { ...message, body: { kind: 'peers', peers: this.#some() } } : message
      default:
        return message
    }
  }

  #some(): PeerId[] {
    return sample(this.#kind, NAMED, this.swarm.random)
  }
}

/** A fifth of the peers tries to be all that the others see. */
export function run(size: number, seed: number): Metrics {
  const kind: PeerId[] = []
  const infested = infest(size, seed, EVERY, (swarm) => new Sybil(swarm, kind))
  const { swarm } = infested
  swarm.agenda.spread(CRASH * size * SECONDS, 1000 * SECONDS, () => {
    replaceHonest(infested)
  })
  swarm.run(1000 * SECONDS)
  const honest = honestOf(infested).filter(({ enteredAt }) => enteredAt < swarm.now - SETTLED)
  const shares = honest.map(({ neighbours }) => {
    return share([...neighbours].filter((id) => kind.includes(id)).length, neighbours.size)
  })
  const { parts, largest } = partsOf(honest)
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  for (const author of honest.slice(0, AUTHORS)) reach.publish(author, honest)
  swarm.run(READ_WITHIN + 1)
  watch.stop()
  return {
    sybils: share(infested.attackers.length, swarm.peers.size),
    sybilsInViews: mean(shares),
    worstView: most(shares),
    eclipsed: shares.filter((share) => share === 1).length,
    parts,
    largestPart: share(largest, honest.length),
    ...reach.metrics,
    ...watch.mistakes,
  }
}
