import { clearBit, hasBit, setBit } from './bits.ts'
import type { PieceEvent } from './event.ts'
import { acquit } from './blame.ts'
import { blockAt, blockLength, lengthOf } from './layout.ts'
import { advanceFetch } from './origin.ts'
import { close } from './rarity.ts'
import { addTo } from './rate.ts'
import { cancel, cancelPiece, forget, markHeld, start, unask } from './started.ts'
import { type BlockKey, isMissing, keyOf, NOBODY, type PieceState, type Started, type Wire } from './state.ts'
import type { Turn } from './turn.ts'
import { finish, tellInterest } from './want.ts'

/** Of pieces that have come in part and are not wanted any more so many bytes stay. A guess: a video's seeks go back. */
const MOST_UNWANTED = 67_108_864

/** A block has come. */
export function receive(turn: Turn, event: Extract<PieceEvent, { type: 'received' }>): void {
  const { state } = turn
  const { from, piece, offset, length } = event
  const block = blockAt(state.layout, piece, offset, length)
  if (block < 0) return
  const wire = state.wires.get(from)
  const origin = state.origins.get(from)
  if (
    wire ? !takeFrom(turn, wire, keyOf(piece, block), length) : !origin || !advanceFetch(turn, origin, event, block)
  ) {
    return
  }
  accept(turn, event, block)
}

/** Measures; says whether the wire was asked for the block, even if that was taken back since. */
function takeFrom(turn: Turn, wire: Wire, key: BlockKey, length: number): boolean {
  const { now } = turn
  const askedAt = wire.asked.get(key)
  // What nobody asked for makes nobody look fast.
  if (askedAt === undefined && !wire.takenBack.delete(key)) return false
  addTo(wire.received, length, now)
  wire.lastAt = now
  wire.isSnubbed = false
  if (askedAt !== undefined) wire.delay = Math.min(wire.delay, now - askedAt)
  unask(turn, wire, key)
  return true
}

function accept(
  turn: Turn,
  { from, piece, offset, length }: Extract<PieceEvent, { type: 'received' }>,
  block: number,
): void {
  const { state, now } = turn
  if (!isMissing(state, piece)) return
  const known = start(state, piece)
  if (known.isVerifying || known.from[block] !== NOBODY) return
  if (known.sole !== NOBODY && known.sole !== from) return
  markHeld(state, known, block, from)
  state.pace.got += length
  if (state.wires.has(from)) addTo(state.downloaded, length, now)
  turn.effects.push({ type: 'store', piece, offset, length })
  if ((known.asked[block] ?? 0) > 0) {
    for (const wire of state.wires.values()) cancel(turn, wire, keyOf(piece, block))
  }
  if (known.held < known.from.length) return
  known.isVerifying = true
  turn.effects.push({ type: 'verify', piece })
}

/** A piece is right and on disk. */
export function verify(turn: Turn, { piece, wrong = [] }: Extract<PieceEvent, { type: 'verified' }>): void {
  const { state } = turn
  if (!Number.isInteger(piece) || piece < 0 || piece >= state.layout.count || hasBit(state.held, piece)) return
  const started = state.started.get(piece)
  if (started) cancelPiece(turn, started)
  state.started.delete(piece)
  state.gaps.delete(piece)
  close(state.rarity, piece)
  setBit(state.held, piece)
  turn.effects.push({ type: 'have', piece })
  acquit(turn, piece, wrong)
  if (hasBit(state.missing, piece)) settle(turn, piece)
}

/** What nobody wants any more makes room, the oldest first. */
export function dropUnwanted(turn: Turn): void {
  const { state } = turn
  const unwanted = [...state.started.values()].filter(
    ({ piece, held, isVerifying }) => held > 0 && !isVerifying && !isMissing(state, piece),
  )
  let bytes = 0
  for (const { piece } of unwanted) bytes += lengthOf(state.layout, piece)
  for (const started of unwanted) {
    if (bytes <= MOST_UNWANTED) return
    bytes -= lengthOf(state.layout, started.piece)
    state.pace.got -= heldBytes(state, started)
    forget(state, started)
    turn.effects.push({ type: 'drop', piece: started.piece })
  }
}

function heldBytes({ layout }: PieceState, { piece, from }: Started): number {
  let bytes = 0
  for (const [block, source] of from.entries()) if (source !== NOBODY) bytes += blockLength(layout, piece, block)
  return bytes
}

/** One piece fewer is missing. */
function settle(turn: Turn, piece: number): void {
  const { state } = turn
  clearBit(state.missing, piece)
  state.missingCount--
  state.missingBytes -= lengthOf(state.layout, piece)
  for (const wire of state.wires.values()) {
    if (!hasBit(wire.has, piece)) continue
    wire.useful--
    tellInterest(turn, wire)
  }
  finish(turn)
}
