import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatLink, parseLink } from '../../../protocol/content/link.ts'
import { keyOf } from './examples.ts'

const key = keyOf(200)

it.each([
  [`https://tracker.example.com/releases/${key}/stable`, 'https://tracker.example.com'],
  [` http://localhost:8787/releases/${key}/stable/\n`, 'http://localhost:8787'],
  [`https://example.com/p2p/tracker/releases/${key}/stable`, 'https://example.com/p2p/tracker'],
  [`https://example.com/releases/releases/${key}/stable`, 'https://example.com/releases'],
  [`https://example.com//releases/${key}/stable`, 'https://example.com'],
])('U9: %s is a link', (text, tracker) => {
  const link = { tracker, publisher: key, channel: 'stable' }
  expect(parseLink(text)).toEqual(link)
  expect(parseLink(formatLink(link))).toEqual(link)
})

it.each([
  '',
  'stable',
  `/releases/${key}/stable`,
  `ftp://a/releases/${key}/stable`,
  `https:///releases/${key}/stable`,
  `https://a/releases/${key.slice(1)}/stable`,
  `https://a/releases/${key}/Stable`,
  `https://a/releases/${key}/stable/5`,
  `https://a/releases/${key}`,
  `https://a/releases/${key}/stable?x=1`,
  `https://a/releases/${key}/stable#x`,
  `https://user@a/releases/${key}/stable`,
  `https://a/?/releases/${key}/stable`,
  `https://a b/releases/${key}/stable`,
  `https://a/${'/'.repeat(100_000)}`,
])('U9: %s is none', (text) => {
  expect(parseLink(text)).toBeNull()
})

it('U9: any text is read without a throw', () => {
  const part = fc.oneof(fc.string(), fc.constantFrom('https://', 'a', '/', '/releases/', key, 'stable', '?', '#'))
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const link = parseLink(parts.join(''))
      if (link) expect(parseLink(formatLink(link))).toEqual(link)
    }),
  )
})
