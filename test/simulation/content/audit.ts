import { countBits, countCommon, hasBit } from '../../../sdk/content/core/bits.ts'
import { blocksOf } from '../../../sdk/content/core/layout.ts'
import { keyOf, NOBODY, type PieceState, type Started } from '../../../sdk/content/core/state.ts'

/** What does not fit together in the books of a core: every count against what it counts. */
export function audit(state: PieceState): string[] {
  const wrong: string[] = []
  const check = (what: string, isRight: boolean): void => {
    if (!isRight) wrong.push(what)
  }
  check('missingCount', countBits(state.missing) === state.missingCount)
  check('held and missing', countCommon(state.held, state.missing) === 0)
  check('openCount', countBits(state.rarity.open) === state.rarity.openCount)
  check('levels', state.rarity.levels.reduce((sum, { count }) => sum + count, 0) === state.rarity.openCount)
  for (let piece = 0; piece < state.layout.count; piece++) {
    const isOpen = hasBit(state.missing, piece) && !state.started.has(piece)
    check(`piece ${piece} open`, hasBit(state.rarity.open, piece) === isOpen)
  }
  for (const started of state.started.values()) auditStarted(state, started, check)
  for (const wire of state.wires.values()) {
    check(`useful of ${wire.id}`, wire.useful === countCommon(wire.has, state.missing))
    check(`interest in ${wire.id}`, wire.weAreInterested === wire.useful > 0)
    let queued = 0
    for (const { blocks } of wire.queue.pieces.values()) queued += blocks.size
    check(`queue of ${wire.id}`, queued === wire.queue.count)
  }
  return wrong
}

function auditStarted(state: PieceState, started: Started, check: (what: string, isRight: boolean) => void): void {
  const { piece, from, asked } = started
  check(`blocks of ${piece}`, from.length === blocksOf(state.layout, piece))
  let held = 0
  let unasked = 0
  for (const [block, source] of from.entries()) {
    if (source !== NOBODY) held++
    else if (asked[block] === 0) unasked++
    check(`asked for ${piece}/${block}`, asked[block] === askersOf(state, piece, block))
  }
  check(`held of ${piece}`, started.held === held)
  check(`unasked of ${piece}`, started.unasked === unasked)
  const isGap = unasked > 0 && hasBit(state.missing, piece)
  check(`gap in ${piece}`, state.gaps.has(piece) === isGap)
}

/** How many may still send the block. */
function askersOf({ wires, origins }: PieceState, piece: number, block: number): number {
  let askers = 0
  for (const wire of wires.values()) if (wire.asked.has(keyOf(piece, block))) askers++
  for (const { fetches } of origins.values()) {
    for (const fetch of fetches.values()) {
      const isAfter = piece > fetch.piece || (piece === fetch.piece && block >= fetch.block)
      if (isAfter && piece < fetch.end) askers++
    }
  }
  return askers
}
