/** A part of a file as a client asks for it (RFC 9110 §14.1.2), in the form that R2 takes. */
export type AskedRange =
  | { readonly offset: number; readonly length?: number }
  /** So many of its last bytes. */
  | { readonly suffix: number }

export interface Part {
  readonly offset: number
  readonly length: number
}

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/

/** The range of a `Range` header; `null` for none, for several, and for what is wrong: then all is served. */
export function parseRange(header: string | null): AskedRange | null {
  const [, first = '', last = ''] = RANGE.exec(header?.trim() ?? '') ?? []
  if (first === '') return last === '' ? null : { suffix: Number(last) }
  const offset = Number(first)
  if (last === '') return { offset }
  const length = Number(last) - offset + 1
  return length > 0 ? { offset, length } : null
}

/** The part of a file of this size that was asked for; `null` if there is no such part. */
export function partOf(range: AskedRange, size: number): Part | null {
  if ('suffix' in range) {
    const length = Math.min(range.suffix, size)
    return length > 0 ? { offset: size - length, length } : null
  }
  const { offset, length = size } = range
  return offset < size ? { offset, length: Math.min(length, size - offset) } : null
}

/** The value of `Content-Range`. */
export const contentRange = ({ offset, length }: Part, size: number): string =>
  `bytes ${offset}-${offset + length - 1}/${size}`

/** The tag of an `If-Range` header, without its quotes; `null` for a date or a weak tag, which promise no equal bytes. */
export const strongTag = (header: string): string | null => /^"([^"]*)"$/.exec(header.trim())?.[1] ?? null

/** An `If-None-Match` header without what is wrong in it, at which R2 would throw; `null` if nothing is left. */
export function entityTags(header: string | null): string | null {
  if (header?.trim() === '*') return '*'
  return header?.match(/(?:W\/)?"[\x21\x23-\x7e]*"/g)?.join(', ') ?? null
}
