/** A piece of a message's text: as it is, or the address of a page. */
export interface Piece {
  readonly text: string
  readonly isLink: boolean
}

/** Finds the addresses in a text. Only those of web pages: any other scheme could run something. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(/\bhttps?:\/\/[^\s<>"']+/giu)) {
    // The full stop after an address ends the sentence.
    const address = found.replace(/[.,;:!?)\]}]+$/u, '')
    if (!URL.canParse(address)) continue
    if (index > end) pieces.push({ text: text.slice(end, index), isLink: false })
    pieces.push({ text: address, isLink: true })
    end = index + address.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isLink: false })
  return pieces
}
