import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatUpload } from '../../../../protocol/content/origin.ts'
import { toBase64Url } from '../../../../protocol/content/text.ts'
import { parseSettings } from '../../../../worker/core/limits.ts'
import { mediaType } from '../../../../protocol/content/media-type.ts'
import { contentRange, entityTags, parseRange, partOf, strongTag } from '../../../../protocol/content/range.ts'
import { admitUpload, MAX_UPLOAD, uploadWithin } from '../../../../worker/core/origin/upload.ts'
import { keyOf, NOW } from '../../../protocol/content/examples.ts'

describe('U14: ranges', () => {
  it.each([
    ['bytes=0-0', { offset: 0, length: 1 }],
    [' bytes=5-9 ', { offset: 5, length: 5 }],
    ['bytes=5-', { offset: 5 }],
    ['bytes=-5', { suffix: 5 }],
    ['bytes=9-5', null],
    ['bytes=-', null],
    ['bytes=0-1,2-3', null],
    ['bytes=0x1-2', null],
    ['bytes=0-99999999999999999999', null],
    ['items=0-1', null],
    [null, null],
  ])('%j', (header, range) => {
    expect(parseRange(header)).toEqual(range)
  })

  it('name a part of what is there, or none', () => {
    expect(partOf({ offset: 0 }, 0)).toBeNull()
    expect(partOf({ suffix: 0 }, 5)).toBeNull()
    expect(partOf({ suffix: 3 }, 0)).toBeNull()
    const asked = fc.oneof(
      fc.record({ offset: fc.nat(30), length: fc.integer({ min: 1, max: 30 }) }),
      fc.record({ offset: fc.nat(30) }),
      fc.record({ suffix: fc.nat(30) }),
    )
    fc.assert(
      fc.property(asked, fc.nat(20), (range, size) => {
        const part = partOf(range, size)
        if (!part) return
        const bytes = Array.from({ length: size }, (_, index) => index)
        const first = 'suffix' in range ? Math.max(0, size - range.suffix) : range.offset
        const length = 'length' in range ? range.length : size
        expect(bytes.slice(part.offset, part.offset + part.length)).toEqual(bytes.slice(first, first + length))
        expect(part.length).toBeGreaterThan(0)
        expect(part.offset + part.length).toBeLessThanOrEqual(size)
      }),
    )
    expect(contentRange({ offset: 2, length: 3 }, 9)).toBe('bytes 2-4/9')
  })

  it('and tags of versions', () => {
    expect(strongTag(' "abc" ')).toBe('abc')
    for (const weak of ['W/"abc"', 'abc', 'Wed, 21 Oct 2026 07:28:00 GMT', '"a" "b"'])
      expect(strongTag(weak)).toBeNull()
    expect(entityTags('"a",W/"b" ,  "c"')).toBe('"a", W/"b", "c"')
    expect(entityTags(' * ')).toBe('*')
    for (const wrong of [null, '', 'a', '"', 'W/']) expect(entityTags(wrong)).toBeNull()
  })
})

it.each([
  ['a/clip.MP4', 'video/mp4'],
  ['index.html', 'text/html; charset=utf-8'],
  ['a.tar.gz', 'application/gzip'],
  ['a.b/model', 'application/octet-stream'],
  ['weights.safetensors', 'application/octet-stream'],
  ['.png', 'image/png'],
  ['x.constructor', 'application/octet-stream'],
])('U14: %s is %s', (path, type) => {
  expect(mediaType(path)).toBe(type)
})

describe('U15: an upload', () => {
  const file = { infoHash: 'ab'.repeat(20), name: 'app', path: 'a' }
  const key = keyOf(1)
  const sha256 = 'cd'.repeat(32)
  const signature = toBase64Url(new Uint8Array(64))
  const header = formatUpload({ publisher: key, time: NOW }, signature)
  const admit = (
    vars: Record<string, string>,
    authorization: string | null = header,
    hash: string | null = sha256,
    now = NOW,
    contentLength: string | null = '9',
  ) => admitUpload(parseSettings(vars), file, { authorization, sha256: hash, contentLength }, now)

  it('is let through to have its signature verified', () => {
    expect(admit({ PUBLISHERS: key })).toEqual({ publisher: key, time: NOW, signature, sha256, length: 9 })
    expect(admit({ PUBLISHERS: '*' })).toMatchObject({ publisher: key })
  })

  it('needs a key that is listed', () => {
    expect(admit({})).toMatchObject({ status: 403 })
    expect(admit({ PUBLISHERS: keyOf(2) })).toMatchObject({ status: 403 })
  })

  it('is of now', () => {
    for (const offset of [-300_000, 300_000])
      expect(admit({ PUBLISHERS: '*' }, header, sha256, NOW + offset)).not.toHaveProperty('status')
    for (const offset of [-300_001, 300_001]) {
      expect(admit({ PUBLISHERS: '*' }, header, sha256, NOW + offset)).toMatchObject({ status: 401 })
    }
  })

  it('is of a torrent that the operator serves', () => {
    expect(admit({ PUBLISHERS: '*', DENY_LIST: file.infoHash })).toMatchObject({ status: 403 })
  })

  it.each([
    null,
    '',
    'Edgeswarm',
    `Basic ${header}`,
    `${header} x`,
    header.replace(`${NOW}`, 'now'),
    header.replace(key, key.slice(1)),
    header.slice(0, -1),
  ])('has the header as it should be, and not %j', (authorization) => {
    expect(admit({ PUBLISHERS: '*' }, authorization)).toMatchObject({ status: 401 })
  })

  it('says its SHA-256', () => {
    for (const hash of [null, '', sha256.toUpperCase()])
      expect(admit({ PUBLISHERS: '*' }, header, hash)).toMatchObject({ status: 401 })
  })

  it('says its length, which has an end', () => {
    const admitLength = (contentLength: string | null) => admit({ PUBLISHERS: '*' }, header, sha256, NOW, contentLength)
    for (const length of [0, MAX_UPLOAD]) expect(admitLength(`${length}`)).toMatchObject({ length })
    expect(admitLength(`${MAX_UPLOAD + 1}`)).toMatchObject({ status: 413 })
    for (const wrong of [null, '', '-1', '1e3', '0x10', '9'.repeat(16)]) {
      expect(admitLength(wrong)).toMatchObject({ status: 411 })
    }
  })

  it('is waited for a minute, and as long as 20,000 bytes a second take', () => {
    expect([0, 1, 20_000, MAX_UPLOAD].map(uploadWithin)).toEqual([60_000, 60_001, 61_000, 26_903_546])
  })
})
