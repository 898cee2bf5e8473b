import { hasBit } from './bits.ts'
import type { Block, PieceEvent, SourceId } from './event.ts'
import { BLOCK, blockAt, blockLength, blocksOf } from './layout.ts'
import { addTo, rateOf } from './rate.ts'
import type { PieceState, Wire } from './state.ts'
import type { Turn } from './turn.ts'

/** One wire may have asked for so many blocks; more are refused. A guess: stock clients ask for 250 to 500. */
export const MOST_QUEUED = 512
/** So many blocks at least are on their way into the transport (measured: 4 are worse), */
const LEAST_AHEAD = 2
/** or what leaves in so long (ms): what has not been handed over yet can still be chosen. Guesses. */
const AHEAD = 50
const MOST_AHEAD = 1_048_576
/** A wire of which nothing has left for so long (ms) does not hold up the others. A guess. */
const STUCK = 1000
/** So many pieces of each wire's queue are compared. A guess. */
const COMPARED = 16
/** For each such time (ms) that somebody has waited a piece counts as held by one fewer. A guess. */
const AGEING = 4000

/** The other side asks for a block. */
export function queue(turn: Turn, event: Extract<PieceEvent, { type: 'requested' }>): void {
  const { state, now } = turn
  const { wire: id, piece, offset, length } = event
  const wire = state.wires.get(id)
  if (!wire) return
  const block = blockAt(state.layout, piece, offset, length)
  if (wire.isChoked || block < 0 || !hasBit(state.held, piece) || wire.queue.count >= MOST_QUEUED) {
    turn.effects.push({ type: 'reject', wire: id, piece, offset, length })
    return
  }
  const queued = wire.queue.pieces.get(piece) ?? { blocks: new Set(), since: now }
  wire.queue.pieces.set(piece, queued)
  if (queued.blocks.has(block)) return
  queued.blocks.add(block)
  wire.queue.count++
}

/** The other side does not want it any more. */
export function unqueue({ state }: Turn, event: Extract<PieceEvent, { type: 'cancelled' }>): void {
  const wire = state.wires.get(event.wire)
  if (wire) drop(wire, event.piece, event.offset / BLOCK)
}

function drop({ queue }: Wire, piece: number, block: number): void {
  const queued = queue.pieces.get(piece)
  if (!queued?.blocks.delete(block)) return
  queue.count--
  if (queued.blocks.size === 0) queue.pieces.delete(piece)
}

/** Nothing is sent to a wire any more. */
export function refuseAll(turn: Turn, wire: Wire): void {
  for (const [piece, { blocks }] of wire.queue.pieces) {
    for (const block of blocks)
      turn.effects.push({ type: 'reject', wire: wire.id, ...toBlock(turn.state, piece, block) })
  }
  wire.queue.pieces.clear()
  wire.queue.count = 0
}

const toBlock = ({ layout }: PieceState, piece: number, block: number): Block => ({
  piece,
  offset: block * BLOCK,
  length: blockLength(layout, piece, block),
})

export function leave(turn: Turn, id: SourceId, length: number): void {
  const wire = turn.state.wires.get(id)
  if (!wire) return
  wire.inFlight = Math.max(0, wire.inFlight - length)
  wire.leftAt = turn.now
}

/** Sends what is most worth sending, as long as there is room. */
export function serve(turn: Turn): void {
  const { state, now } = turn
  const room = Math.min(MOST_AHEAD, Math.max(LEAST_AHEAD * BLOCK, (rateOf(state.uploaded, now) * AHEAD) / 1000))
  let inFlight = 0
  for (const wire of state.wires.values()) if (!isStuck(wire, now)) inFlight += wire.inFlight
  while (inFlight + BLOCK <= room) {
    const next = choose(turn, room)
    if (!next) return
    send(turn, next.wire, next.piece)
    inFlight += BLOCK
  }
}

const isStuck = ({ inFlight, leftAt }: Wire, now: number): boolean => inFlight > 0 && leftAt + STUCK < now

function send(turn: Turn, wire: Wire, piece: number): void {
  const { state, now } = turn
  const [block] = wire.queue.pieces.get(piece)?.blocks ?? []
  if (block === undefined) return
  drop(wire, piece, block)
  const sent = toBlock(state, piece, block)
  if (wire.inFlight === 0) wire.leftAt = now
  wire.inFlight += sent.length
  wire.serving = piece
  state.sent[piece] = (state.sent[piece] ?? 0) + 1
  addTo(wire.uploaded, sent.length, now)
  addTo(state.uploaded, sent.length, now)
  turn.effects.push({ type: 'send', wire: wire.id, ...sent })
}

/** The wire and the piece that are most worth sending: what is begun, then what the fewest have. */
function choose({ state, now }: Turn, room: number): { wire: Wire; piece: number } | null {
  let best: { wire: Wire; piece: number } | null = null
  let least = Infinity
  for (const wire of state.wires.values()) {
    if (wire.queue.count === 0 || wire.inFlight >= room || isStuck(wire, now)) continue
    if (wire.queue.pieces.has(wire.serving)) return { wire, piece: wire.serving }
    let compared = 0
    for (const [piece, { since }] of wire.queue.pieces) {
      const copies = copiesOf(state, piece) - (now - since) / AGEING + wire.uploaded.sum / 1e9
      if (copies < least) [best, least] = [{ wire, piece }, copies]
      if (++compared >= COMPARED) break
    }
  }
  return best
}

/** How many have the piece, as far as is known: those that said so, or that it was sent to from here. */
const copiesOf = ({ layout, rarity, sent }: PieceState, piece: number): number =>
  Math.max(rarity.copies[piece] ?? 0, (sent[piece] ?? 0) / blocksOf(layout, piece))
