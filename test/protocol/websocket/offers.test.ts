import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutOffers } from '../../../protocol/websocket/offers.ts'
import { announces, type Mutation, mutations, sdps, stockAnnounces, stockSdps } from './reference.ts'

const ID = 'i'.repeat(20)
const STOCK = `{"action":"announce","numwant":1,"offers":[{"offer":{"type":"offer","sdp":"v=0"},"offer_id":"${ID}"}],"left":0}`

/** The members of an object in another order. */
const shuffled = (announce: Record<string, unknown>, order: readonly number[]): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(announce)
      .map((member, index) => [order[index] ?? 0, member] as const)
      .sort(([one], [other]) => one - other)
      .map(([, member]) => member),
  )

const orders = fc.array(fc.double({ noNaN: true }), { minLength: 9, maxLength: 9 })
const mutate = (text: string, changes: readonly Mutation[]) =>
  changes.reduce((changed, change) => change(changed), text)

/** If the text is cut, it is JSON, and what was cut out and left over is what JSON.parse finds. */
function checkCut(text: string): boolean {
  const cut = cutOffers(text)
  if (!cut) return false
  let whole: Record<string, unknown>
  try {
    whole = JSON.parse(text) as Record<string, unknown>
  } catch {
    // What is left over must then be no JSON either: the caller parses it.
    expect(() => JSON.parse(cut.head) as unknown).toThrow()
    return true
  }
  expect(JSON.parse(cut.head)).toStrictEqual({ ...whole, offers: [] })
  const offers = cut.offers.map(({ id, idJson, description }) => {
    expect(JSON.parse(idJson)).toBe(id)
    return { offer: JSON.parse(description) as unknown, offer_id: id }
  })
  expect(offers).toStrictEqual(whole['offers'])
  return true
}

describe('M6: the offers that are cut out of an announce', () => {
  it('are those that JSON.parse finds, in stock announces with their keys in any order', () => {
    fc.assert(
      fc.property(stockAnnounces(stockSdps), orders, (announce, order) => {
        expect(checkCut(JSON.stringify(announce))).toBe(true)
        expect(checkCut(JSON.stringify(shuffled(announce, order)))).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('are those that JSON.parse finds, whatever is in a session description', () => {
    fc.assert(
      fc.property(stockAnnounces(sdps), (announce) => {
        // A surrogate that is not escaped is left to JSON.parse.
        const text = JSON.stringify(announce)
        expect(checkCut(text)).toBe(!/[\ud800-\udfff]/.test(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('are those that JSON.parse finds, or nothing is cut, whatever happened to the text', () => {
    let cuts = 0
    fc.assert(
      fc.property(announces, fc.array(mutations, { minLength: 1, maxLength: 2 }), (announce, changes) => {
        if (checkCut(mutate(JSON.stringify(announce), changes))) cuts++
      }),
      { numRuns: 4000 },
    )
    // The property would hold for a cutter that always gives up.
    expect(cuts).toBeGreaterThan(100)
  })

  it('leave the rest of the text as it was', () => {
    expect(cutOffers(STOCK)).toEqual({
      head: '{"action":"announce","numwant":1,"offers":[],"left":0}',
      offers: [{ id: ID, idJson: `"${ID}"`, description: '{"type":"offer","sdp":"v=0"}' }],
    })
  })

  it('keep their escapes', () => {
    const text = STOCK.replace('v=0', String.raw`\u00e9\ud800\n\/`).replace(ID, String.raw`${'i'.repeat(19)}\u00ff`)
    expect(cutOffers(text)?.offers).toEqual([
      {
        id: `${'i'.repeat(19)}\u00ff`,
        idJson: String.raw`"${'i'.repeat(19)}\u00ff"`,
        description: String.raw`{"type":"offer","sdp":"\u00e9\ud800\n\/"}`,
      },
    ])
  })

  it.each([
    ['a second offers before', STOCK.replace('{', '{"offers":[],')],
    ['a second offers after', STOCK.replace(/\}$/, ',"offers":[]}')],
    ['a second offers with an escape', STOCK.replace(/\}$/, String.raw`,"\u006fffers":[]}`)],
    ['offers of another object', `{"a":${STOCK}}`],
    ['no offers', STOCK.replace(/\{"offer".*\]/, ']')],
    ['a comma too many', STOCK.replace('}]', '},]')],
    ['a space', STOCK.replace(':[', ': [')],
    ['something behind', `${STOCK}{}`],
    ['a lone surrogate', STOCK.replace('v=0', '\ud800')],
    ['a control character', STOCK.replace('v=0', '\n')],
    ['a wrong escape', STOCK.replace('v=0', String.raw`\x41`)],
    ['a \\u escape that is cut off', STOCK.replace('v=0', String.raw`\u00e`)],
    ['an offer id that is too long', STOCK.replace(ID, `${ID}i`)],
    ['an offer id above U+00FF', STOCK.replace(ID, ID.replace('i', '\u0100'))],
    ['a session description with more in it', STOCK.replace('"sdp"', '"x":1,"sdp"')],
  ])('are left to JSON.parse with %s', (_, text) => {
    expect(cutOffers(text)).toBeNull()
  })

  it('are cut, or not, within the time that a test may take, however long the text', () => {
    for (const part of ['\\n', '\\u0041', '"', '\\"', '{"offer":', '"a":1,', '\\']) {
      checkCut(STOCK.replace('v=0', part.repeat(100_000)))
      checkCut(STOCK.replace('{', `{${part.repeat(100_000)}`))
      checkCut(STOCK + part.repeat(100_000))
    }
  })
})
