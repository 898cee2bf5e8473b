import { pickAgain } from './again.ts'
import { hasBit } from './bits.ts'
import { BLOCK, blockLength, blocksOf } from './layout.ts'
import { waitOf } from './wait.ts'
import { urgentPieces } from './urgent.ts'
import { rarest } from './rarity.ts'
import { rateOf, restart } from './rate.ts'
import { markAsked, start } from './started.ts'
import { type BlockKey, blockOf, keyOf, NOBODY, pieceOf, type PieceState, type Started, type Wire } from './state.ts'
import type { Turn } from './turn.ts'

/** Of a wire so much is asked ahead as it brings in so many times its shortest delay, and in so long (ms; measured). */
const WAYS = 1.5
const HORIZON = 100
/** At least so many blocks are: fewer leave uplinks idle, more hold up what is rare (measured). */
export const LEAST_AHEAD = 4
/** And at most: stock clients drop what is more than 250 to 500. */
const MOST_AHEAD = 200
/** Pieces of one such part of the content are asked for one after the other (bytes; measured). */
const TOGETHER = 65_536

/** How many blocks a wire may be asked for at once. */
export function depthOf(wire: Wire, now: number): number {
  if (wire.isSnubbed) return 1
  if (wire.delay === Infinity) return LEAST_AHEAD
  const ahead = Math.ceil((rateOf(wire.received, now) * (WAYS * wire.delay + HORIZON)) / 1000 / BLOCK)
  return Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD, ahead))
}

const mayAsk = ({ sole }: Started, wire: Wire): boolean => sole === NOBODY || sole === wire.id

/** A block of the piece that nobody was asked for; -1 if there is none. */
function unaskedBlock({ from, asked, unasked }: Started): number {
  if (unasked === 0) return -1
  for (let block = 0; block < from.length; block++) {
    if (from[block] === NOBODY && asked[block] === 0) return block
  }
  return -1
}

function keyIn(state: PieceState, wire: Wire, piece: number): BlockKey {
  if (piece < 0 || !hasBit(wire.has, piece)) return -1
  const started = start(state, piece)
  if (!mayAsk(started, wire)) return -1
  const block = unaskedBlock(started)
  return block < 0 ? -1 : keyOf(piece, block)
}

function isLate({ state, now }: Turn, wire: Wire, piece: number, deadline: number): boolean {
  if (wire.delay === Infinity || !hasOrigin(state, now)) return false
  return now + waitOf(wire, wire.asked.size + blocksOf(state.layout, piece), now) > deadline
}

/** Whether an origin could be asked now. */
export function hasOrigin({ origins }: PieceState, now: number): boolean {
  for (const { retryAt } of origins.values()) if (retryAt <= now) return true
  return false
}

function rarestOf({ state: { layout, rarity }, random }: Turn, wire: Wire): number {
  if (wire.searched === rarity.opened) return -1
  const piece = rarest(rarity, wire.has, random)
  if (piece < 0) wire.searched = rarity.opened
  const { next } = wire
  // Of equally rare ones the next, so that an origin can give what is left in few requests.
  const isTogether = next % Math.ceil(TOGETHER / layout.pieceLength) !== 0
  const follows = isTogether && hasBit(rarity.open, next) && hasBit(wire.has, next)
  if (!follows || (rarity.copies[next] ?? 0) > (rarity.copies[piece] ?? 0)) return piece
  return next
}

/** What to ask this wire for next; -1 if there is nothing. */
function pick(turn: Turn, wire: Wire): BlockKey {
  const { state } = turn
  for (const [piece, deadline] of urgentPieces(state)) {
    // What it would bring too late is left to an origin; the next ones it may bring in time.
    if (isLate(turn, wire, piece, deadline)) continue
    const key = keyIn(state, wire, piece)
    if (key >= 0) return key
  }
  // What is begun is finished first: only whole pieces can be passed on.
  for (const piece of state.gaps) {
    const key = keyIn(state, wire, piece)
    if (key >= 0) return key
  }
  const piece = rarestOf(turn, wire)
  if (piece >= 0) return keyIn(state, wire, piece)
  return wire.asked.size < LEAST_AHEAD ? pickAgain(turn, wire) : -1
}

export function request(turn: Turn, wire: Wire, key: BlockKey): void {
  const { state, now } = turn
  const started = start(state, pieceOf(key))
  const block = blockOf(key)
  const { piece } = started
  if (wire.asked.size === 0) {
    wire.lastAt = now
    restart(wire.received, now)
  }
  wire.asked.set(key, now)
  wire.next = piece + 1
  markAsked(state, started, block, now)
  const length = blockLength(state.layout, piece, block)
  state.allowance -= length
  turn.effects.push({ type: 'request', wire: wire.id, piece, offset: block * BLOCK, length })
}

/** Asks a wire for as much as it should be asked for. */
export function fill(turn: Turn, wire: Wire): void {
  const { state, now } = turn
  if (wire.chokesUs || wire.useful === 0 || wire.pausedUntil > now) return
  const depth = depthOf(wire, now)
  while (wire.asked.size < depth && state.allowance > 0) {
    const key = pick(turn, wire)
    if (key < 0) return
    request(turn, wire, key)
  }
}

/** Asks all wires, in any order. */
export function fillAll(turn: Turn): void {
  const wires = [...turn.state.wires.values()]
  const first = Math.floor(turn.random() * wires.length)
  for (const [index] of wires.entries()) {
    const wire = wires[(first + index) % wires.length]
    if (wire) fill(turn, wire)
  }
}
