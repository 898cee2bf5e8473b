import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  contentBase,
  contentKey,
  formatContentPath,
  formatUpload,
  parseContentPath,
  parseUpload,
  uploadBytes,
} from '../../../protocol/content/origin.ts'
import { checkPath } from '../../../protocol/content/path.ts'
import { toBase64Url } from '../../../protocol/content/text.ts'
import { keyOf } from './examples.ts'

const infoHash = 'ab'.repeat(20)

describe('U14: the address of a file', () => {
  it('is the info hash, the name and the path, each name encoded', () => {
    const file = { infoHash, name: 'my app', path: 'a/100 % #1/ä.txt' }
    expect(formatContentPath(file)).toBe(`/content/${infoHash}/my%20app/a/100%20%25%20%231/%C3%A4.txt`)
    expect(contentBase('https://t.example', infoHash)).toBe(`https://t.example/content/${infoHash}/`)
    expect(contentKey(file)).toBe(`${infoHash}/my app/a/100 % #1/ä.txt`)
  })

  it('comes back as it was, through a URL too', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => checkPath([text]) === null)
    fc.assert(
      fc.property(segment, fc.array(segment, { minLength: 1, maxLength: 4 }), (name, segments) => {
        const file = { infoHash, name, path: segments.join('/') }
        expect(parseContentPath(new URL(formatContentPath(file), 'https://t.example').pathname)).toEqual(file)
      }),
    )
  })

  it.each([
    '',
    '/content/',
    `/content/${infoHash}/app`,
    `/content/${infoHash}/app/`,
    `/content/${infoHash.toUpperCase()}/app/a`,
    `/content/${infoHash}/../a`,
    `/content/${infoHash}/app/../a`,
    `/content/${infoHash}/app/%2e%2e/a`,
    `/content/${infoHash}/app/a%2Fb`,
    `/content/${infoHash}/app/%E4`,
    `/other/${infoHash}/app/a`,
  ])('%s is none', (pathname) => {
    expect(parseContentPath(pathname)).toBeNull()
  })
})

describe('U15: an upload', () => {
  const signature = toBase64Url(new Uint8Array(64).fill(1))
  const sha256 = 'cd'.repeat(32)

  it('is signed for its time, its file and its hash', () => {
    const text = new TextDecoder().decode(uploadBytes(5, `${infoHash}/app/ä`, sha256))
    expect(text).toBe(`edgeswarm upload 1\n5\n${infoHash}/app/ä\n${sha256}`)
  })

  it('comes back from its headers', () => {
    const upload = { publisher: keyOf(3), time: 1_790_000_000_000 }
    expect(parseUpload(formatUpload(upload, signature), sha256)).toEqual({ ...upload, signature, sha256 })
    fc.assert(fc.property(fc.string(), fc.string(), (header, hash) => parseUpload(header, hash) === null))
  })
})
