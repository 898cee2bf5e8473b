import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeValue, encodeValue, type Value, ValueError } from '../../../protocol/mesh/value.ts'

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const roundTrip = (value: unknown): unknown => decodeValue(encodeValue(value))

/** What the decoder makes of bytes: a value, or `ValueError` itself; anything else that it throws fails the test. */
function outcome(bytes: Uint8Array): unknown {
  try {
    return decodeValue(bytes)
  } catch (error) {
    if (error instanceof ValueError) return ValueError
    throw error
  }
}

const typedArray = fc.oneof(
  fc.uint8Array(),
  fc.uint8ClampedArray(),
  fc.int8Array(),
  fc.uint16Array(),
  fc.int16Array(),
  fc.uint32Array(),
  fc.int32Array(),
  fc.bigInt64Array(),
  fc.bigUint64Array(),
  fc.float32Array(),
  fc.float64Array(),
)

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(undefined, null, true, false, -0, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 5e-324),
    fc.maxSafeInteger(),
    fc.double(),
    fc.bigInt(),
    fc.string({ unit: 'binary' }),
    fc.date({ noInvalidDate: true }),
    typedArray,
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '0')), tie('value'), {
      noNullPrototype: true,
    }),
    fc.array(fc.tuple(tie('value'), tie('value'))).map((entries) => new Map(entries)),
    fc.array(tie('value')).map((items) => new Set(items)),
  ),
}))

describe('V1: a value comes back as it was', () => {
  it('whatever it is', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeValue(value)
        const decoded = decodeValue(bytes)
        // Not vitest's equality, which asks a member `constructor` for the type.
        expect(isDeepStrictEqual(decoded, value)).toBe(true)
        expect(hexOf(encodeValue(decoded))).toBe(hexOf(bytes))
      }),
      { numRuns: 1000 },
    )
  })

  it('a date, to the millisecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (time) => {
        expect((roundTrip(new Date(time)) as Date).getTime()).toBe(time)
      }),
      { numRuns: 1000, examples: [[4_423_767_381_042_188], [8.64e15 - 1], [-8.64e15 + 1], [-1], [1]] },
    )
    expect((roundTrip(new Date(NaN)) as Date).getTime()).toBeNaN()
  })

  it('a large integer, in a time in proportion to its length', () => {
    for (const value of [1n << 2_000_000n, ~(1n << 2_000_000n)]) expect(roundTrip(value) === value).toBe(true)
  })

  it('text of every length of a head', () => {
    for (const length of [0, 7, 8, 23, 24, 85, 86, 255, 256, 65_535, 65_536]) {
      for (const unit of ['a', 'é', '€', '😀'])
        expect(roundTrip(unit.repeat(length)) === unit.repeat(length)).toBe(true)
    }
    expect(roundTrip('\ufeffmark')).toBe('\ufeffmark')
  })

  it('but for an ArrayBuffer, holes, lone surrogates, null prototypes, and what is held twice', () => {
    expect(roundTrip(new Uint8Array([1, 2]).buffer)).toStrictEqual(new Uint8Array([1, 2]))
    expect(roundTrip(Object.assign([], { 1: 'b' }))).toStrictEqual([undefined, 'b'])
    expect(roundTrip('a\ud800b')).toBe('a\ufffdb')
    expect(roundTrip(Object.assign(Object.create(null), { a: undefined }))).toStrictEqual({ a: undefined })
    const shared: Value = {}
    const [first, second] = roundTrip([shared, shared]) as [unknown, unknown]
    expect(first).not.toBe(second)
  })

  it('a part of a buffer, as that part alone and apart from the frame', () => {
    const whole = new Uint8Array([9, 9, 1, 0, 2, 0, 9, 9]).buffer
    expect(roundTrip(new Uint16Array(whole, 2, 2))).toStrictEqual(new Uint16Array([1, 2]))
    const frame = Buffer.concat([Buffer.from([0]), encodeValue([Buffer.from('ab'), new Uint16Array([1])])])
    const [bytes, words] = decodeValue(frame.subarray(1)) as [Uint8Array, Uint16Array]
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
    expect([bytes.buffer.byteLength, words.buffer.byteLength]).toEqual([2, 2])
    frame.fill(0)
    expect([...bytes, ...words]).toEqual([97, 98, 1])
  })

  it('a large payload, in a buffer without much more', () => {
    const data = new Uint8Array(1 << 20).map((_, index) => index * 7)
    const bytes = encodeValue({ id: 1, data, after: 'it' })
    expect(bytes.buffer.byteLength).toBeLessThan(bytes.length + 1024)
    expect(Buffer.compare((decodeValue(bytes) as { data: Uint8Array }).data, data)).toBe(0)
  })

  it('while a getter changes what is being read', () => {
    const list: unknown[] = [{ get grow() { return list.push(encodeValue(list.length).length) } }, 'last'] // prettier-ignore
    expect(roundTrip(list)).toStrictEqual([{ grow: 3 }, 'last'])
  })
})

describe('RFC 8949, appendix A', () => {
  it.each<[string, Value]>([
    ['00', 0],
    ['17', 23],
    ['1818', 24],
    ['18ff', 255],
    ['1903e8', 1000],
    ['1a000f4240', 1_000_000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['c249010000000000000000', 18_446_744_073_709_551_616n],
    ['c349010000000000000000', -18_446_744_073_709_551_617n],
    ['20', -1],
    ['3863', -100],
    ['3903e7', -1000],
    ['fb3ff199999999999a', 1.1],
    ['fbc010666666666666', -4.1],
    ['fb7e37e43c8800759c', 1e300],
    ['fb7ff0000000000000', Infinity],
    ['fb7ff8000000000000', NaN],
    ['fbfff0000000000000', -Infinity],
    ['f4', false],
    ['f5', true],
    ['f6', null],
    ['f7', undefined],
    ['c11a514b67b0', new Date(1_363_896_240_000)],
    ['c1fb41d452d9ec200000', new Date(1_363_896_240_500)],
    ['4401020304', new Uint8Array([1, 2, 3, 4])],
    ['60', ''],
    ['6449455446', 'IETF'],
    ['62c3bc', 'ü'],
    ['64f0908591', '\u{10151}'],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    ['a26161016162820203', { a: 1, b: [2, 3] }],
    ['826161a161626163', ['a', { b: 'c' }]],
  ])('%s', (hex, value) => {
    expect(hexOf(encodeValue(value))).toBe(hex)
    expect(decodeValue(fromHex(hex))).toStrictEqual(value)
  })

  it('maps, sets and typed arrays have the tags of their registries', () => {
    expect(hexOf(encodeValue(new Map([[1, 2]])))).toBe('d90103a10102')
    expect(hexOf(encodeValue(new Set([1, 2])))).toBe('d90102820102')
    expect(hexOf(encodeValue(new Uint16Array([1, 2])))).toBe('d8454401000200')
    expect(hexOf(encodeValue(new Float32Array([1])))).toBe('d855440000803f')
  })
})

describe('what cannot be sent is refused', () => {
  class Point {
    readonly x = 1
  }
  const cycle: unknown[] = []
  cycle.push(cycle, cycle)
  const nested = (depth: number): unknown => (depth === 0 ? 0 : new Map([[0, new Set([nested(depth - 1)])]]))
  const detached = new Uint8Array(4)
  structuredClone(detached, { transfer: [detached.buffer] })

  it.each<[string, unknown]>([
    ['a function', () => 0],
    ['a symbol', Symbol.iterator],
    ['an instance', new Point()],
    ['an error', new Error('no')],
    ['a regular expression', /a/],
    ['a promise', Promise.resolve()],
    ['a boxed number', Object(1)],
    ['a DataView', new DataView(new ArrayBuffer(1))],
    ['shared memory', new SharedArrayBuffer(1)],
    ['a detached array', detached],
    ['a cycle', cycle],
    ['51 sets in maps', nested(51)],
    ['a getter that throws', { get a() { throw new Error('no') } }], // prettier-ignore
  ])('%s', (_, value) => {
    for (const bad of [value, [value], { value }, new Map([[value, 0]]), new Set([value])]) {
      expect(() => encodeValue(bad)).toThrow(ValueError)
    }
    expect(() => encodeValue(value)).toThrow(expect.objectContaining({ code: 'ERR_VALUE', name: 'ValueError' }))
  })

  it('but a depth of 100 is served', () => {
    expect(roundTrip(nested(50))).toStrictEqual(nested(50))
  })
})

describe('bytes that are no value', () => {
  it('are refused with a ValueError, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        outcome(bytes)
      }),
      { numRuns: 5000 },
    )
  })

  it('are refused or another value where one byte of a value is wrong', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, position, flip) => {
        const bytes = encodeValue(value)
        const index = position % bytes.length
        bytes[index] = (bytes[index] ?? 0) ^ flip
        const decoded = outcome(bytes)
        if (decoded === ValueError) return
        const again = encodeValue(decoded)
        expect(hexOf(encodeValue(decodeValue(again)))).toBe(hexOf(again))
      }),
      { numRuns: 2000 },
    )
  })

  it('are refused where they are cut short or go on', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 }), (value, position, more) => {
        const bytes = encodeValue(value)
        expect(() => decodeValue(bytes.subarray(0, position % bytes.length))).toThrow(ValueError)
        expect(() => decodeValue(new Uint8Array([...bytes, ...more]))).toThrow(ValueError)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['nothing', ''],
    ['an array of 2³² items and more', '9b 00000000 ffffffff ff'],
    ['an array of 2⁶⁴ − 1 items', '9b ffffffffffffffff'],
    ['an object of 2³¹ members', 'ba 7fffffff 60 00'],
    ['bytes of 2 GiB', '5a 7fffffff 00'],
    ['a text of 2⁵³ − 1 bytes', '7b 001fffffffffffff 00'],
    ['bombs in bombs', '9a 00000fff '.repeat(100)],
    ['101 arrays', '81'.repeat(101) + '00'],
    ['a million arrays', '81'.repeat(1_000_000)],
    ['a million tags', 'c1'.repeat(1_000_000)],
    ['an integer that is not safe', '1b 0020000000000000'],
    ['an indefinite length', '9f 00 ff'],
    ['a break', 'ff'],
    ['a reserved length', '1c'],
    ['a half float', 'f9 3c00'],
    ['a simple value in two bytes', 'f8 14'],
    ['an unknown simple value', 'f3'],
    ['an unknown tag', 'd9 d9f7 00'],
    ['a map tag on a map tag', 'd9 0103 d9 0103 a0'],
    ['a map tag on an array', 'd9 0103 80'],
    ['a set tag on an object', 'd9 0102 a0'],
    ['a date of text', 'c1 60'],
    ['a bigint of a number', 'c2 01'],
    ['words of three bytes', 'd8 45 43 010203'],
    ['a key that is no text', 'a1 01 02'],
    ['a text that is no UTF-8', '61 ff'],
    ['a surrogate in UTF-8', '63 eda080'],
  ])('%s', (_, hex) => {
    const bytes = fromHex(hex)
    const start = performance.now()
    expect(() => decodeValue(bytes)).toThrow(ValueError)
    expect(performance.now() - start).toBeLessThan(100)
  })

  it('pollute no prototype', () => {
    const bytes = fromHex('a2 69 5f5f70726f746f5f5f a1 6161 01 6b 636f6e7374727563746f72 02')
    const decoded = decodeValue(bytes) as object
    expect(Object.keys(decoded)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    expect('a' in decoded || 'a' in {}).toBe(false)
    expect(hexOf(encodeValue(decoded))).toBe(hexOf(bytes))
  })

  it('have the last of two equal keys', () => {
    expect(decodeValue(fromHex('a2 6161 01 6161 02'))).toStrictEqual({ a: 2 })
  })
})

describe('V2: a value has a bounded number of parts', () => {
  const many = (count: number) => Array.from({ length: count }, () => new Uint8Array())

  it('as many as may be come back', () => {
    expect(roundTrip(many(131_071))).toHaveLength(131_071)
  })

  it('one more is refused by whoever writes it', () => {
    expect(() => encodeValue(many(131_072))).toThrow(ValueError)
  })

  it('one more is refused by whoever reads it', () => {
    // An array of 131,072 empty byte strings.
    const bytes = new Uint8Array(5 + 131_072).fill(0x40)
    bytes.set([0x9a, 0x00, 0x02, 0x00, 0x00])
    expect(outcome(bytes)).toBe(ValueError)
  })

  it('numbers and texts do not count', () => {
    expect(roundTrip(Array.from({ length: 200_000 }, (_, index) => index))).toHaveLength(200_000)
  })
})
