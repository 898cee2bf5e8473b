import { isOfferId, type OfferId } from '../ids.ts'
import { decodeOrNull, type Fields, isBytes, isCount, isFields, isText, itemsOf } from './fields.ts'
import { MAX_CONTROL } from './frame.ts'
import { encodeValue } from './value.ts'

/** A swarm's number on a link, as the sender of a message gave it when it entered. */
export type SwarmNumber = number

export const PROOF_LENGTH = 16
export const MAX_SDP = 16_384
export const MAX_METADATA = 4096
/** Media streams that a description may name. */
export const MAX_STREAMS = 64

/** What peers say to each other beside their streams (rules E1–E5 of PROTOCOL.md). */
export type Control =
  /** The sender is in a swarm, and proves to those that are in it too which one it is. */
  | { readonly type: 'enter'; readonly swarm: SwarmNumber; readonly proof: Uint8Array<ArrayBuffer> }
  | {
      readonly type: 'welcome'
      readonly swarm: SwarmNumber
      readonly metadata: unknown
    }
  /** `swarm` is the receiver's number here: what it entered does not take it. */
  | { readonly type: 'refuse'; readonly swarm: SwarmNumber; readonly reason: Refused }
  | { readonly type: 'leave'; readonly swarm: SwarmNumber }
  | { readonly type: 'metadata'; readonly swarm: SwarmNumber; readonly metadata: unknown }
  /** A description of the media that goes over the connection itself. */
  | {
      readonly type: 'media'
      readonly kind: 'offer' | 'answer'
      readonly sdp: string
      /** Which swarm each media stream of the sender is for. */
      readonly streams: readonly { readonly id: string; readonly swarm: SwarmNumber }[]
    }

export type Refused = 'full' | 'denied'

/** How two peers agree on a connection through a third. A sealed `sdp` is base64. */
export type Signal =
  | { readonly kind: 'offer' | 'answer'; readonly id: OfferId; readonly sdp: string }
  | { readonly kind: 'candidate'; readonly id: OfferId; readonly sdp: string }
  /** The peer in the middle has no link to the one that the offer was for. */
  | { readonly kind: 'unreachable'; readonly id: OfferId; readonly sdp: '' }

export const encodeControl = (control: Control): Uint8Array<ArrayBuffer> => encodeValue(control)

/** `null` for what is malformed; `'unknown'` for a kind that a later version may know. */
export function decodeControl(bytes: Uint8Array): Control | 'unknown' | null {
  const fields = decodeOrNull(bytes)
  if (!isFields(fields)) return null
  const type = fields['type']
  if (type === 'media') return readMedia(fields)
  const swarm = fields['swarm']
  if (!isCount(swarm)) return null
  switch (type) {
    case 'enter': {
      const proof = fields['proof']
      return isBytes(proof, PROOF_LENGTH) ? { type, swarm, proof } : null
    }
    case 'welcome': {
      const metadata = fields['metadata']
      return isMetadata(metadata) ? { type, swarm, metadata } : null
    }
    case 'refuse':
      return { type, swarm, reason: fields['reason'] === 'full' ? 'full' : 'denied' }
    case 'leave':
      return { type, swarm }
    case 'metadata': {
      const metadata = fields['metadata']
      return isMetadata(metadata) ? { type, swarm, metadata } : null
    }
    default:
      return 'unknown'
  }
}

/** Whether it is short enough; that it is a value is known, as it was read. */
export const isMetadata = (metadata: unknown): boolean => encodeValue(metadata).length <= MAX_METADATA

function readMedia(fields: Fields): Control | null {
  const kind = fields['kind']
  const sdp = fields['sdp']
  if ((kind !== 'offer' && kind !== 'answer') || !isText(sdp, MAX_CONTROL)) return null
  const streams = itemsOf(fields['streams'], MAX_STREAMS, isFields).flatMap(
    ({ id, swarm }: Fields & { id?: unknown; swarm?: unknown }) =>
      isText(id, 256) && isCount(swarm) ? [{ id, swarm }] : [],
  )
  return { type: 'media', kind, sdp, streams }
}

/** `null` for what is malformed. */
export function readSignal(signal: unknown): Signal | null {
  if (!isFields(signal)) return null
  const { kind, id, sdp } = signal as Readonly<Record<'kind' | 'id' | 'sdp', unknown>>
  if (!isOfferId(id) || !isText(sdp, 2 * MAX_SDP)) return null
  switch (kind) {
    case 'offer':
    case 'answer':
    case 'candidate':
      return { kind, id, sdp }
    case 'unreachable':
      return { kind, id, sdp: '' }
    default:
      return null
  }
}
