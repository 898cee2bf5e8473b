import { hasBit } from './bits.ts'
import { waitOf } from './wait.ts'
import { cancel } from './started.ts'
import { type BlockKey, keyOf, NOBODY, type PieceState, type Wire } from './state.ts'
import type { Turn } from './turn.ts'

/** What was asked for so long ago (ms) may be asked of somebody else (measured). */
const AGAIN_AFTER = 300
/** Who is to take over should be so many times as quick (measured: 1 to 4 are alike). */
const QUICKER = 2
/** At the end so many are asked for the same block (BEP 3's endgame, bounded). */
const MOST_ASKED = 2
/** One wire is looked through for nothing so often (ms). A guess. */
const LOOK_EVERY = 50

/** A block that others were asked for and this wire will hardly send later; -1 if there is none. */
export function pickAgain(turn: Turn, wire: Wire): BlockKey {
  const { state, now } = turn
  if (wire.lookedAt + LOOK_EVERY > now) return -1
  const isEnd = state.rarity.openCount === 0 && state.gaps.size === 0
  const wait = waitOf(wire, wire.asked.size + 1, now)
  let oldest = now - AGAIN_AFTER
  let best: BlockKey = -1
  for (const started of state.started.values()) {
    if (started.isVerifying || !hasBit(wire.has, started.piece)) continue
    if (started.sole !== NOBODY && started.sole !== wire.id) continue
    for (let block = 0; block < started.from.length; block++) {
      const askedAt = started.askedAt[block] ?? 0
      const asked = started.asked[block] ?? 0
      if (started.from[block] !== NOBODY || asked === 0 || askedAt > oldest) continue
      const key = keyOf(started.piece, block)
      if (wire.asked.has(key)) continue
      const slow = asked === 1 ? askedOf(state, key) : undefined
      const isSlow = slow !== undefined && waitOf(slow, slow.asked.size, now) > QUICKER * wait
      if (isSlow || (isEnd && asked < MOST_ASKED)) [oldest, best] = [askedAt, key]
    }
  }
  if (best < 0) {
    wire.lookedAt = now
    return -1
  }
  const slow = askedOf(state, best)
  if (slow && !isEnd) cancel(turn, slow, best)
  return best
}

function askedOf({ wires }: PieceState, key: BlockKey): Wire | undefined {
  for (const wire of wires.values()) if (wire.asked.has(key)) return wire
  return undefined
}
