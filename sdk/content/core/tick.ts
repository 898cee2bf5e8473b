import { fillAll, hasOrigin } from './ask.ts'
import { release } from './blame.ts'
import { rechoke } from './choke.ts'
import { checkFetches, fetchAll } from './origin.ts'
import { keepPace } from './pace.ts'
import { serve } from './serve.ts'
import type { PieceState } from './state.ts'
import type { Turn } from './turn.ts'
import { cancelAll } from './wires.ts'

/** A wire that was asked and sends nothing for so long is left alone (ms). A guess; stock clients wait 30 to 60 s. */
export const SNUBBED_AFTER = 10_000
/** With an origin at hand that would give it at once, for so long (ms). A guess. */
const WITH_ORIGIN = 3000
/** What a limit leaves unused is kept for so long (ms). A guess. */
const BURST = 500

export function tick(turn: Turn): void {
  const { state, now } = turn
  allow(state, now)
  const patience = hasOrigin(state, now) ? WITH_ORIGIN : SNUBBED_AFTER
  for (const wire of state.wires.values()) {
    if (wire.asked.size === 0 || wire.lastAt + patience > now) continue
    wire.isSnubbed = true
    cancelAll(turn, wire)
    release(state, wire.id)
    wire.lastAt = now
  }
  if (state.rechokeAt <= now) rechoke(turn)
  keepPace(state, now)
  checkFetches(turn)
  fillAll(turn)
  fetchAll(turn)
  serve(turn)
  state.tickedAt = now
}

function allow(state: PieceState, now: number): void {
  if (state.limit === Infinity) state.allowance = Infinity
  else {
    const more = (state.limit * (now - state.tickedAt)) / 1000
    state.allowance = Math.min(state.allowance + more, Math.max((state.limit * BURST) / 1000, 16_384))
  }
}
