import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseQuery } from '../../../protocol/http/query.ts'

/** Bytes that may stand in a query as they are: all of RFC 3986's, and what URL parsers leave besides. */
const RAW = /^[A-Za-z0-9\-._~!$'()*,;:@/?[\]{}|\\^`+]$/

interface WrittenByte {
  readonly byte: number
  readonly raw: boolean
  readonly upper: readonly [boolean, boolean]
}

const written = fc.array(
  fc.record({ byte: fc.integer({ min: 0, max: 255 }), raw: fc.boolean(), upper: fc.tuple(fc.boolean(), fc.boolean()) }),
  { maxLength: 25 },
)

function write({ byte, raw, upper }: WrittenByte): string {
  const character = String.fromCharCode(byte)
  if (raw && RAW.test(character)) return character
  const hex = byte.toString(16).padStart(2, '0')
  return `%${upper[0] ? hex.charAt(0).toUpperCase() : hex.charAt(0)}${upper[1] ? hex.charAt(1).toUpperCase() : hex.charAt(1)}`
}

const textOf = (bytes: readonly WrittenByte[]): string => bytes.map(write).join('')
const binaryOf = (bytes: readonly WrittenByte[]): string => String.fromCharCode(...bytes.map(({ byte }) => byte))

it('H1: any bytes come out as they went in, in either case of hex and raw where that is legal', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(written, written), { minLength: 1, maxLength: 5 }), (parameters) => {
      const raw = parameters.map(([name, value]) => `${textOf(name)}=${textOf(value)}`).join('&')
      const expected = new Map<string, string[]>()
      for (const [name, value] of parameters) {
        expected.set(binaryOf(name), [...(expected.get(binaryOf(name)) ?? []), binaryOf(value)])
      }
      expect(parseQuery(raw)).toEqual(expected)
    }),
    { numRuns: 2000 },
  )
})

it.each(['%', '%2', 'a=%', 'a=%4', 'a=%4g', 'a=%g4', 'a=%%41', 'a=%u0041', 'a%=1', 'a=1&b=%', '%zz=1', 'a=% 41'])(
  'H1: refuses %s',
  (raw) => {
    expect(parseQuery(raw)).toBeNull()
  },
)

it('H1: refuses any query once one of its percent-encodings is cut off', () => {
  fc.assert(
    fc.property(written, fc.constantFrom('%', '%4', '%f'), (bytes, cut) => {
      expect(parseQuery(`a=${textOf(bytes)}${cut}`)).toBeNull()
    }),
  )
})

it('H1: a plus sign is a plus sign', () => {
  expect(parseQuery('a=1+2%2B3%20')).toEqual(new Map([['a', ['1+2+3 ']]]))
})

it.each([
  ['', []],
  ['&&', []],
  ['a', [['a', ['']]]],
  ['a=', [['a', ['']]]],
  ['=1', [['', ['1']]]],
  ['a=b=c', [['a', ['b=c']]]],
  [
    'a=1&b=2&a=3',
    [
      ['a', ['1', '3']],
      ['b', ['2']],
    ],
  ],
  ['%61=%31', [['a', ['1']]]],
  ['a=%2541', [['a', ['%41']]]],
  ['__proto__=1', [['__proto__', ['1']]]],
])('reads %j', (raw, expected) => {
  expect([...(parseQuery(raw) ?? [])]).toEqual(expected)
})
