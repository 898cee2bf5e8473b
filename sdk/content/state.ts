import { isChannel } from '../../protocol/content/release.ts'
import { isKey, isSha1, isSha256 } from '../../protocol/content/text.ts'
import type { Known } from '../../protocol/content/trust.ts'
import type { ChannelId } from './versions.ts'

/** What an installation remembers: `state.json`. */
export interface State extends ChannelId {
  readonly format: 1
  readonly known: Known | null
  readonly current: CurrentState | null
  readonly download: DownloadState | null
}

/** The version that the folder of the user shows. */
export interface CurrentState {
  readonly number: number
  readonly infoHash: string
  /** Its name in `versions`. */
  readonly folder: string
}

/** A version that is on its way; when it is complete, it becomes the current one. */
export interface DownloadState extends CurrentState {
  /** Which pieces were verified and written: bits as in BEP 3, in base64. */
  readonly have: string
}

/** The state that the text is; `null` if it is none. */
export function parseState(text: string): State | null {
  try {
    const value: unknown = JSON.parse(text)
    return isState(value) ? value : null
  } catch {
    return null
  }
}

type Fields<Shape> = Readonly<Partial<Record<keyof Shape, unknown>>>

function isState(value: unknown): value is State {
  if (typeof value !== 'object' || value === null) return false
  const { format, publisher, channel, known, current, download } = value as Fields<State>
  return (
    format === 1 &&
    isKey(publisher) &&
    isChannel(channel) &&
    (known === null || isKnown(known)) &&
    (current === null || isCurrent(current)) &&
    (download === null || isDownload(download))
  )
}

const isKnown = (value: unknown): value is Known => {
  const { number, digest, key } = (value ?? {}) as Fields<Known>
  return Number.isSafeInteger(number) && isSha256(digest) && isKey(key)
}

const FOLDER = /^\d{1,16}(?:-\d{1,4})?$/

const isCurrent = (value: unknown): value is CurrentState => {
  const { number, infoHash, folder } = (value ?? {}) as Fields<CurrentState>
  return Number.isSafeInteger(number) && isSha1(infoHash) && typeof folder === 'string' && FOLDER.test(folder)
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

const isDownload = (value: unknown): value is DownloadState => {
  const { have } = (value ?? {}) as Fields<DownloadState>
  return isCurrent(value) && typeof have === 'string' && have.length % 4 === 0 && BASE64.test(have)
}
