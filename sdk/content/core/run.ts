import { hasBit } from './bits.ts'
import type { PieceRange } from './event.ts'
import { lengthOf } from './layout.ts'
import { rarest } from './rarity.ts'
import { isMissing, NOBODY, type Origin, type PieceState, type Started } from './state.ts'
import type { Turn } from './turn.ts'

/** So many places are compared for where to begin. A guess: 1 to 8 are alike. */
const PLACES = 8

export const mayFetch = (started: Started | undefined, origin: Origin): boolean =>
  started === undefined || started.sole === NOBODY || started.sole === origin.id

/** Whether an origin was asked for the piece. */
export function isFetching({ origins }: PieceState, piece: number): boolean {
  for (const { fetches } of origins.values()) {
    for (const fetch of fetches.values()) if (piece >= fetch.piece && piece < fetch.end) return true
  }
  return false
}

/** Where there is most to be had in one request: of some places, and of equally good ones the rarest. */
export function chooseRun({ state, random }: Turn, origin: Origin, bytes: number): number {
  const { rarity } = state
  let best = -1
  let longest = 0
  for (let time = 0; time < PLACES; time++) {
    const isNext = time === 0 && hasBit(rarity.open, origin.next)
    const first = isNext ? origin.next : runStart(state, rarest(rarity, rarity.open, random), bytes)
    const length = runLength(state, first, bytes)
    if (length > longest) [best, longest] = [first, length]
    if (longest >= bytes) break
  }
  return best
}

/** Where the open pieces around this one begin, but not further back than so many bytes. */
function runStart({ layout, rarity }: PieceState, piece: number, bytes: number): number {
  let first = piece
  let length = lengthOf(layout, piece)
  while (first > 0 && hasBit(rarity.open, first - 1) && layout.fileEnds[first - 1] === layout.fileEnds[piece]) {
    length += lengthOf(layout, first - 1)
    if (length > bytes) break
    first--
  }
  return first
}

/** The bytes of the open pieces from this one on, up to so many. */
function runLength({ layout, rarity }: PieceState, piece: number, bytes: number): number {
  const end = layout.fileEnds[piece] ?? 0
  let length = lengthOf(layout, piece)
  for (let at = piece + 1; at < end && hasBit(rarity.open, at) && length < bytes; at++) length += lengthOf(layout, at)
  return Math.min(length, bytes)
}

/** At the end: what peers were asked for and have not sent, several pieces at once even with others between them. */
export function chooseRest(state: PieceState, origin: Origin, bytes: number): PieceRange | null {
  const { layout } = state
  const rest = [...state.started.values()]
    .filter((started) => !started.isVerifying && mayFetch(started, origin) && isMissing(state, started.piece))
    .map(({ piece }) => piece)
    .filter((piece) => !isFetching(state, piece))
    .sort((a, b) => a - b)
  // To ask once more takes as long as these bytes do.
  const bridge = (origin.speed * origin.latency) / 1000
  let best: PieceRange | null = null
  let most = 0
  for (const [index, first] of rest.entries()) {
    let end = first + 1
    let useful = lengthOf(layout, first)
    for (let next = index + 1; next < rest.length; next++) {
      const piece = rest[next] ?? first
      const isFar = (piece - end) * layout.pieceLength > bridge
      const isTooMuch = (piece + 1 - first) * layout.pieceLength > bytes
      if (isFar || isTooMuch || layout.fileEnds[piece] !== layout.fileEnds[first]) break
      useful += lengthOf(layout, piece)
      end = piece + 1
    }
    if (useful > most) [best, most] = [{ first, end }, useful]
  }
  return best
}
