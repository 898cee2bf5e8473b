import { isMissing, type PieceState, type Urgent } from './state.ts'

/** So many pieces of each window are looked at: the next ones count. A guess. */
const AHEAD = 32

/** Moves to the first piece that is missing. */
function advance(state: PieceState, window: Urgent): void {
  while (window.first < window.end && !isMissing(state, window.first)) {
    window.first++
    window.deadline += window.every
  }
}

/** The missing pieces that somebody waits for and when each is needed (ms), the most urgent of each window first. */
export function* urgentPieces(state: PieceState): Generator<readonly [piece: number, deadline: number]> {
  for (const window of state.urgent) {
    advance(state, window)
    const { first, end, deadline, every } = window
    for (let piece = first; piece < Math.min(end, first + AHEAD); piece++) {
      if (isMissing(state, piece)) yield [piece, deadline + (piece - first) * every]
    }
  }
}
