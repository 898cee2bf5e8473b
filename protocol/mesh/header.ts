import { decodeOrNull, type Fields, isCount, isFields, isText } from './fields.ts'
import type { SwarmNumber } from './control.ts'
import { encodeValue } from './value.ts'

/** HTTP fields that a request or response may have. */
const MAX_FIELDS = 128
/** The longest message to one peer, in bytes: as many may come at once as a link has streams. */
export const MAX_MESSAGE = 65_536

/** HTTP fields in order, each a name and a value. */
export type HeaderList = readonly (readonly [string, string])[]

/** What a stream is for: the first thing that its opener says (rules O1 and Q1 of PROTOCOL.md). */
export type StreamHeader =
  /** Messages of the overlay (rule O1). */
  | { readonly type: 'overlay'; readonly swarm: SwarmNumber }
  /** A message to this peer alone (rule Q5). */
  | { readonly type: 'message'; readonly swarm: SwarmNumber }
  | {
      readonly type: 'request'
      readonly swarm: SwarmNumber
      readonly method: string
      /** An absolute path with its query. */
      readonly path: string
      readonly headers: HeaderList
      readonly hasBody: boolean
    }

/** The head of a response: what the other side says before its body (rule Q2). */
export interface ResponseHeader {
  readonly status: number
  readonly statusText: string
  readonly headers: HeaderList
}

export const encodeHeader = (header: StreamHeader | ResponseHeader): Uint8Array<ArrayBuffer> => encodeValue(header)

/** `null` for what is malformed; `'unknown'` for a kind that a later version may know. */
export function decodeStreamHeader(bytes: Uint8Array): StreamHeader | 'unknown' | null {
  const fields = decodeFields(bytes)
  const swarm = fields?.['swarm']
  if (!fields || !isCount(swarm)) return null
  const { type, method, path, headers, hasBody } = fields as Fields &
    Readonly<Record<'type' | 'method' | 'path' | 'headers' | 'hasBody', unknown>>
  if (type === 'overlay' || type === 'message') return { type, swarm }
  if (type !== 'request') return 'unknown'
  const list = readHeaders(headers)
  if (!isText(method, 32) || !isText(path, 8192) || !path.startsWith('/') || !list) return null
  return { type, swarm, method, path, headers: list, hasBody: hasBody === true }
}

/** `null` for what is malformed. */
export function decodeResponseHeader(bytes: Uint8Array): ResponseHeader | null {
  const fields = decodeFields(bytes)
  if (!fields) return null
  const status = fields['status']
  const statusText = fields['statusText']
  const headers = readHeaders(fields['headers'])
  // 101 and other informational ones can't be put in a Response.
  if (!isCount(status) || status < 200 || status > 599 || !isText(statusText, 256) || !headers) return null
  return { status, statusText, headers }
}

function decodeFields(bytes: Uint8Array): Fields | null {
  const value = decodeOrNull(bytes)
  return isFields(value) ? value : null
}

function readHeaders(value: unknown): HeaderList | null {
  if (!Array.isArray(value) || value.length > MAX_FIELDS) return null
  const list: [string, string][] = []
  for (const item of value as unknown[]) {
    if (!Array.isArray(item)) return null
    const [name, text] = item as unknown[]
    if (typeof name !== 'string' || typeof text !== 'string') return null
    list.push([name, text])
  }
  return list
}
