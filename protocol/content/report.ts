import { parseObject } from '../websocket/object.ts'

/** Where the bytes of a peer's files came from since its last report (rule U13). */
export interface Report {
  readonly fromPeers: number
  readonly fromOrigin: number
  /** Of an earlier version. */
  readonly fromDisk: number
}

/** Bytes of a report's text. */
export const MAX_REPORT = 1024
/** Bytes that one report may tell of. A guess: ten minutes of 900 Mbit/s. */
export const MAX_REPORTED = 2 ** 36

const isBytes = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MAX_REPORTED

/** The report that the text is; `null` if it is none, or tells of more than a report may. */
export function decodeReport(text: string): Report | null {
  const { fromPeers, fromOrigin, fromDisk } = (parseObject(text) ?? {}) as Readonly<
    Partial<Record<keyof Report, unknown>>
  >
  return isBytes(fromPeers) && isBytes(fromOrigin) && isBytes(fromDisk) ? { fromPeers, fromOrigin, fromDisk } : null
}
