import { hasBit } from './bits.ts'
import type { SourceId } from './event.ts'
import { BLOCK, lengthOf } from './layout.ts'
import { doubt } from './origin.ts'
import { cancelPiece, forget, start } from './started.ts'
import { isMissing, NOBODY, type PieceState, type Started, type Wire } from './state.ts'
import type { Turn } from './turn.ts'
import { closeWire } from './wires.ts'

/** The bytes of so many corrupt pieces are kept for proof. A guess: 16 pieces of 4 MiB are 64 MiB. */
const MOST_SUSPECTS = 16

/** A piece is not what it should be. Who sent all of it is to blame; of several each is tried alone. */
export function blame(turn: Turn, piece: number): void {
  const { state } = turn
  const started = state.started.get(piece)
  if (!started?.isVerifying) return
  const { from } = started
  const [first, ...others] = new Set(from)
  state.pace.got -= lengthOf(state.layout, piece)
  cancelPiece(turn, started)
  forget(state, started)
  if (first !== undefined && others.length === 0) {
    punish(turn, first)
    return
  }
  if (!state.suspects.has(piece) && state.suspects.size < MOST_SUSPECTS) {
    state.suspects.set(piece, from)
    turn.effects.push({ type: 'keep', piece })
  }
  if (isMissing(state, piece)) start(state, piece).sole = chooseSole(state, piece, new Set(from))
}

/** A piece that was corrupt is right now: who sent what was wrong in it is to blame. */
export function acquit(turn: Turn, piece: number, wrong: readonly number[]): void {
  const from = turn.state.suspects.get(piece)
  if (!from) return
  turn.state.suspects.delete(piece)
  const liars = new Set(wrong.map((offset) => from[offset / BLOCK]))
  for (const liar of liars) if (liar !== undefined) punish(turn, liar)
}

/** Who is to send a piece that was corrupt, all of it: rather somebody who did not send any of it before. */
function chooseSole(state: PieceState, piece: number, before: ReadonlySet<SourceId>): SourceId {
  const wires = [...state.wires.values()].filter((wire) => mayServe(wire, piece))
  const fresh = wires.find(({ id }) => !before.has(id))
  if (fresh) return fresh.id
  const origin = [...state.origins.values()].find(({ id, retryAt }) => retryAt <= state.tickedAt && !before.has(id))
  return origin?.id ?? wires[0]?.id ?? NOBODY
}

const mayServe = (wire: Wire, piece: number): boolean => !wire.chokesUs && !wire.isSnubbed && hasBit(wire.has, piece)

/** Finds others for the pieces that this source alone was to send. */
export function release(state: PieceState, source: SourceId): void {
  for (const started of state.started.values()) {
    if (started.sole === source) started.sole = chooseSole(state, started.piece, new Set([source]))
  }
}

/** A peer is banned, an origin is asked again after a while. What either sent of other pieces does not count. */
function punish(turn: Turn, source: SourceId): void {
  const { state } = turn
  const origin = state.origins.get(source)
  if (origin) doubt(turn, origin)
  else {
    turn.effects.push({ type: 'ban', source })
    closeWire(turn, source)
  }
  release(state, source)
  for (const started of state.started.values()) if (!started.isVerifying) disown(state, started, source)
}

function disown(state: PieceState, started: Started, source: SourceId): void {
  for (const [block, from] of started.from.entries()) {
    if (from !== source) continue
    started.from[block] = NOBODY
    started.held--
    if (started.asked[block] === 0) started.unasked++
  }
  if (started.unasked > 0 && isMissing(state, started.piece)) state.gaps.add(started.piece)
}
