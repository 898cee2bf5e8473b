import { allBits, type Bits, newBits } from '../../../../sdk/content/core/bits.ts'
import type { Block, PieceEffect, PieceEvent } from '../../../../sdk/content/core/event.ts'
import { BLOCK, blockLength, type Layout, layoutOf } from '../../../../sdk/content/core/layout.ts'
import { handle } from '../../../../sdk/content/core/pieces.ts'
import { newPieces, type PieceState } from '../../../../sdk/content/core/state.ts'
import { seededRandom } from '../../../support/core.ts'

/** Eight pieces of two blocks. */
export const LAYOUT = layoutOf(2 * BLOCK, [16 * BLOCK])

/** The piece policy of one peer, and what it has said. */
export class Core {
  readonly state: PieceState
  readonly #random = seededRandom(1)
  now = 0
  /** What the last event led to. */
  effects: readonly PieceEffect[] = []

  constructor(held: Bits = newBits(LAYOUT.count), layout: Layout = LAYOUT) {
    this.state = newPieces(layout, held, 0)
  }

  static seed(layout: Layout = LAYOUT): Core {
    return new Core(allBits(layout.count), layout)
  }

  tell(event: PieceEvent): readonly PieceEffect[] {
    return (this.effects = handle(this.state, event, this.now, this.#random))
  }

  /** Lets so many milliseconds go by, with a tick every 100. */
  wait(time: number): PieceEffect[] {
    const all: PieceEffect[] = []
    for (const end = this.now + time; this.now < end;) {
      this.now = Math.min(end, this.now + 100)
      all.push(...this.tell({ type: 'tick' }))
    }
    this.effects = all
    return all
  }

  /** A wire to somebody who has these pieces and serves. */
  open(wire: number, has: Uint8Array | 'all' | 'none' = 'all', isOurs = true): void {
    this.tell({ type: 'opened', wire, isOurs })
    this.tell({ type: 'bitfield', wire, has })
    this.tell({ type: 'unchoked', wire })
  }

  of<Type extends PieceEffect['type']>(type: Type): Extract<PieceEffect, { type: Type }>[] {
    return this.effects.filter((effect): effect is Extract<PieceEffect, { type: Type }> => effect.type === type)
  }
}

export const blockOf = (piece: number, block: number, layout: Layout = LAYOUT): Block => ({
  piece,
  offset: block * BLOCK,
  length: blockLength(layout, piece, block),
})
