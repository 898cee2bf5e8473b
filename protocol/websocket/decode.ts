import { type Left, readEvent } from '../announce.ts'
import { isInfoHash, isOfferId, isPeerId } from '../ids.ts'
import type {
  Action,
  Announce,
  Answer,
  ClientMessage,
  Dial,
  DialName,
  Json,
  Malformed,
  Offer,
  Scrape,
} from './message.ts'
import { type Fields, isObject, parseObject } from './object.ts'
import { cutOffers } from './offers.ts'

/** Longer keys are refused: the key is remembered for as long as the socket is open. */
const LONGEST_KEY = 64

const ID = 'a string of 20 characters U+0000–00FF'
const WRONG_INFO_HASH = `info_hash must be ${ID}`
const WRONG_PEER_ID = `peer_id must be ${ID}`
const WRONG_OFFER_ID = `offer_id must be ${ID}`

/**
 * Reads one text frame of a client. Never throws, and never trusts: what comes back has been checked field by
 * field, and a {@link Malformed} says what is wrong in a sentence for the sender.
 *
 * Rules M1–M9 and R1–R3 of PROTOCOL.md.
 */
export function decode(text: string): ClientMessage | Malformed {
  try {
    return read(text)
  } catch (error) {
    // A text can nest deeper than JSON.stringify goes, and be longer than a pattern matches.
    if (error instanceof RangeError) return malformed({}, 'this message is too deep or too long to read')
    throw error
  }
}

function read(text: string): ClientMessage | Malformed {
  const cut = cutOffers(text)
  const fields = parseObject(cut ? cut.head : text)
  if (fields === null) return malformed({}, 'a message must be a JSON object')
  switch (fields['action']) {
    case 'announce':
      if (fields['answer'] !== undefined) return readSignal(fields, 'answer', 'answer')
      if (isDial(fields)) return readSignal(fields, 'dial', 'offer')
      return readAnnounce(fields, cut?.offers)
    case 'scrape':
      return readScrape(fields)
    default:
      return malformed(fields, 'action must be "announce" or "scrape"')
  }
}

/** Of a message without an answer. Null is nothing, as writers of structs put it where a field is not used. */
const isDial = (fields: Fields): boolean => fields['offer'] !== undefined && fields['offer'] !== null

function malformed(fields: Fields, reason: string): Malformed {
  const action: Action = fields['action'] === 'scrape' ? 'scrape' : 'announce'
  const infoHash = fields['info_hash']
  const dial = nameDial(fields)
  return {
    kind: 'malformed',
    action,
    infoHash: isInfoHash(infoHash) ? infoHash : null,
    reason,
    ...(dial && action === 'announce' && { dial }),
  }
}

/** Which dial the message would have been; `null` if it is none, or does not say. */
function nameDial(fields: Fields): DialName | null {
  const { to_peer_id: toPeerId, offer_id: offerId } = fields
  const named = isPeerId(toPeerId) && isOfferId(offerId)
  return named && fields['answer'] === undefined && isDial(fields) ? { toPeerId, offerId } : null
}

function readAnnounce(fields: Fields, cut: readonly Offer[] | undefined): Announce | Malformed {
  const infoHash = fields['info_hash']
  if (!isInfoHash(infoHash)) return malformed(fields, WRONG_INFO_HASH)
  const peerId = fields['peer_id']
  if (!isPeerId(peerId)) return malformed(fields, WRONG_PEER_ID)
  const event = readEvent(fields['event'])
  if (event === null) return malformed(fields, 'event must be started, stopped, completed, paused, update or empty')
  const left = readLeft(fields['left'])
  if (left === undefined) return malformed(fields, 'left must be a number of bytes, or null if it is unknown')
  const offers = cut ?? readOffers(fields['offers'])
  if (typeof offers === 'string') return malformed(fields, offers)
  const numwant = readNumwant(fields['numwant'], offers.length)
  if (numwant === null) return malformed(fields, 'numwant must be a whole number')
  const key = fields['key'] ?? null
  if (key !== null && (typeof key !== 'string' || key.length > LONGEST_KEY)) {
    return malformed(fields, `key must be a string of at most ${LONGEST_KEY} characters`)
  }
  const rendezvous = fields['rendezvous'] === 1 ? readNumwant(fields['numwant'], Number.POSITIVE_INFINITY) : null
  return { kind: 'announce', infoHash, peerId, event, left, numwant, offers, key, rendezvous }
}

function readLeft(value: unknown): Left | undefined {
  if (value === undefined || value === null) return null
  return typeof value === 'number' && value >= 0 ? value : undefined
}

/** How many are wanted of the most that there are; `null` if that is no number. */
function readNumwant(value: unknown, most: number): number | null {
  if (value === undefined || value === null) return most
  if (typeof value !== 'number' || !Number.isInteger(value)) return null
  // BEP 3 clients say -1 for "as you like".
  return value < 0 ? most : Math.min(value, most)
}

function readOffers(value: unknown): Offer[] | string {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) return 'offers must be an array'
  const offers: Offer[] = []
  for (const item of value as unknown[]) {
    if (!isObject(item)) return 'each of offers must be an object with offer and offer_id'
    const id = item['offer_id']
    if (!isOfferId(id)) return WRONG_OFFER_ID
    const description = readDescription(item['offer'])
    if (description === null) return 'offer must be an object with a string sdp, or a string'
    offers.push({ id, idJson: JSON.stringify(id) as Json, description })
  }
  return offers
}

function readDescription(value: unknown): Json | null {
  const known = typeof value === 'string' || (isObject(value) && typeof value['sdp'] === 'string')
  return known ? (JSON.stringify(value) as Json) : null
}

function readSignal(fields: Fields, kind: 'answer' | 'dial', member: 'answer' | 'offer'): Answer | Dial | Malformed {
  const infoHash = fields['info_hash']
  if (!isInfoHash(infoHash)) return malformed(fields, WRONG_INFO_HASH)
  const peerId = fields['peer_id']
  if (!isPeerId(peerId)) return malformed(fields, WRONG_PEER_ID)
  const toPeerId = fields['to_peer_id']
  if (!isPeerId(toPeerId)) return malformed(fields, `to_peer_id must be ${ID}`)
  const offerId = fields['offer_id']
  if (!isOfferId(offerId)) return malformed(fields, WRONG_OFFER_ID)
  const description = readDescription(fields[member])
  if (description === null) return malformed(fields, `${member} must be an object with a string sdp, or a string`)
  return { kind, infoHash, peerId, toPeerId, offerId, description }
}

function readScrape(fields: Fields): Scrape | Malformed {
  const value = fields['info_hash']
  if (value === undefined || value === null) return { kind: 'scrape', infoHashes: 'all' }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  return values.every(isInfoHash)
    ? { kind: 'scrape', infoHashes: values }
    : malformed(fields, `info_hash must be ${ID}, or an array of such`)
}
