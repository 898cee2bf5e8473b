import { type Bits, clearBit, findCommon, hasBit, newBits, setBit } from './bits.ts'

/** How many have each piece, and which of the pieces that nobody was asked for yet is had by how many. */
export interface Rarity {
  /** Wires that have the piece, without those that have all. */
  readonly copies: Uint16Array
  /** Pieces that are wanted and neither held nor started. */
  readonly open: Bits
  openCount: number
  /** How often a piece was opened: before the next time a search that found nothing finds nothing again. */
  opened: number
  /** The open pieces with so many copies, and how many they are; from `MOST` on all are alike. */
  readonly levels: { readonly pieces: Bits; count: number }[]
}

/** What so many have is not rare. */
const MOST = 64

export const newRarity = (count: number): Rarity => ({
  copies: new Uint16Array(count),
  open: newBits(count),
  openCount: 0,
  opened: 0,
  levels: [],
})

function levelOf(rarity: Rarity, piece: number): { readonly pieces: Bits; count: number } {
  const index = Math.min(rarity.copies[piece] ?? 0, MOST)
  while (rarity.levels.length <= index) rarity.levels.push({ pieces: new Uint32Array(rarity.open.length), count: 0 })
  const level = rarity.levels[index]
  if (level === undefined) throw new RangeError('There is no such level.')
  return level
}

function enter(rarity: Rarity, piece: number): void {
  const level = levelOf(rarity, piece)
  setBit(level.pieces, piece)
  level.count++
}

function leave(rarity: Rarity, piece: number): void {
  const level = levelOf(rarity, piece)
  clearBit(level.pieces, piece)
  level.count--
}

export function open(rarity: Rarity, piece: number): void {
  if (hasBit(rarity.open, piece)) return
  setBit(rarity.open, piece)
  rarity.openCount++
  rarity.opened++
  enter(rarity, piece)
}

export function close(rarity: Rarity, piece: number): void {
  if (!hasBit(rarity.open, piece)) return
  leave(rarity, piece)
  clearBit(rarity.open, piece)
  rarity.openCount--
}

/** One more (1) or one fewer (-1) has the piece. */
export function count(rarity: Rarity, piece: number, change: 1 | -1): void {
  const isOpen = hasBit(rarity.open, piece)
  if (isOpen) leave(rarity, piece)
  rarity.copies[piece] = (rarity.copies[piece] ?? 0) + change
  if (isOpen) enter(rarity, piece)
}

/** The rarest of the open pieces that are in `has`, any of those that are equally rare; -1 if there is none. */
export function rarest(rarity: Rarity, has: Bits, random: () => number): number {
  const start = Math.floor(random() * rarity.copies.length)
  for (const level of rarity.levels) {
    if (level.count === 0) continue
    const piece = findCommon(level.pieces, has, start)
    if (piece >= 0) return piece
  }
  return -1
}
