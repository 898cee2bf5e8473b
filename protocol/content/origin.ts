import { checkPath } from './path.ts'
import { isKey, isSha1, isSha256, isSignature, toUtf8 } from './text.ts'

/** A file at an origin that is a tracker (rule U14). */
export interface ContentPath {
  /** 40 hex digits. */
  readonly infoHash: string
  /** The torrent's name. */
  readonly name: string
  /** Within the torrent, joined by `/`. */
  readonly path: string
}

const CONTENT = '/content/'

/** The base address of the files of a torrent, which is a web seed by BEP 19. `tracker` is without `/` at its end. */
export const contentBase = (tracker: string, infoHash: string): string => `${tracker}${CONTENT}${infoHash}/`

/** The path of the file's address, percent-encoded. */
export const formatContentPath = (file: ContentPath): string =>
  CONTENT + contentKey(file).split('/').map(encodeURIComponent).join('/')

/** What a file is stored under, and what an upload is signed for: `<info hash>/<name>/<path>`. */
export const contentKey = ({ infoHash, name, path }: ContentPath): string => `${infoHash}/${name}/${path}`

/** The file that the path of an address names; `null` if it can't be one's. */
export function parseContentPath(pathname: string): ContentPath | null {
  if (!pathname.startsWith(CONTENT)) return null
  const [infoHash, name, ...segments] = pathname.slice(CONTENT.length).split('/').map(unescape)
  if (!isSha1(infoHash) || typeof name !== 'string' || checkPath([name]) !== null) return null
  if (!segments.every((segment) => segment !== null) || checkPath(segments) !== null) return null
  return { infoHash, name, path: segments.join('/') }
}

function unescape(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** Who uploads a file, and what is signed of it (rule U15). */
export interface Upload {
  /** The key that signs: 43 characters of base64url. */
  readonly publisher: string
  /** Milliseconds since 1970. */
  readonly time: number
}

/** What the signature of an upload covers. `key` is that of {@link contentKey}. */
export const uploadBytes = (time: number, key: string, sha256: string): Uint8Array<ArrayBuffer> =>
  toUtf8(`edgeswarm upload 1\n${time}\n${key}\n${sha256}`)

/** The header that says whose SHA-256 the body must have, in hex. */
export const UPLOAD_SHA256 = 'x-content-sha256'

/** The `authorization` header of an upload. */
export const formatUpload = ({ publisher, time }: Upload, signature: string): string =>
  `Edgeswarm ${publisher} ${time} ${signature}`

/** Reads the headers of an upload; `null` if they are none of one. */
export function parseUpload(
  authorization: string | null,
  sha256: string | null,
): (Upload & { readonly signature: string; readonly sha256: string }) | null {
  const [scheme, publisher, digits = '', signature, ...more] = (authorization ?? '').split(' ')
  if (scheme !== 'Edgeswarm' || more.length > 0 || !isKey(publisher) || !isSignature(signature)) return null
  return /^\d{1,15}$/.test(digits) && isSha256(sha256) ? { publisher, time: Number(digits), signature, sha256 } : null
}
