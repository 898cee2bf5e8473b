import { type Bytes, equalBytes } from '../shell/bytes.ts'
import { subtle } from '../shell/identity.ts'
import type { Places } from './places.ts'

/** Whether these are the bytes of a piece, with or without the padding behind them. */
export async function isPiece(places: Places, piece: number, bytes: Bytes): Promise<boolean> {
  const { length } = places.placeOf(piece)
  const whole = places.lengthOf(piece)
  if (bytes.length !== length && bytes.length !== whole) return false
  const digest = await subtle().digest('SHA-1', bytes.length === whole ? bytes : padded(bytes, whole))
  return equalBytes(new Uint8Array(digest), places.hashOf(piece))
}

/** The bytes, with zeros behind them up to this length. */
export function padded(bytes: Uint8Array, length: number): Bytes {
  const longer = new Uint8Array(length)
  longer.set(bytes)
  return longer
}

/** @throws {RangeError} if a piece is not that long, with or without padding */
export function requireLength(places: Places, piece: number, bytes: Bytes): void {
  if (bytes.length === places.placeOf(piece).length || bytes.length === places.lengthOf(piece)) return
  throw new RangeError(`Piece ${piece} has not ${bytes.length} bytes.`)
}
