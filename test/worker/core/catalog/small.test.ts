import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeReport, MAX_REPORTED } from '../../../../protocol/content/report.ts'
import { denyListed, mayPublish, mayUpload } from '../../../../worker/core/catalog/publishers.ts'
import { indexedPaths, matchExpression } from '../../../../worker/core/catalog/search.ts'
import { parseSettings, SettingsError } from '../../../../worker/core/limits.ts'
import { keyOf } from '../../../protocol/content/examples.ts'

describe('U12: words of a search', () => {
  it.each([
    ['typescript', '"typescript" *'],
    ['  Type-Script 5.9 ', '"Type" * "Script" * "5" * "9" *'],
    ['"x" OR y*', '"x" * "OR" * "y" *'],
    ['e\u0301tude', '"\u00e9tude" *'],
    ['नमस्ते 日本', '"नमस्ते" * "日本" *'],
    ['1 2 3 4 5 6 7 8 9', '"1" * "2" * "3" * "4" * "5" * "6" * "7" * "8" *'],
    ['x'.repeat(300), `"${'x'.repeat(200)}" *`],
    ['', null],
    ['"*()-', null],
    ['😀', null],
  ])('%j', (query, expression) => {
    expect(matchExpression(query)).toBe(expression)
  })

  it('leave nothing of FTS5 to be said', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (query) => {
        const expression = matchExpression(query)
        return expression === null || /^(?:"[\p{L}\p{N}\p{M}]+" \*(?: |$))+$/u.test(expression)
      }),
    )
  })

  it('are looked for in the first 100,000 characters of paths', () => {
    expect(indexedPaths(['a/b', 'c'])).toBe('a/b\nc\n')
    const paths = Array.from({ length: 5000 }, (_, index) => `${index}`.padStart(40, '0'))
    const text = indexedPaths(paths)
    expect(text.length).toBeGreaterThan(99_900)
    expect(text.length).toBeLessThanOrEqual(100_000)
    expect(text.endsWith('\n')).toBe(true)
  })
})

describe('U15, U16: who may', () => {
  const [one, other] = [keyOf(1), keyOf(2)]
  it.each([
    ['', [true, true], [false, false]],
    ['*', [true, true], [true, true]],
    [one, [true, false], [true, false]],
    [`${one} ${other}`, [true, true], [true, true]],
  ])('PUBLISHERS %j', (PUBLISHERS, publish, upload) => {
    const settings = parseSettings({ PUBLISHERS })
    expect([one, other].map((key) => mayPublish(settings, key))).toEqual(publish)
    expect([one, other].map((key) => mayUpload(settings, key))).toEqual(upload)
  })

  it('PUBLISHERS names keys', () => {
    expect(() => parseSettings({ PUBLISHERS: `${one} Ann` })).toThrow(SettingsError)
    expect(() => parseSettings({ PUBLISHERS: `${one} Ann` })).toThrow('PUBLISHERS holds "Ann"')
  })

  it('the lists of info hashes hold here too', () => {
    const hex = 'ab'.repeat(20)
    expect(denyListed(parseSettings({}), hex)).toBeNull()
    expect(denyListed(parseSettings({ DENY_LIST: hex }), hex)).toMatchObject({ status: 403 })
    expect(denyListed(parseSettings({ ALLOW_LIST: hex }), 'cd'.repeat(20))).toMatchObject({ status: 403 })
  })
})

describe('U13: a report', () => {
  it('is three counts of bytes', () => {
    const report = { fromPeers: 0, fromOrigin: MAX_REPORTED, fromDisk: 7 }
    expect(decodeReport(JSON.stringify({ ...report, more: 1 }))).toEqual(report)
    for (const wrong of [-1, 0.5, MAX_REPORTED + 1, '1', null, undefined]) {
      expect(decodeReport(JSON.stringify({ ...report, fromPeers: wrong }))).toBeNull()
    }
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => decodeReport(text) === null))
  })
})
