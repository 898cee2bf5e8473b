import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeRelease, MAX_RELEASE } from '../../../protocol/content/release.ts'
import {
  decodeFeed,
  decodeSealed,
  encodeFeed,
  encodeSealed,
  MAX_FEED,
  MAX_SEALED,
  type Sealed,
  signedBytes,
} from '../../../protocol/content/sealed.ts'
import { fromBase64Url, isKey, isSignature, toBase64Url } from '../../../protocol/content/text.ts'
import { releaseOf } from './examples.ts'

const signature = toBase64Url(new Uint8Array(64).fill(9))
const sealed: Sealed = { release: encodeRelease(releaseOf()), signature }
const feedText = (releases: unknown) => JSON.stringify({ releases })

it('U2: the signature covers the text, to the byte, after a line that says what it is', () => {
  expect(new TextDecoder().decode(signedBytes('{"a":"ä"}'))).toBe('edgeswarm release 1\n{"a":"ä"}')
})

it('U2: keys and signatures have one name each in base64url', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
  fc.assert(
    fc.property(bytes(32), bytes(64), (key, signature) => {
      expect(toBase64Url(key)).toBe(Buffer.from(key).toString('base64url'))
      expect(fromBase64Url(toBase64Url(key))).toEqual(key)
      expect(fromBase64Url(toBase64Url(signature))).toEqual(signature)
      expect(isKey(toBase64Url(key)) && isSignature(toBase64Url(signature))).toBe(true)
    }),
  )
  const key = toBase64Url(new Uint8Array(32))
  const others = Array.from('BCDPQ_', (last) => key.slice(0, -1) + last)
  expect(others.filter(isKey)).toEqual(['Q'].map((last) => key.slice(0, -1) + last))
  expect(isSignature(signature.slice(0, -1) + 'B')).toBe(false)
})

describe('U3: a feed', () => {
  it('comes back as it was', () => {
    const feed = { releases: [sealed, { ...sealed, release: '{"a":"\\"ä"}' }] }
    expect(decodeFeed(encodeFeed(feed))).toEqual(feed)
    expect(decodeSealed(encodeSealed(sealed))).toEqual(sealed)
  })

  it('leaves out what a later version adds', () => {
    expect(decodeFeed(JSON.stringify({ releases: [{ ...sealed, more: 1 }], more: 1 }))).toEqual({ releases: [sealed] })
  })

  it.each([
    ['no text of JSON', '{'],
    ['an array', JSON.stringify([sealed])],
    ['no releases', '{}'],
    ['nothing in it', feedText([])],
    ['releases that are no array', feedText({ 0: sealed, length: 1 })],
    ['a release that is an object', feedText([{ release: releaseOf(), signature }])],
    ['no signature', feedText([{ release: sealed.release }])],
    ['a short signature', feedText([{ ...sealed, signature: signature.slice(1) }])],
    ['a lone surrogate, which UTF-8 can not tell from others', feedText([{ ...sealed, release: '"\ud800"' }])],
    ['null', feedText([null])],
    ['65 releases', feedText(Array.from({ length: MAX_SEALED + 1 }, () => sealed))],
    ['a release without end', feedText([{ ...sealed, release: 'x'.repeat(MAX_RELEASE + 1) }])],
    ['data without end', feedText([sealed]).padEnd(MAX_FEED + 1)],
  ])('with %s is none', (_, text) => {
    expect(decodeFeed(text)).toBeNull()
  })

  it('may have 64 releases and a MiB', () => {
    const text = feedText(Array.from({ length: MAX_SEALED }, () => sealed)).padEnd(MAX_FEED)
    expect(decodeFeed(text)?.releases).toHaveLength(MAX_SEALED)
  })

  it('is read from any text without a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.array(fc.jsonValue()).map(feedText)),
        (text) => decodeFeed(text) === null,
      ),
    )
  })
})
