import type { SourceId } from './event.ts'
import { BLOCK, blockLength } from './layout.ts'
import { close, open } from './rarity.ts'
import {
  type BlockKey,
  blockOf,
  isMissing,
  keyOf,
  newStarted,
  NOBODY,
  type PieceState,
  pieceOf,
  type Started,
  type Wire,
} from './state.ts'
import type { Turn } from './turn.ts'

/** Begins a piece, if it is not begun. */
export function start(state: PieceState, piece: number): Started {
  const known = state.started.get(piece)
  if (known) return known
  const started = newStarted(state.layout, piece)
  state.started.set(piece, started)
  for (let block = 0; block < started.asked.length; block++) countFetches(state, started, block)
  if (started.unasked > 0 && isMissing(state, piece)) state.gaps.add(piece)
  close(state.rarity, piece)
  return started
}

/** It may be on its way from an origin since before it was found to be corrupt. */
function countFetches({ origins }: PieceState, started: Started, block: number): void {
  for (const { fetches } of origins.values()) {
    for (const fetch of fetches.values()) {
      const isAfter = started.piece > fetch.piece || (started.piece === fetch.piece && block >= fetch.block)
      if (!isAfter || started.piece >= fetch.end) continue
      if (started.asked[block] === 0) started.unasked--
      started.asked[block] = (started.asked[block] ?? 0) + 1
    }
  }
}

/** Somebody was asked for the block. */
export function markAsked(state: PieceState, started: Started, block: number, now: number): void {
  const asked = started.asked[block] ?? 0
  started.asked[block] = asked + 1
  started.askedAt[block] = now
  if (asked === 0 && started.from[block] === NOBODY && --started.unasked === 0) state.gaps.delete(started.piece)
}

/** Somebody who was asked will not send it. */
export function markUnasked(state: PieceState, piece: number, block: number): void {
  const started = state.started.get(piece)
  const asked = started?.asked[block] ?? 0
  if (started === undefined || asked === 0) return
  started.asked[block] = asked - 1
  if (asked > 1 || started.from[block] !== NOBODY) return
  started.unasked++
  if (isMissing(state, piece)) state.gaps.add(piece)
  if (started.unasked === started.from.length && started.sole === NOBODY) forget(state, started)
}

/** The block has come. */
export function markHeld(state: PieceState, started: Started, block: number, from: SourceId): void {
  if ((started.asked[block] ?? 0) === 0 && --started.unasked === 0) state.gaps.delete(started.piece)
  started.from[block] = from
  started.held++
}

/** Nothing of the piece is there: it is as if it had not begun. */
export function forget(state: PieceState, { piece }: Started): void {
  state.started.delete(piece)
  state.gaps.delete(piece)
  if (isMissing(state, piece)) open(state.rarity, piece)
}

/** Takes back what was asked of a wire, or what it refused. */
export function unask(turn: Turn, wire: Wire, key: BlockKey): void {
  if (!wire.asked.delete(key)) return
  markUnasked(turn.state, pieceOf(key), blockOf(key))
}

/** So much of what was taken back is remembered: more is hardly on its way. A guess. */
const MOST_TAKEN_BACK = 64

function remember(keys: Set<BlockKey>, key: BlockKey): void {
  keys.add(key)
  if (keys.size <= MOST_TAKEN_BACK) return
  const [oldest] = keys
  if (oldest !== undefined) keys.delete(oldest)
}

/** Tells a wire that it need not send the block. */
export function cancel(turn: Turn, wire: Wire, key: BlockKey): void {
  if (!wire.asked.has(key)) return
  const [piece, block] = [pieceOf(key), blockOf(key)]
  const length = blockLength(turn.state.layout, piece, block)
  turn.state.allowance += length
  remember(wire.takenBack, key)
  turn.effects.push({ type: 'cancel', wire: wire.id, piece, offset: block * BLOCK, length })
  unask(turn, wire, key)
}

/** Nobody need send anything of the piece any more. */
export function cancelPiece(turn: Turn, { piece, from }: Started): void {
  for (const wire of turn.state.wires.values()) {
    if (wire.asked.size === 0) continue
    for (let block = 0; block < from.length; block++) cancel(turn, wire, keyOf(piece, block))
  }
}
