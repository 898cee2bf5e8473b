import { clearBit, countCommon, hasBit, newBits, setBit } from './bits.ts'
import type { PieceEvent, PieceRange } from './event.ts'
import { lengthOf } from './layout.ts'
import { close, open } from './rarity.ts'
import { isMissing, type PieceState, type Wire } from './state.ts'
import { cancelPiece } from './started.ts'
import type { Turn } from './turn.ts'

/** So many windows are kept: a page rarely plays more than one video. */
export const MOST_URGENT = 16

/** What is wanted has changed: reckons anew. */
export function setWanted(turn: Turn, { ranges, urgent }: Extract<PieceEvent, { type: 'wanted' }>): void {
  const { state } = turn
  const { count } = state.layout
  const wanted = newBits(count)
  const mark = ({ first, end }: PieceRange): void => {
    for (let piece = wholeFrom(first); piece < Math.min(end, count); piece++) setBit(wanted, piece)
  }
  ranges.forEach(mark)
  const windows = urgent.slice(0, MOST_URGENT)
  windows.forEach(mark)
  state.wanted = wanted
  state.isPaced = ranges.length > 0
  state.urgent = windows.map(({ first, end, deadline, every }) => ({
    first: wholeFrom(first),
    end: Math.min(end, count),
    deadline: deadline + Math.max(0, -first) * every,
    every,
  }))
  reckon(state)
  // What has come in part stays: it may be wanted again.
  for (const started of [...state.started.values()]) {
    if (!isMissing(state, started.piece)) cancelPiece(turn, started)
  }
  for (const wire of state.wires.values()) tellInterest(turn, wire)
  state.isDone = false
  finish(turn)
}

const wholeFrom = (first: number): number => Math.max(0, Math.ceil(first))

/** Counts what is missing, and who has it. */
export function reckon(state: PieceState): void {
  const { layout, rarity, wanted, held, missing } = state
  state.missingCount = 0
  state.missingBytes = 0
  for (let piece = 0; piece < layout.count; piece++) {
    if (hasBit(wanted, piece) && !hasBit(held, piece)) {
      setBit(missing, piece)
      state.missingCount++
      state.missingBytes += lengthOf(layout, piece)
    } else clearBit(missing, piece)
    if (isMissing(state, piece) && !state.started.has(piece)) open(rarity, piece)
    else close(rarity, piece)
  }
  for (const { piece, unasked } of state.started.values()) {
    if (unasked > 0 && isMissing(state, piece)) state.gaps.add(piece)
    else state.gaps.delete(piece)
  }
  for (const wire of state.wires.values()) wire.useful = countCommon(wire.has, missing)
}

/** Tells the other side whether there is anything that is wanted of it. */
export function tellInterest(turn: Turn, wire: Wire): void {
  const isWanted = wire.useful > 0
  if (isWanted === wire.weAreInterested) return
  wire.weAreInterested = isWanted
  turn.effects.push({ type: isWanted ? 'interested' : 'uninterested', wire: wire.id })
}

/** Says so when the last piece is there. */
export function finish(turn: Turn): void {
  if (turn.state.isDone || turn.state.missingCount > 0) return
  turn.state.isDone = true
  turn.effects.push({ type: 'done' })
}
