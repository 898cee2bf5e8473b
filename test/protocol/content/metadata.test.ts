import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeMetadata, encodeMetadata, isPieceLength, layOut } from '../../../protocol/content/metadata.ts'
import { MAX_METADATA } from '../../../protocol/content/release.ts'
import { bencode, type Bencodable, toBytes } from '../../../protocol/http/bencode.ts'
import { metadataBytes, metadataOf } from './examples.ts'

const PIECE = 16_384
const hash = (number: number) => String.fromCharCode(number).repeat(32)
const pad = (length: number, name = `${length}`): Bencodable => ({ attr: 'p', length, path: ['.pad', name] })
const file = (path: string, length: number, more: Record<string, Bencodable> = {}): Bencodable => ({
  length,
  path: path.split('/'),
  sha256: hash(1),
  ...more,
})

/** An info dictionary with these files, and a hash for each piece that they fill. */
function info(
  files: readonly Bencodable[],
  pieces: number,
  more: Record<string, Bencodable | undefined> = {},
): Uint8Array {
  return toBytes(bencode({ files, name: 'app', 'piece length': PIECE, pieces: 'x'.repeat(20 * pieces), ...more }))
}

describe('U8: metadata', () => {
  it('is exactly these bytes', () => {
    const bytes = metadataBytes({ 'b/c': 3, a: 16_383, z: 0 })
    const expected =
      `d5:filesl` +
      `d6:lengthi16383e4:pathl1:ae6:sha25632:${hash(0)}e` +
      `d4:attr1:p6:lengthi1e4:pathl4:.pad1:1eed6:lengthi3e4:pathl1:b1:ce6:sha25632:${hash(1)}e` +
      `d4:attr1:p6:lengthi16381e4:pathl4:.pad5:16381eed6:lengthi0e4:pathl1:ze6:sha25632:${hash(2)}e` +
      `e4:name3:app12:piece lengthi16384e6:pieces40:${'\x05'.repeat(40)}e`
    expect(Buffer.from(bytes).toString('latin1')).toBe(expected)
  })

  it('puts each file at the beginning of a piece', () => {
    expect(layOut([5, 0, PIECE, PIECE + 1, 0, 2], PIECE)).toEqual({
      offsets: [0, PIECE, PIECE, 2 * PIECE, 4 * PIECE, 4 * PIECE],
      length: 4 * PIECE + 2,
    })
    expect(layOut([], PIECE)).toEqual({ offsets: [], length: 0 })
  })

  it('comes back as it was', () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    const lengths = fc.dictionary(name, fc.integer({ min: 0, max: 5 * PIECE }), { minKeys: 1, maxKeys: 20 })
    fc.assert(
      fc.property(lengths, fc.array(fc.nat(19)), (files, chosen) => {
        const executable = Object.keys(files).filter((_, index) => chosen.includes(index))
        const metadata = metadataOf(files, PIECE, executable)
        expect(decodeMetadata(encodeMetadata(metadata))).toEqual(metadata)
      }),
    )
    const named = { ...metadataOf({ 'ä/日本': 2 * PIECE }), name: 'Größe 👍' }
    expect(decodeMetadata(encodeMetadata(named))).toEqual(named)
  })

  it('says of a file that it is executable, and of any other nothing', () => {
    const bytes = encodeMetadata(metadataOf({ app: 1, run: 2 }, PIECE, ['run']))
    const expected =
      `d5:filesl` +
      `d6:lengthi1e4:pathl3:appe6:sha25632:${hash(0)}e` +
      `d4:attr1:p6:lengthi16383e4:pathl4:.pad5:16383ee` +
      `d4:attr1:x6:lengthi2e4:pathl3:rune6:sha25632:${hash(1)}e` +
      `e4:name3:app12:piece lengthi16384e6:pieces40:${'\x05'.repeat(40)}e`
    expect(Buffer.from(bytes).toString('latin1')).toBe(expected)
  })

  it.each([
    ['', false],
    ['h', false],
    ['X', false],
    ['\xff\x00', false],
    ['x', true],
    ['hx', true],
    ['xzx', true],
  ])('may have attributes that we do not know: %j', (attr, isExecutable) => {
    const hidden = { ...(pad(PIECE - 1) as object), attr: 'ph' }
    const files = [file('a', 1, { attr }), hidden, file('b', 1)]
    expect(decodeMetadata(info(files, 2))?.files).toMatchObject([
      { path: 'a', isExecutable },
      { path: 'b', isExecutable: false },
    ])
  })

  it('may have keys that we do not know', () => {
    const strange = [1, 'x', [[]], { deep: { er: [0] } }, -3, 0]
    const bytes = info([file('a', 1, { ctime: 5, zzz: strange })], 1, { private: 1, source: 'x', zz: strange })
    expect(decodeMetadata(bytes)).toMatchObject({ name: 'app', length: 1, files: [{ path: 'a' }] })
  })

  it.each<[string, Uint8Array]>([
    ['of no files', info([], 0)],
    ['without a list of files', info([file('a', 1)], 1, { files: undefined })],
    ['of one file instead of a list', info([file('a', 1)], 1, { length: 1 })],
    ['with a tree of files beside', info([file('a', 1)], 1, { 'file tree': {} })],
    ['without a name', info([file('a', 1)], 1, { name: undefined })],
    ['with a name that leads out', info([file('a', 1)], 1, { name: '..' })],
    ['with a name that is no UTF-8', info([file('a', 1)], 1, { name: '\xff' })],
    ['with pieces of no power of two', info([file('a', 1)], 1, { 'piece length': PIECE + 1 })],
    ['with pieces that are too small', info([file('a', 1)], 1, { 'piece length': PIECE / 2 })],
    ['with pieces that are too large', info([file('a', 1)], 1, { 'piece length': 8_388_608 })],
    ['without pieces', info([file('a', 1)], 1, { pieces: undefined })],
    ['with a piece too few', info([file('a', PIECE + 1)], 1)],
    ['with a piece too many', info([file('a', PIECE)], 2)],
    ['with half a hash', info([file('a', 1)], 1, { pieces: 'x'.repeat(19) })],
    ['with a file amid a piece', info([file('a', 1), file('b', 1)], 1)],
    ['with an empty file amid a piece', info([file('a', 1), file('b', 0)], 1)],
    ['with too little padding', info([file('a', 1), pad(PIECE - 2), file('b', 1)], 2)],
    ['with too much padding', info([file('a', 1), pad(2 * PIECE - 1), file('b', 1)], 3)],
    ['with padding where none is needed', info([file('a', PIECE), pad(PIECE), file('b', 1)], 3)],
    ['with padding of nothing', info([file('a', PIECE), pad(0), file('b', 1)], 2)],
    ['with padding first', info([pad(PIECE), file('a', 1)], 2)],
    ['with padding last', info([file('a', 1), pad(PIECE - 1)], 1)],
    ['with padding under another name', info([file('a', 1), pad(PIECE - 1, '7'), file('b', 1)], 2)],
    [
      'with padding that has a hash',
      info([file('a', 1), { ...(pad(PIECE - 1) as object), sha256: hash(1) }, file('b', 1)], 2),
    ],
    ['with a link', info([file('a', 1, { attr: 'l', 'symlink path': ['b'] })], 1)],
    ['with a link that is executable', info([file('a', 1, { attr: 'xl' })], 1)],
    [
      'with padding that is a link',
      info([file('a', 1), { ...(pad(PIECE - 1) as object), attr: 'lp' }, file('b', 1)], 2),
    ],
    ['with a file that is padding too', info([file('a', 1, { attr: 'px' })], 1)],
    ['with attributes without end', info([file('a', 1, { attr: 'x'.repeat(1025) })], 1)],
    ['with a file without a hash', info([{ length: 1, path: ['a'] }], 1)],
    ['with a short hash', info([file('a', 1, { sha256: 'x'.repeat(31) })], 1)],
    ['with a long hash', info([file('a', 1, { sha256: 'x'.repeat(33) })], 1)],
    ['with a file without a length', info([{ path: ['a'], sha256: hash(1) }], 1)],
    ['with a length below zero', info([file('a', -1)], 1)],
    ['with a length that no number holds', info([file('a', 2 ** 53)], 1)],
    ['with a file without a path', info([{ length: 1, sha256: hash(1) }], 1)],
    ['with a path that leads out', info([file('../a', 1)], 1)],
    ['with an absolute path', info([file('/a', 1)], 1)],
    ['with a slash in a name', info([file('', 1, { path: ['a/b'] })], 1)],
    ['with a path that is no UTF-8', info([file('\xff', 1)], 1)],
    ['with a path of a million names', info([file('a/'.repeat(1_000_000), 1)], 1)],
    ['with files that are out of order', info([file('b', PIECE), file('a', 1)], 2)],
    ['with the same file twice', info([file('a', PIECE), file('a', 1)], 2)],
    ['with files that differ in case', info([file('A', PIECE), file('a', 1)], 2)],
    ['with a file that is a folder too', info([file('a', PIECE), file('a/b', 1)], 2)],
    ['with a file of our own', info([file('.edgeswarm/x', 1)], 1)],
  ])('%s is none', (_, bytes) => {
    expect(decodeMetadata(bytes)).toBeNull()
  })

  const text = Buffer.from(metadataBytes({ a: 1 })).toString('latin1')
  it.each([
    ['nothing', ''],
    ['something behind it', `${text}e`],
    ['no end', text.slice(0, -1)],
    ['keys out of order', text.replace(/^(d)(5:files.*)(4:name3:app)/s, '$1$3$2')],
    ['a key twice', text.replace('4:name3:app', '4:name3:app4:name3:app')],
    ['a leading zero in a length', text.replace('4:name3:app', '4:name03:app')],
    ['a leading zero in a number', text.replace('i16384e', 'i016384e')],
    ['a minus zero', text.replace('4:name3:app', '4:name3:app4:nulli-0e')],
    ['no number', text.replace('i16384e', 'ie')],
    ['a string longer than what is left', text.replace('4:name3:app', '4:name999999:app')],
    ['a length of many digits', text.replace('4:name3:app', `4:name${'9'.repeat(400)}:app`)],
    ['a nesting without end', text.replace('4:name3:app', `4:name3:app4:nest${'l'.repeat(100_000)}`)],
    ['a key that is a number', text.replace('4:name3:app', '4:name3:appi5e')],
  ])('with %s is none', (_, text) => {
    expect(decodeMetadata(toBytes(text))).toBeNull()
  })

  it('is read from any bytes, and from any cut and changed ones, without a throw', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeMetadata(bytes) === null))
    const right = metadataBytes({ a: 1, b: 2, 'c/d': 3 })
    fc.assert(fc.property(fc.nat(right.length - 1), (end) => decodeMetadata(right.subarray(0, end)) === null))
    fc.assert(
      fc.property(fc.nat(right.length - 1), fc.nat(255), (at, byte) => {
        const changed = Uint8Array.from(right)
        changed[at] = byte
        const metadata = decodeMetadata(changed)
        if (metadata) expect(encodeMetadata(metadata)).toEqual(changed)
      }),
    )
  })

  it('of 100,000 files is read, and of one more is not', () => {
    const lengths = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`d/${index}`, 1]))
    expect(decodeMetadata(metadataBytes(lengths(100_000)))?.files).toHaveLength(100_000)
    expect(decodeMetadata(metadataBytes(lengths(100_001)))).toBeNull()
  })

  it('of more than 32 MiB is not read', () => {
    const text = (length: number) => info([file('a', 1)], 1, { zzz: ' '.repeat(length) })
    const rest = text(33_000_000).length - 33_000_000
    expect(decodeMetadata(text(MAX_METADATA - rest))).not.toBeNull()
    expect(decodeMetadata(text(MAX_METADATA - rest + 1))).toBeNull()
  })

  it('has an info hash that depends on nothing but the files', () => {
    const digest = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex')
    expect(digest(metadataBytes({ a: 1, b: 2 }))).toBe(digest(metadataBytes({ b: 2, a: 1 })))
  })
})

it('U8: a piece has a power of two of bytes', () => {
  expect([16_384, 65_536, 4_194_304].every(isPieceLength)).toBe(true)
  expect([0, 1, 8192, 16_385, 8_388_608, 98_304, Number.NaN, Number.POSITIVE_INFINITY].some(isPieceLength)).toBe(false)
})
