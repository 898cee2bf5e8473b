import { MAX_PIECE_LENGTH, MIN_PIECE_LENGTH } from '../../protocol/content/metadata.ts'

/** Pieces above the one that each file needs anyway. A guess. */
const AIM = 2000

/**
 * The smallest piece length with which no more than about 2,000 pieces come on top of the one that every file needs.
 *
 * Small pieces are good: less is fetched for a change, less is thrown away when a peer lies, and what is padded for stock
 * clients stays small. What speaks against them is their count, 20 bytes of metadata and a message to each peer; and of
 * many small files no piece length makes fewer pieces than there are files.
 *
 * @param lengths of the files, in bytes
 */
export function pieceLengthFor(lengths: readonly number[]): number {
  const surplus = (pieceLength: number) =>
    lengths.reduce((sum, length) => sum + Math.max(0, Math.ceil(length / pieceLength) - 1), 0)
  let pieceLength = MIN_PIECE_LENGTH
  while (pieceLength < MAX_PIECE_LENGTH && surplus(pieceLength) > AIM) pieceLength *= 2
  return pieceLength
}
