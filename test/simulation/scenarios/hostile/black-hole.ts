import type { HaveRange, OverlayMessage } from '../../../../protocol/mesh/overlay.ts'
import type { Publication } from '../../../../protocol/mesh/publication.ts'
import type { OverlayEffect } from '../../../../sdk/overlay/event.ts'
import { honestOf, infest } from '../../infest.ts'
import type { Metrics } from '../../metrics.ts'
import { SimulatedPeer } from '../../peer.ts'
import { Reach, READ_WITHIN } from '../../reach.ts'
import { Watch } from '../../watch.ts'

/** Every so many-th peer is one. */
const EVERY = 10
/** So much earlier it claims to have had everything (ms). */
const LIE = 5000
/** Messages of two honest authors, a second apart. */
const MESSAGES = 30

/** Takes everything and hands nothing on: it says that it had it early, so that others want it from here. */
class BlackHole extends SimulatedPeer {
  override carryOutOne(effect: OverlayEffect): void {
    if (effect.type === 'send') super.carryOutOne({ ...effect, message: this.#twist(effect.message) })
    else super.carryOutOne(effect)
  }

  #twist(message: OverlayMessage): OverlayMessage {
    if (message.type === 'have') return { ...message, ranges: message.ranges.map(older) }
    if (message.type !== 'publication' || message.publication.author === this.id) return message
    return { type: 'have', ranges: [older(rangeOf(message.publication))] }
  }
}

const rangeOf = ({ author, epoch, sequence }: Publication): HaveRange => ({
  author,
  epoch,
  first: sequence,
  last: sequence,
  age: 0,
  size: 0,
})

const older = (range: HaveRange): HaveRange => ({ ...range, age: range.age + LIE })

/** A tenth of the peers swallows what it should hand on. */
export function run(size: number, seed: number): Metrics {
  const infested = infest(size, seed, EVERY, (swarm) => new BlackHole(swarm))
  const { swarm } = infested
  const honest = honestOf(infested)
  const watch = new Watch(swarm)
  const reach = new Reach(watch)
  let turn = 0
  swarm.agenda.spread(2 * MESSAGES, 2000 * MESSAGES, () => {
    const author = honest[turn++ % 2]
    if (author) reach.publish(author, honest)
  })
  swarm.run(2000 * MESSAGES + READ_WITHIN + 1)
  watch.stop()
  return { ...reach.metrics, ...watch.mistakes }
}
