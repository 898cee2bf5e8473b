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

const FIRST_OFFER = '"offers":[{'

const BEFORE = new RegExp(String.raw`\{(?:${MEMBER},)*"offers":\[`, 'y')
const DESCRIPTION = String.raw`\{"type":"[a-z]*","sdp":${STRING}\}`
const OFFER = new RegExp(String.raw`\{"offer":(${DESCRIPTION}),"offer_id":(${STRING})\}([,\]])`, 'y')
const AFTER = new RegExp(String.raw`(?:,${MEMBER})*\}$`, 'y')

/**
 * Cuts the offers out of an announce as stock clients write it; `null` if the text is anything else, which
 * says nothing about whether it is well-formed.
 *
 * Each offer is checked here character by character. What is left over is for the caller to parse: it is
 * valid JSON exactly if the whole text is.
 */
export function cutOffers(text: string): CutAnnounce | null {
  if (!text.includes(FIRST_OFFER)) return null
  BEFORE.lastIndex = 0
  if (!BEFORE.test(text)) return null
  const start = BEFORE.lastIndex
  const offers: Offer[] = []
  let end = start
  for (let more = true; more;) {
    OFFER.lastIndex = end
    const [, description, idJson, separator] = OFFER.exec(text) ?? []
    if (description === undefined || idJson === undefined) return null
    // Parsed rather than sliced: a slice would keep the whole announce in memory for as long as the id lives.
    const id: unknown = JSON.parse(idJson)
    if (!isOfferId(id)) return null
    offers.push({ id, idJson: idJson as Json, description: description as Json })
    end = OFFER.lastIndex
    more = separator === ','
  }
  AFTER.lastIndex = end
  if (!AFTER.test(text)) return null
  return { head: text.slice(0, start) + text.slice(end - 1), offers }
}
