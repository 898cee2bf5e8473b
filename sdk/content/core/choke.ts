import { rateOf } from './rate.ts'
import { refuseAll } from './serve.ts'
import type { PieceState, Wire } from './state.ts'
import type { Turn } from './turn.ts'

/** So many stock peers are served at a time, those that give most (BEP 3: four), */
const SLOTS = 4
/** chosen anew so often (ms; BEP 3: 10 s); and any one other, so that newcomers get something to give. */
const RECHOKE_EVERY = 10_000

/** Chooses who is served. SDK peers all are: the queue decides (`serve.ts`). */
export function rechoke(turn: Turn): void {
  const { state, now } = turn
  state.rechokeAt = now + RECHOKE_EVERY
  const stock: Wire[] = []
  for (const wire of state.wires.values()) {
    if (!wire.isOurs) stock.push(wire)
    else setChoked(turn, wire, !state.isUploading)
  }
  const chosen = new Set(state.isUploading ? choose(state, stock, turn) : [])
  for (const wire of stock) setChoked(turn, wire, !chosen.has(wire))
}

/** Those that give most, or take most if there is nothing to get, and one that waits longest. */
function choose(state: PieceState, stock: readonly Wire[], { now }: Turn): Wire[] {
  const interested = stock.filter(({ isInterested }) => isInterested)
  const worth = (wire: Wire): number => rateOf(state.missingCount > 0 ? wire.received : wire.uploaded, now)
  const sorted = interested.map((wire) => ({ wire, worth: worth(wire) })).sort((a, b) => b.worth - a.worth)
  const best = sorted.slice(0, SLOTS).map(({ wire }) => wire)
  const others = sorted.slice(SLOTS).map(({ wire }) => wire)
  const waiting = others.reduce<Wire | null>(
    (last, wire) => (last && last.unchokedAt <= wire.unchokedAt ? last : wire),
    null,
  )
  return waiting ? [...best, waiting] : best
}

/** Serves a wire at once if there is a place. */
export function admit(turn: Turn, wire: Wire): void {
  const { isUploading, wires } = turn.state
  if (!isUploading) return
  let taken = 0
  for (const { isOurs, isChoked } of wires.values()) if (!isOurs && !isChoked) taken++
  if (wire.isOurs || (wire.isInterested && taken < SLOTS)) setChoked(turn, wire, false)
}

function setChoked(turn: Turn, wire: Wire, isChoked: boolean): void {
  if (!isChoked) wire.unchokedAt = turn.now
  if (wire.isChoked === isChoked) return
  wire.isChoked = isChoked
  turn.effects.push({ type: isChoked ? 'choke' : 'unchoke', wire: wire.id })
  if (isChoked) refuseAll(turn, wire)
}
