import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkRelease,
  decodeRelease,
  encodeRelease,
  MAX_RELEASE,
  type Release,
} from '../../../protocol/content/release.ts'
import { keyOf, releaseOf } from './examples.ts'

const url = 'https://cdn.example.com/a/'
const long = (length: number) => 'x'.repeat(length)

const right: readonly Partial<Release>[] = [
  {},
  { channel: 'a', version: 'ä', name: 'Größe 2', summary: '', tags: [], isPublic: false },
  { channel: `0${'a._-'.repeat(15)}abc`, version: long(64), name: long(128), summary: long(500) },
  { tags: Array.from({ length: 16 }, () => long(32)), webSeeds: Array.from({ length: 16 }, () => url) },
  { number: Number.MAX_SAFE_INTEGER, published: 0, expires: 8.64e15, bytes: 0, files: 100_000 },
  {
    metadata: {
      sha256: '0f'.repeat(32),
      length: 33_554_432,
      urls: Array.from({ length: 8 }, () => 'http://[::1]:8/?a=b'),
    },
  },
  { key: keyOf(2), previous: '01'.repeat(32), successor: keyOf(3) },
]

describe('U1: a release', () => {
  it.each(right)('%j comes back as it was', (changes) => {
    const release = releaseOf(changes)
    expect(checkRelease(release)).toBeNull()
    expect(decodeRelease(encodeRelease(release))).toEqual(release)
  })

  const { metadata } = releaseOf()
  it.each<[keyof Release, readonly unknown[]]>([
    ['format', [0, 2, '1', null]],
    [
      'publisher',
      ['', keyOf(1).slice(1), `${keyOf(1)}A`, keyOf(1).replace(/.$/, 'B'), `${keyOf(1).slice(1)}=`, 7, null],
    ],
    ['key', [null, `${keyOf(1)}\n`]],
    ['channel', ['', 'Stable', '-a', '.a', 'a/b', 'a b', 'a\n', long(65), 'ä']],
    ['version', ['', long(65), '1\n', '1\u0007', '\u202e1', '\ud800', 1]],
    ['number', [0, -1, 1.5, 2 ** 53, '1', null]],
    ['published', [-1, 0.5, 9e15, '2026-01-01', null]],
    ['expires', [releaseOf().published, 8.64e15 + 1, null]],
    ['name', ['', '.', '..', 'a/b', 'a\\b', 'nul', 'a.', long(129), 'a\0', 'e\u0301']],
    ['summary', [long(501), 'a\nb', '\u2066', null]],
    ['tags', ['app', Array.from({ length: 17 }, () => 'a'), [''], [long(33)], [1], ['a\n'], null]],
    ['isPublic', [1, 'true', null]],
    ['infoHash', ['AB'.repeat(20), long(40), 'ab'.repeat(19), `${'ab'.repeat(20)}\n`, null]],
    ['bytes', [-1, 2 ** 53, 0.5, null]],
    ['files', [0, 100_001, null]],
    ['previous', ['', 'AB'.repeat(32), 'ab'.repeat(31), 5]],
    ['successor', ['', keyOf(1), 'x', 5]],
    [
      'webSeeds',
      [
        url,
        Array.from({ length: 17 }, () => url),
        ...[
          'https://a',
          'ftp://a/',
          'https://a/?x/',
          'https://a/#/',
          'https://u@a/',
          '//a/',
          'https:///',
          'http://a:x/',
        ].map((seed) => [seed]),
        [`https://a/${long(2048)}/`],
        ['javascript:alert(1)/'],
        ['https://a/ b/'],
        ['https://a\\@b/'],
      ],
    ],
    [
      'metadata',
      [
        null,
        [],
        { ...metadata, sha256: long(64) },
        { ...metadata, length: 0 },
        { ...metadata, length: 33_554_433 },
        { ...metadata, urls: undefined },
        { ...metadata, urls: ['file:///etc/passwd'] },
        { ...metadata, urls: Array.from({ length: 9 }, () => url) },
      ],
    ],
  ])('with a wrong %s is none', (field, values) => {
    for (const value of values) {
      const release = { ...releaseOf(), [field]: value }
      expect(checkRelease(release), JSON.stringify(value)).toMatch(new RegExp(`^${field} must`))
      expect(decodeRelease(JSON.stringify(release))).toBeNull()
    }
    expect(decodeRelease(JSON.stringify({ ...releaseOf(), [field]: undefined }))).toBeNull()
  })

  it('may have fields of a later version, which are left out', () => {
    const { metadata } = releaseOf()
    const later = { ...releaseOf(), dance: 1, metadata: { ...metadata, more: true } }
    expect(decodeRelease(JSON.stringify(later))).toEqual(releaseOf())
  })

  it('may have 64 KiB of text and no more', () => {
    const text = encodeRelease(releaseOf())
    expect(decodeRelease(text.padEnd(MAX_RELEASE))).toEqual(releaseOf())
    expect(decodeRelease(text.padEnd(MAX_RELEASE + 1))).toBeNull()
    const umlauts = JSON.stringify({ ...releaseOf(), more: 'ä'.repeat(MAX_RELEASE / 2) })
    expect(decodeRelease(umlauts)).toBeNull()
  })

  it('is read from any text without a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' })),
        (text) => decodeRelease(text) === null,
      ),
    )
    const field = fc.constantFrom(...(Object.keys(releaseOf()) as (keyof Release)[]))
    fc.assert(
      fc.property(field, fc.jsonValue(), (name, value) => {
        const release = decodeRelease(JSON.stringify({ ...releaseOf(), [name]: value }))
        return release === null || checkRelease(release) === null
      }),
    )
  })
})
