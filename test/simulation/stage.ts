import type { Agenda } from './agenda.ts'
import { fewest, type Metrics, share } from './metrics.ts'
import type { Linked } from './paths.ts'
import type { Pool } from './pool.ts'
import { costs, type Spread, times } from './spread.ts'

/** Peers that publish: those of the overlay under a watch, or those of a yardstick. */
export interface Stage<Peer extends Linked<Peer>> {
  readonly agenda: Agenda
  readonly peers: Pool<Peer>
  /** Messages of all kinds that have been sent. */
  readonly messages: number
  publish(author: Peer): Spread<Peer>
}

/** One message comes so long after the other, and the last one has so long to arrive (ms). */
const EVERY = 500
const ARRIVES = 4000

/** Lets the authors publish in turns, so often each, while nobody comes and goes. */
export function publishInTurns<Peer extends Linked<Peer>>(
  stage: Stage<Peer>,
  authors: readonly Peer[],
  rounds: number,
): { readonly reach: number; readonly metrics: Metrics } {
  const { agenda, peers } = stage
  const before = stage.messages
  const spreads: Spread<Peer>[] = []
  let turn = 0
  agenda.spread(rounds * authors.length, rounds * authors.length * EVERY, () => {
    const author = authors[turn++ % authors.length]
    if (author) spreads.push(stage.publish(author))
  })
  agenda.runUntil(agenda.now + rounds * authors.length * EVERY + ARRIVES)
  const reach = fewest(spreads.map(({ readers }) => share(readers.size, peers.size - 1)))
  const messages = (stage.messages - before) / spreads.length / peers.size
  return { reach, metrics: { messages, ...costs(spreads), ...times(spreads) } }
}
