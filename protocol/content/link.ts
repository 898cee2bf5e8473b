import { isChannel } from './release.ts'
import { isKey, isWebUrl } from './text.ts'

/** Where a channel is found, and whose it is: what a person passes on. */
export interface Link {
  /** The tracker's address, without `/` at its end. */
  readonly tracker: string
  /** 43 characters of base64url. */
  readonly publisher: string
  readonly channel: string
}

const LINK = /^([^?]+?)\/+releases\/([^/]+)\/([^/]+)\/?$/

/** `https://tracker.example.com/releases/<publisher>/<channel>` (rule U9). */
export const formatLink = ({ tracker, publisher, channel }: Link): string =>
  `${tracker}/releases/${publisher}/${channel}`

/** The link that the text is, with or without spaces around it; `null` if it is none. */
export function parseLink(text: string): Link | null {
  const address = text.trim()
  if (!isWebUrl(address)) return null
  const [, tracker, publisher, channel] = LINK.exec(address) ?? []
  return isWebUrl(tracker) && isKey(publisher) && isChannel(channel) ? { tracker, publisher, channel } : null
}
