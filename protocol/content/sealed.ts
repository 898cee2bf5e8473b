import { isObject, parseObject } from '../websocket/object.ts'
import { MAX_RELEASE } from './release.ts'
import { fitsUtf8, isSignature, toUtf8 } from './text.ts'

/** The exact text of a release, and the Ed25519 signature over {@link signedBytes} of it, 86 characters of base64url. */
export interface Sealed {
  readonly release: string
  readonly signature: string
}

/** What a channel serves: the releases that handed over to another key, and the newest one last (rule U3). */
export interface Feed {
  readonly releases: readonly Sealed[]
}

/** Bytes of a feed's text. */
export const MAX_FEED = 1_048_576
/** Releases in a feed. A guess: a key a month for five years. */
export const MAX_SEALED = 64

/** What the signature of a release covers (rule U2). */
export const signedBytes = (release: string): Uint8Array<ArrayBuffer> => toUtf8(`edgeswarm release 1\n${release}`)

/** The feed that the text is; `null` if it is none. The releases in it are still to be decoded, verified and judged. */
export function decodeFeed(text: string): Feed | null {
  if (!fitsUtf8(text, MAX_FEED)) return null
  const releases = parseObject(text)?.['releases']
  if (!Array.isArray(releases) || releases.length === 0 || releases.length > MAX_SEALED) return null
  const sealed = releases.map(readSealed)
  return sealed.every((item) => item !== null) ? { releases: sealed } : null
}

export const encodeFeed = ({ releases }: Feed): string => JSON.stringify({ releases: releases.map(pick) })

/** The sealed release that the text is; `null` if it is none. */
export const decodeSealed = (text: string): Sealed | null =>
  fitsUtf8(text, MAX_FEED) ? readSealed(parseObject(text)) : null

export const encodeSealed = (sealed: Sealed): string => JSON.stringify(pick(sealed))

const pick = ({ release, signature }: Sealed): Sealed => ({ release, signature })

function readSealed(value: unknown): Sealed | null {
  if (!isObject(value)) return null
  const { release, signature } = value as Readonly<Partial<Record<keyof Sealed, unknown>>>
  if (typeof release !== 'string' || !fitsUtf8(release, MAX_RELEASE) || !isSignature(signature)) return null
  return { release, signature }
}
