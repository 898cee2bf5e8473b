import { allBits, bitsFrom, bytesFrom, countBits, countCommon, hasBit, newBits, setBit } from './bits.ts'
import type { PieceEvent, SourceId } from './event.ts'
import { admit } from './choke.ts'
import { count } from './rarity.ts'
import { cancel, unask } from './started.ts'
import { isMissing, newWire, pieceOf, type PieceState, type Wire } from './state.ts'
import type { Turn } from './turn.ts'
import { tellInterest } from './want.ts'

/** More wires are not kept: the shell should not open them. */
export const MOST_WIRES = 200

export function openWire(turn: Turn, { wire: id, isOurs }: Extract<PieceEvent, { type: 'opened' }>): void {
  const { state, now, effects } = turn
  if (state.wires.has(id) || state.wires.size >= MOST_WIRES) return
  const wire = newWire(id, isOurs, state.layout.count, now)
  state.wires.set(id, wire)
  effects.push({ type: 'bitfield', wire: id, has: bytesFrom(state.held, state.layout.count) })
  admit(turn, wire)
}

export function closeWire(turn: Turn, id: SourceId): void {
  const { state } = turn
  const wire = state.wires.get(id)
  if (!wire) return
  unaskAll(turn, wire)
  setHas(state, wire, 'none')
  state.wires.delete(id)
}

/** What it was asked for does not come. */
export function unaskAll(turn: Turn, wire: Wire): void {
  for (const key of [...wire.asked.keys()]) unask(turn, wire, key)
}

/** What it was asked for is asked of others. */
export function cancelAll(turn: Turn, wire: Wire): void {
  for (const key of [...wire.asked.keys()]) cancel(turn, wire, key)
}

function setHas(state: PieceState, wire: Wire, has: Uint8Array | 'all' | 'none'): void {
  const { layout, rarity } = state
  const countAll = (change: 1 | -1): void => {
    if (wire.hasAll) return
    for (let piece = 0; piece < layout.count; piece++) if (hasBit(wire.has, piece)) count(rarity, piece, change)
  }
  countAll(-1)
  wire.has =
    has === 'all' ? allBits(layout.count) : has === 'none' ? newBits(layout.count) : bitsFrom(has, layout.count)
  wire.hasAll = countBits(wire.has) === layout.count
  wire.searched = -1
  countAll(1)
  wire.useful = countCommon(wire.has, state.missing)
}

export function receiveBitfield(turn: Turn, { wire: id, has }: Extract<PieceEvent, { type: 'bitfield' }>): void {
  const wire = turn.state.wires.get(id)
  if (!wire) return
  setHas(turn.state, wire, has)
  wire.hasSaid = true
  for (const key of [...wire.asked.keys()]) if (!hasBit(wire.has, pieceOf(key))) cancel(turn, wire, key)
  tellInterest(turn, wire)
}

export function receiveHave(turn: Turn, id: SourceId, piece: number): void {
  const { state } = turn
  const wire = state.wires.get(id)
  if (!wire || !Number.isInteger(piece) || piece < 0 || piece >= state.layout.count || hasBit(wire.has, piece)) return
  setBit(wire.has, piece)
  wire.hasSaid = true
  wire.searched = -1
  // One that has got the last one still counts, so that nothing has to be counted anew.
  count(state.rarity, piece, 1)
  if (isMissing(state, piece)) wire.useful++
  tellInterest(turn, wire)
}
