import fc from 'fast-check'

/** What a message says, read by nothing but JSON.parse and the rules: what `decode` must agree with. */
export type Reference =
  | {
      readonly kind: 'announce'
      readonly infoHash: string
      readonly peerId: string
      readonly event: string
      readonly left: number | null
      readonly numwant: number
      readonly offers: readonly { readonly id: string; readonly description: unknown }[]
      readonly key: string | null
      readonly rendezvous: number | null
    }
  | {
      readonly kind: 'answer' | 'dial'
      readonly infoHash: string
      readonly peerId: string
      readonly toPeerId: string
      readonly offerId: string
      readonly description: unknown
    }
  | { readonly kind: 'scrape'; readonly infoHashes: readonly string[] | 'all' }
  | {
      readonly kind: 'malformed'
      readonly action: 'announce' | 'scrape'
      readonly infoHash: string | null
      readonly dial: { readonly toPeerId: string; readonly offerId: string } | null
    }

type Fields = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Fields =>
  Object.prototype.toString.call(value) === '[object Object]' && typeof value === 'object'

const isId = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length === 20 &&
  Array.from({ length: 20 }, (_, at) => value.charCodeAt(at)).every((code) => code < 256)

const isDescription = (value: unknown): boolean =>
  typeof value === 'string' || (isObject(value) && typeof value['sdp'] === 'string')

const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null

const EVENTS = ['started', 'stopped', 'completed', 'paused']
const NO_EVENTS: readonly unknown[] = [undefined, null, '', 'update', 'empty']

/** Rules M1–M9, R1–R4. */
export function referenceDecode(text: string): Reference {
  const fields = parse(text)
  const { action, info_hash: infoHash } = fields
  const malformed = {
    kind: 'malformed',
    action: action === 'scrape' ? 'scrape' : 'announce',
    infoHash: isId(infoHash) ? infoHash : null,
    dial: action === 'scrape' ? null : nameDial(fields),
  } as const
  if (action === 'scrape') return readScrape(infoHash) ?? malformed
  if (action !== 'announce') return malformed
  return readAnnounceAction(fields) ?? malformed
}

function readAnnounceAction(fields: Fields): Reference | null {
  if (fields['answer'] !== undefined) return readSignal(fields, 'answer', fields['answer'])
  return isAbsent(fields['offer']) ? readAnnounce(fields) : readSignal(fields, 'dial', fields['offer'])
}

function nameDial({ answer, offer, to_peer_id: toPeerId, offer_id: offerId }: Fields) {
  if (answer !== undefined || isAbsent(offer) || !isId(toPeerId) || !isId(offerId)) return null
  return { toPeerId, offerId }
}

function parse(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}

function readScrape(infoHash: unknown): Reference | null {
  if (isAbsent(infoHash)) return { kind: 'scrape', infoHashes: 'all' }
  const infoHashes: readonly unknown[] = Array.isArray(infoHash) ? infoHash : [infoHash]
  return infoHashes.every(isId) ? { kind: 'scrape', infoHashes } : null
}

function readAnnounce(fields: Fields): Reference | null {
  const { info_hash: infoHash, peer_id: peerId, event, left, numwant, key } = fields
  const offers = readOffers(fields['offers'])
  if (!isId(infoHash) || !isId(peerId) || !offers) return null
  if (!NO_EVENTS.includes(event) && !(typeof event === 'string' && EVENTS.includes(event))) return null
  if (!isAbsent(left) && !(typeof left === 'number' && left >= 0)) return null
  if (!isAbsent(numwant) && !Number.isInteger(numwant)) return null
  if (!isAbsent(key) && !(typeof key === 'string' && key.length <= 64)) return null
  return {
    kind: 'announce',
    ...{ infoHash, peerId, offers },
    event: typeof event === 'string' && EVENTS.includes(event) ? event : 'none',
    left: typeof left === 'number' ? left : null,
    numwant: typeof numwant === 'number' && numwant >= 0 ? Math.min(numwant, offers.length) : offers.length,
    key: typeof key === 'string' ? key : null,
    rendezvous: fields['rendezvous'] !== 1 ? null : typeof numwant === 'number' && numwant >= 0 ? numwant : Infinity,
  }
}

function readOffers(value: unknown): { id: string; description: unknown }[] | null {
  if (isAbsent(value)) return []
  if (!Array.isArray(value)) return null
  const offers: { id: string; description: unknown }[] = []
  for (const item of value as unknown[]) {
    if (!isObject(item)) return null
    const { offer_id: id, offer: description } = item
    if (!isId(id) || !isDescription(description)) return null
    offers.push({ id, description })
  }
  return offers
}

function readSignal(fields: Fields, kind: 'answer' | 'dial', description: unknown): Reference | null {
  const { info_hash: infoHash, peer_id: peerId, to_peer_id: toPeerId, offer_id: offerId } = fields
  if (!isId(infoHash) || !isId(peerId) || !isId(toPeerId) || !isId(offerId) || !isDescription(description)) return null
  return { kind, infoHash, peerId, toPeerId, offerId, description }
}

const characters = (...codes: readonly (readonly [number, number])[]) =>
  fc.oneof(...codes.map(([min, max]) => fc.integer({ min, max }).map((code) => String.fromCharCode(code))))

const awkward = fc.constantFrom(...'"\\[]{}:,/\b\f\n\r\t\0\x1f\x7f\x80\xff'.split(''), '"offers":[', '}]}', '\\u0041')

/** 20 bytes, many of them awkward in JSON. */
export const ids: fc.Arbitrary<string> = fc
  .array(fc.oneof(awkward, characters([0, 255])), { minLength: 20, maxLength: 20 })
  .map((parts) => parts.join('').slice(0, 20))

/** Session descriptions: any UTF-16, lone surrogates too. */
export const sdps: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom('v=0\r\no=- 0 IN IP4 127.0.0.1\r\n', 'a=candidate:1 1 UDP 1 ::1 9 typ host\r\n', '"offer_id":"'),
      awkward,
      characters([0x20, 0x7e], [0x2028, 0x2029], [0xd7f0, 0xe010], [0, 0xffff]),
      fc.constantFrom('\u{1f600}', '\ud800', '\udfff', '\udc00\ud800'),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

/** Those that JSON.stringify writes without a bare surrogate: a lone one it escapes. */
export const stockSdps: fc.Arbitrary<string> = sdps.map((sdp) => sdp.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '?'))

/** An announce as bittorrent-tracker makes it: its keys in its order. */
export const stockAnnounces = (descriptions: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record({
    numwant: fc.integer({ min: 0, max: 10 }),
    uploaded: fc.nat(),
    downloaded: fc.nat(),
    left: fc.oneof(fc.nat(), fc.constant(null)),
    event: fc.constantFrom('started', 'completed', 'update'),
    action: fc.constant('announce'),
    info_hash: ids,
    peer_id: ids,
    offers: fc.array(
      fc.record(
        { offer: fc.record({ type: fc.constant('offer'), sdp: descriptions }), offer_id: ids },
        { noNullPrototype: true },
      ),
      { minLength: 1, maxLength: 5 },
    ),
  })

/** Announces that are mostly such as the fast path takes. */
export const announces: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 3, arbitrary: stockAnnounces(stockSdps) },
  { weight: 1, arbitrary: stockAnnounces(sdps) },
)

/** A text as some other JSON writer might write it: with `\u` escapes for some characters, none of them in a key. */
export const escapeSome = (text: string, every: number): string =>
  text.replace(/(?<!\\)[A-Z\x7f-\uffff]/g, (character, at: number) =>
    at % every === 0 ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : character,
  )

export type Mutation = (text: string) => string

const inserted = fc.oneof(
  awkward,
  fc.constantFrom(
    ...['null', 'true', '0', '-', '1e5', '1e999', '01', '+1', '{}', '[]', '""', ' ', '\ufeff', '\ud800', ',', '}'],
    ...['"offers":[],', '"\\u006fffers":5,', '"offers":null,', '"x":{"offers":[{"offer":"a","offer_id":"b"}]},'],
    ...['"rendezvous":1,', '"rendezvous":"1",', '"offer":"v=0",', '"offer":null,', `"to_peer_id":"${'t'.repeat(20)}",`],
    ...['"answer":"v=0",', '"answer":{"sdp":""},', '"key":"k",', '"__proto__":{"left":-1},', '"action":"scrape",'],
    ...['"left":-1,', '"numwant":-1,', '"numwant":1.5,', '"event":"stopped",', '"event":"no",', '"type":"x",'],
  ),
)
const places = fc.double({ min: 0, max: 1, noNaN: true })

/** Damage, and changes that leave JSON what it is. */
export const mutations: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(places, inserted).map(([place, part]): Mutation => (text) => {
    const at = Math.floor(place * text.length)
    return text.slice(0, at) + part + text.slice(at)
  }),
  // Between members, where what is inserted is likely to be well-formed.
  fc.tuple(fc.nat({ max: 20 }), inserted).map(([which, part]): Mutation => (text) => {
    const starts = Array.from(text.matchAll(/(?<=[{,])(?=")/g), ({ index }) => index)
    const at = starts[which % Math.max(1, starts.length)] ?? 0
    return text.slice(0, at) + part + text.slice(at)
  }),
  fc.tuple(fc.nat({ max: 5 }), inserted).map(([which, part]): Mutation => (text) => {
    const ends = Array.from(text.matchAll(/(?<=[}\]"0-9])(?=\})/g), ({ index }) => index)
    const at = ends[ends.length - 1 - (which % Math.max(1, ends.length))] ?? 0
    return `${text.slice(0, at)},${part.replace(/,$/, '')}${text.slice(at)}`
  }),
  fc.tuple(places, fc.integer({ min: 1, max: 5 })).map(([place, count]): Mutation => (text) => {
    const at = Math.floor(place * text.length)
    return text.slice(0, at) + text.slice(at + count)
  }),
  fc.tuple(places, fc.integer({ min: 0, max: 0xffff })).map(([place, code]): Mutation => (text) => {
    const at = Math.floor(place * text.length)
    return text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1)
  }),
  places.map(
    (place): Mutation =>
      (text) =>
        text.slice(0, Math.floor(place * text.length)),
  ),
  fc.integer({ min: 1, max: 9 }).map(
    (every): Mutation =>
      (text) =>
        escapeSome(text, every),
  ),
)
