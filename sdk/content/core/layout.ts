/** What peers ask each other for (bytes; BEP 3, as everyone does it). */
export const BLOCK = 16_384

/** Which bytes are where. Every file begins with a piece of its own, so every piece is of one file. */
export interface Layout {
  readonly pieceLength: number
  /** How many pieces. */
  readonly count: number
  /** The bytes of each piece, without the padding behind its file. */
  readonly lengths: Uint32Array
  /** The piece after the last of its file, for each piece. */
  readonly fileEnds: Uint32Array
}

/** @param files the length of each (bytes), in the order of the torrent */
export function layoutOf(pieceLength: number, files: readonly number[]): Layout {
  const counts = files.map((length) => Math.ceil(length / pieceLength))
  const count = counts.reduce((sum, pieces) => sum + pieces, 0)
  const lengths = new Uint32Array(count).fill(pieceLength)
  const fileEnds = new Uint32Array(count)
  let first = 0
  for (const [index, length] of files.entries()) {
    const end = first + (counts[index] ?? 0)
    if (end > first) lengths[end - 1] = length - (end - first - 1) * pieceLength
    fileEnds.fill(end, first, end)
    first = end
  }
  return { pieceLength, count, lengths, fileEnds }
}

/** The bytes of a piece; 0 if there is no such piece. */
export const lengthOf = ({ lengths }: Layout, piece: number): number => lengths[piece] ?? 0

export const blocksOf = (layout: Layout, piece: number): number => Math.ceil(lengthOf(layout, piece) / BLOCK)

/** The bytes of a block of a piece: all have 16 KiB but the last. */
export const blockLength = (layout: Layout, piece: number, block: number): number =>
  Math.max(0, Math.min(BLOCK, lengthOf(layout, piece) - block * BLOCK))

/** Which block this is; -1 if it is none: peers say what they like. */
export function blockAt(layout: Layout, piece: number, offset: number, length: number): number {
  const block = offset / BLOCK
  if (!Number.isInteger(block) || block < 0 || length <= 0) return -1
  return blockLength(layout, piece, block) === length ? block : -1
}
