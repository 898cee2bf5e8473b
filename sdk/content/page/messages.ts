// What a page and the service worker say to each other. Both are of one origin: shapes are checked, and nothing more.
import type { Bytes } from '../../shell/bytes.ts'

/** A page says to the worker which addresses begin like those of its release. The port is told `true` once it is known. */
export interface AddressesMessage {
  readonly edgeswarm: 'addresses'
  /** None from a page that follows no more. */
  readonly bases: readonly string[]
}

/** The worker has started anew and asks every page for its addresses. */
export interface TellMessage {
  readonly edgeswarm: 'tell'
}

/** The worker asks a page for a file. The port that comes along is for the answer. */
export interface RequestMessage {
  readonly edgeswarm: 'request'
  readonly url: string
  readonly method: string
  /** The `Range` header. */
  readonly range: string | null
}

/** What a page answers, in this order: `heard` and `head`, then for each `pull` a `chunk` or the `end`. */
export type PageAnswer =
  /** It is a file of the release, and comes. */
  | { readonly type: 'heard' }
  /** There is no such file, or it can not be had: the origin is to be asked. Comes before `head` only. */
  | { readonly type: 'none' }
  | { readonly type: 'head'; readonly status: number; readonly headers: readonly (readonly [string, string])[] }
  | { readonly type: 'chunk'; readonly bytes: Bytes }
  | { readonly type: 'end' }
  /** It broke off. */
  | { readonly type: 'failed' }

/** What the worker says while an answer comes. */
export type WorkerWish = 'pull' | 'cancel'

const ANSWERS = ['heard', 'none', 'head', 'chunk', 'end', 'failed']

const kindOf = (data: unknown): unknown => (isRecord(data) ? data['edgeswarm'] : undefined)

export const isAddressesMessage = (data: unknown): data is AddressesMessage =>
  isRecord(data) &&
  kindOf(data) === 'addresses' &&
  Array.isArray(data['bases']) &&
  data['bases'].every((base) => typeof base === 'string')

export const isTellMessage = (data: unknown): data is TellMessage => kindOf(data) === 'tell'

export const isRequestMessage = (data: unknown): data is RequestMessage =>
  isRecord(data) && kindOf(data) === 'request' && typeof data['url'] === 'string' && typeof data['method'] === 'string'

export const isPageAnswer = (data: unknown): data is PageAnswer =>
  isRecord(data) && ANSWERS.includes(data['type'] as string)

const isRecord = (data: unknown): data is Readonly<Record<string, unknown>> => typeof data === 'object' && data !== null
