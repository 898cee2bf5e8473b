import { isOfferId } from '../ids.ts'
import type { Json, Offer } from './message.ts'

/** An announce's text without its offers, and the offers as slices of the text. */
export interface CutAnnounce {
  /** The same JSON object with `"offers":[]`. */
  readonly head: string
  readonly offers: readonly Offer[]
}

// An SDP is most of an announce. To parse it only to serialise it again costs more than all else that the
// tracker does for the announce, so the offers are cut out of the text instead. The patterns accept just what
// JSON.stringify makes of a stock announce: a flat object with plain keys. Whatever else JSON allows falls
// back to JSON.parse. A surrogate falls back too: a lone one must leave as an escape, not as it is.
const TEXT = String.raw`[^"\\\x00-\x1f\ud800-\udfff]*`
const ESCAPE = String.raw`\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})`
const STRING = `"${TEXT}(?:${ESCAPE}${TEXT})*"`
const MEMBER = `"(?!offers")[a-z_]+":(?:${STRING}|[-+.0-9eE]+|null|true|false)`

const BEFORE = new RegExp(String.raw`\{(?:${MEMBER},)*"offers":\[`, 'y')
const DESCRIPTION = new RegExp(String.raw`\{"type":"[a-z]*","sdp":${STRING}\}`, 'y')
const ID = new RegExp(STRING, 'y')
const AFTER = new RegExp(String.raw`(?:,${MEMBER})*\}$`, 'y')

const OFFER_START = '{"offer":'
const OFFER_MIDDLE = ',"offer_id":'
const FIRST_OFFER = `"offers":[${OFFER_START}`

/**
 * Cuts the offers out of an announce as stock clients write it; `null` if the text is anything else, which
 * says nothing about whether it is well-formed.
 *
 * Each offer is checked here character by character. What is left over is for the caller to parse: it is
 * valid JSON exactly if the whole text is.
 */
export function cutOffers(text: string): CutAnnounce | null {
  if (!text.includes(FIRST_OFFER)) return null
  const start = endOf(BEFORE, text, 0)
  if (start === null) return null
  const offers: Offer[] = []
  let end = start
  do {
    const offerStart = offers.length === 0 ? end : end + 1
    const offerEnd = cutOffer(text, offerStart, offers)
    if (offerEnd === null) return null
    end = offerEnd
  } while (text.startsWith(',', end))
  if (!text.startsWith(']', end) || endOf(AFTER, text, end + 1) === null) return null
  return { head: text.slice(0, start) + text.slice(end), offers }
}

/** Adds the offer that starts at `start`; returns where it ends, or `null` if none is there. */
function cutOffer(text: string, start: number, offers: Offer[]): number | null {
  if (!text.startsWith(OFFER_START, start)) return null
  const descriptionStart = start + OFFER_START.length
  const descriptionEnd = endOf(DESCRIPTION, text, descriptionStart)
  if (descriptionEnd === null || !text.startsWith(OFFER_MIDDLE, descriptionEnd)) return null
  const idStart = descriptionEnd + OFFER_MIDDLE.length
  const idEnd = endOf(ID, text, idStart)
  if (idEnd === null || !text.startsWith('}', idEnd)) return null
  const idJson = text.slice(idStart, idEnd) as Json
  // Parsed rather than sliced: a slice would keep the whole announce in memory for as long as the id lives.
  const id: unknown = JSON.parse(idJson)
  if (!isOfferId(id)) return null
  offers.push({ id, idJson, description: text.slice(descriptionStart, descriptionEnd) as Json })
  return idEnd + 1
}

/** Where a match that starts at `start` ends; `null` if there is none. */
function endOf(pattern: RegExp, text: string, start: number): number | null {
  pattern.lastIndex = start
  return pattern.test(text) ? pattern.lastIndex : null
}
