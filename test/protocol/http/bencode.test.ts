import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bencode, type Bencodable, toBytes } from '../../../protocol/http/bencode.ts'

type Decoded = number | string | Decoded[] | { [key: string]: Decoded }

/** A strict reader of BEP 3, written apart from the writer: it refuses unsorted keys and numbers in any other form. */
class Decoder {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Decoded {
    const value = this.#value()
    if (this.#at !== this.#text.length) throw new Error(`something follows at ${this.#at}`)
    return value
  }

  #value(): Decoded {
    switch (this.#text.charAt(this.#at)) {
      case 'i':
        return Number(this.#match(/i(0|-?[1-9][0-9]*)e/y))
      case 'l':
        return this.#list()
      case 'd':
        return this.#dictionary()
      default:
        return this.#string()
    }
  }

  #string(): string {
    const length = Number(this.#match(/(0|[1-9][0-9]*):/y))
    const start = this.#at
    this.#at += length
    if (this.#at > this.#text.length) throw new Error('a string is cut off')
    return this.#text.slice(start, this.#at)
  }

  #list(): Decoded[] {
    this.#at++
    const items: Decoded[] = []
    while (!this.#ends()) items.push(this.#value())
    return items
  }

  #dictionary(): Record<string, Decoded> {
    this.#at++
    const members: [string, Decoded][] = []
    let last: string | null = null
    while (!this.#ends()) {
      const key = this.#string()
      if (last !== null && Buffer.compare(Buffer.from(last, 'latin1'), Buffer.from(key, 'latin1')) >= 0) {
        throw new Error('keys are not sorted')
      }
      last = key
      members.push([key, this.#value()])
    }
    return Object.fromEntries(members)
  }

  #ends(): boolean {
    const ends = this.#text.charAt(this.#at) === 'e'
    if (ends) this.#at++
    return ends
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at
    const [all = '', group = ''] = pattern.exec(this.#text) ?? []
    if (all === '') throw new Error(`not what BEP 3 wants at ${this.#at}`)
    this.#at += all.length
    return group
  }
}

const binary = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1'))

const { value: values } = fc.letrec<{ value: Bencodable }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.maxSafeNat(),
    binary,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.oneof(binary, fc.constantFrom('1', '10', '9', 'a', 'A', '\xff', '')), tie('value'), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
  ),
}))

it('H11: what is bencoded reads as it was', () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(new Decoder(bencode(value)).read()).toEqual(value)
    }),
    { numRuns: 2000 },
  )
})

it.each([
  [0, 'i0e'],
  [-5, 'i-5e'],
  [1800, 'i1800e'],
  ['', '0:'],
  ['spam', '4:spam'],
  ['\0\xff', '2:\0\xff'],
  [[], 'le'],
  [['a', 1], 'l1:ai1ee'],
  [{}, 'de'],
  [{ b: 1, a: 'x', B: [] }, 'd1:Ble1:a1:x1:bi1ee'],
  [{ 10: 1, 9: 2, 1: 3 }, 'd1:1i3e2:10i1e1:9i2ee'],
  [{ a: undefined, b: 0 }, 'd1:bi0ee'],
])('%j is %s', (value, expected) => {
  expect(bencode(value)).toBe(expected)
})

it('a binary string is a byte for each character', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(toBytes(Buffer.from(bytes).toString('latin1'))).toEqual(Uint8Array.from(bytes))
    }),
  )
})
