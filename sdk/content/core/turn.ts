import type { PieceEffect } from './event.ts'
import type { PieceState } from './state.ts'

/** The handling of one event: what is known, and what comes of it. */
export interface Turn {
  readonly state: PieceState
  /** Milliseconds. */
  readonly now: number
  readonly random: () => number
  readonly effects: PieceEffect[]
}
