import { env } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import { type ContentPath, formatContentPath } from '../../../protocol/content/origin.ts'
import { toUtf8 } from '../../../protocol/content/text.ts'
import { putContent } from '../../../worker/routes/upload.ts'
import type { Environment } from '../../../worker/shell/environment.ts'
import { newSigner, send, textOf, upload, uploadHeaders } from './publisher.ts'

let torrents = 0
/** A file of a torrent that no other test has. */
const newFile = (path = 'video/clip.mp4'): ContentPath => ({
  infoHash: (torrents++).toString(16).padStart(40, '0'),
  name: 'app',
  path,
})

const TEXT = '0123456789abcdef'

async function stored(path?: string, body = TEXT): Promise<string> {
  const file = newFile(path)
  expect((await upload(await newSigner(), file, body)).status).toBe(201)
  return formatContentPath(file)
}

describe('U14: an origin', () => {
  it('serves a file with its type, for a year, to any page', async () => {
    const response = await send(await stored())
    expect([response.status, await textOf(response)]).toEqual([200, TEXT])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '16',
      'accept-ranges': 'bytes',
      'cache-control': 'public, max-age=31536000, immutable',
      'access-control-allow-origin': '*',
      etag: expect.stringMatching(/^"[^"]+"$/) as string,
    })
    expect(response.headers.get('access-control-expose-headers')).toContain('content-range')
  })

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/16'],
    ['bytes=4-4', '4', 'bytes 4-4/16'],
    ['bytes=10-', 'abcdef', 'bytes 10-15/16'],
    ['bytes=12-999', 'cdef', 'bytes 12-15/16'],
    ['bytes=-3', 'def', 'bytes 13-15/16'],
    ['bytes=-99', TEXT, 'bytes 0-15/16'],
  ])('serves the range %s', async (range, text, contentRange) => {
    const response = await send(await stored(), { headers: { range } })
    expect([response.status, await textOf(response)]).toEqual([206, text])
    expect(response.headers.get('content-range')).toBe(contentRange)
    expect(response.headers.get('content-length')).toBe(`${text.length}`)
  })

  it.each(['bytes=17-', 'bytes=20-30'])('has no range %s', async (range) => {
    const response = await send(await stored(), { headers: { range } })
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */16'])
    await textOf(response)
  })

  it.each(['bytes=5-3', 'bytes=0-1,3-4', 'pieces=0-1', 'bytes=x-', 'bytes=-'])(
    'serves all for %s, which is no range that it knows',
    async (range) => {
      const response = await send(await stored(), { headers: { range } })
      expect([response.status, await textOf(response)]).toEqual([200, TEXT])
    },
  )

  it('answers conditions', async () => {
    const path = await stored()
    const etag = (await send(path, { method: 'HEAD' })).headers.get('etag') ?? ''
    const ask = async (headers: Record<string, string>) => {
      const response = await send(path, { headers })
      return [response.status, await textOf(response)]
    }
    expect(await ask({ 'if-none-match': etag })).toEqual([304, ''])
    expect(await ask({ 'if-none-match': etag, range: 'bytes=0-1' })).toEqual([304, ''])
    expect(await ask({ 'if-none-match': `"other", ${etag}` })).toEqual([304, ''])
    expect(await ask({ 'if-none-match': `W/${etag}` })).toEqual([304, ''])
    expect(await ask({ 'if-none-match': '*' })).toEqual([304, ''])
    expect(await ask({ 'if-none-match': '"other"' })).toEqual([200, TEXT])
    expect(await ask({ 'if-none-match': '"other"', range: 'bytes=0-1' })).toEqual([206, '01'])
    expect(await ask({ 'if-none-match': 'what is this' })).toEqual([200, TEXT])
    expect(await ask({ 'if-range': etag, range: 'bytes=0-1' })).toEqual([206, '01'])
    expect(await ask({ 'if-range': '"other"', range: 'bytes=0-1' })).toEqual([200, TEXT])
    expect(await ask({ 'if-range': 'Wed, 21 Oct 2026 07:28:00 GMT', range: 'bytes=0-1' })).toEqual([200, TEXT])
    expect(await ask({ 'if-range': etag, 'if-none-match': '"other"', range: 'bytes=0-1' })).toEqual([200, TEXT])
  })

  it('answers HEAD, and has files of no bytes', async () => {
    const head = await send(await stored(), { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await textOf(head)]).toEqual([200, '16', ''])
    const empty = await stored('a/empty.bin', '')
    const response = await send(empty)
    expect([response.status, await textOf(response)]).toEqual([200, ''])
  })

  it('has nothing that was not put there, and takes no other address', async () => {
    for (const method of ['GET', 'HEAD']) {
      for (const range of ['', 'bytes=0-1']) {
        expect((await send(formatContentPath(newFile()), { method, headers: { range } })).status).toBe(404)
      }
    }
    const hash = 'ab'.repeat(20)
    const paths = [
      `/content/${hash}/app`,
      '/content/xyz/app/a',
      `/content/${hash}/app/%00`,
      `/content/${hash}/app/a%2fb`,
    ]
    for (const path of [...paths, `/content/${hash}/app/%ff`, `/content/${hash}/app//b`]) {
      expect([path, (await send(path)).status]).toEqual([path, 400])
    }
  })

  it('lets no file act as a page of the tracker', async () => {
    const { headers } = await send(await stored('index.html', '<script>alert(1)</script>'))
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('content-security-policy')).toBe('sandbox')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('takes names in any script', async () => {
    expect((await send(await stored('Größe 2/日本 #1%.txt', 'ä'))).status).toBe(200)
  })
})

describe('U15: an upload', () => {
  const bucket = () => (env as unknown as Environment).CONTENT

  it('is done once', async () => {
    const [signer, file] = [await newSigner(), newFile()]
    expect((await upload(signer, file, TEXT)).status).toBe(201)
    expect((await upload(signer, file, TEXT)).status).toBe(200)
    expect((await upload(signer, file, 'mended')).status).toBe(201)
    expect(await textOf(await send(formatContentPath(file)))).toBe('mended')
    const other = await upload(await newSigner(), file, 'evil')
    expect([other.status, await textOf(other)]).toEqual([409, 'another publisher has put this file here\n'])
  })

  it('of which the body is not what was signed leaves nothing behind', async () => {
    const [signer, file] = [await newSigner(), newFile()]
    const headers = await uploadHeaders(signer, file, TEXT)
    const other = await send(formatContentPath(file), { method: 'PUT', body: TEXT.replace('0', 'x'), headers })
    expect([other.status, await textOf(other)]).toEqual([400, expect.stringContaining('SHA-256') as string])
    expect(await bucket()?.head(`${file.infoHash}/app/video/clip.mp4`)).toBeNull()
  })

  it('is signed for its path, its time and its key', async () => {
    const [signer, thief, file] = [await newSigner(), await newSigner(), newFile()]
    const headers = await uploadHeaders(signer, file, TEXT)
    const statusOf = async (path: ContentPath, changed: Record<string, string>) =>
      (await send(formatContentPath(path), { method: 'PUT', body: TEXT, headers: { ...headers, ...changed } })).status
    const { authorization = '' } = headers
    expect(await statusOf(newFile(), {})).toBe(403)
    expect(await statusOf({ ...file, path: 'other' }, {})).toBe(403)
    expect(await statusOf(file, { authorization: authorization.replace(signer.key, thief.key) })).toBe(403)
    expect(
      await statusOf(file, {
        authorization: authorization.replace(/(\d)(?= [^ ]+$)/, (digit) => `${9 - Number(digit)}`),
      }),
    ).toBe(403)
    expect(await statusOf(file, { authorization: '' })).toBe(401)
    expect(await statusOf(file, { authorization: authorization.replace('Edgeswarm', 'Bearer') })).toBe(401)
    expect(await statusOf(file, { 'x-content-sha256': '' })).toBe(401)
    expect(await statusOf(file, { 'x-content-sha256': 'ab'.repeat(32) })).toBe(403)
    expect(await statusOf(file, {})).toBe(201)
  })

  it('is of now, give or take five minutes', async () => {
    const signer = await newSigner()
    const status = async (offset: number) => (await upload(signer, newFile(), TEXT, Date.now() + offset)).status
    expect([await status(-290_000), await status(290_000)]).toEqual([201, 201])
    expect([await status(-310_000), await status(310_000)]).toEqual([401, 401])
  })

  it('says its length before it is read, and may be empty', async () => {
    const [signer, file] = [await newSigner(), newFile()]
    const { 'content-length': length, ...headers } = await uploadHeaders(signer, file, TEXT)
    expect(length).toBe('16')
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    expect((await send(formatContentPath(file), { method: 'PUT', body: endless, headers })).status).toBe(411)
    expect((await upload(signer, newFile('empty'), '')).status).toBe(201)
  })

  it.each([
    ['of another publisher', 'other', 'theirs', 409, 'another publisher'],
    ['of the same', 'signer', TEXT, 200, 'is here'],
    ['of something else', 'signer', 'newer', 409, 'changed while'],
  ] as const)('takes the place of none %s that was faster', async (_, who, body, status, text) => {
    const [signer, other, real] = [await newSigner(), await newSigner(), bucket()]
    if (!real) throw new Error('The tests have no bucket.')
    const faster = { signer, other }[who]
    for (const before of who === 'other' ? [null] : [null, 'before']) {
      const file = newFile()
      if (before) expect((await upload(signer, file, before)).status).toBe(201)
      const CONTENT = {
        head: vi
          .fn((key: string) => real.head(key))
          .mockImplementationOnce(async (key) => {
            const found = await real.head(key)
            expect((await upload(faster, file, body)).status).toBe(201)
            return found
          }),
        put: real.put.bind(real),
      }
      const address = `https://tracker.example${formatContentPath(file)}`
      const headers = { 'cf-connecting-ip': '192.0.2.1', ...(await uploadHeaders(signer, file, TEXT)) }
      const request = new Request(address, { method: 'PUT', body: TEXT, headers })
      const response = await putContent(request, { ...env, CONTENT } as unknown as Environment)
      expect([response.status, await textOf(response)]).toEqual([status, expect.stringContaining(text) as string])
      expect(await textOf(await send(formatContentPath(file)))).toBe(body)
    }
  })

  it('is of one key alone if two come at once', async () => {
    const [signers, file] = [[await newSigner(), await newSigner()], newFile()]
    const uploads = await Promise.all(signers.map((signer) => upload(signer, file, signer.key)))
    const statuses = uploads.map(({ status }) => status)
    expect(statuses.toSorted()).toEqual([201, 409])
    expect(await textOf(await send(formatContentPath(file)))).toBe(signers[statuses.indexOf(201)]?.key)
  })

  it('that takes too long is given up', async () => {
    const [signer, file] = [await newSigner(), newFile()]
    const headers = await uploadHeaders(signer, file, TEXT)
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const clock = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(1))
    const { readable, writable } = new FixedLengthStream(16)
    void writable
      .getWriter()
      .write(toUtf8(TEXT.slice(1)))
      .catch(() => undefined)
    const response = await send(formatContentPath(file), { method: 'PUT', body: readable, headers })
    expect([response.status, await textOf(response)]).toEqual([408, expect.stringContaining('too slow') as string])
    expect(clock.mock.calls).toEqual([[60_001]])
    clock.mockRestore()
    expect(await bucket()?.head(`${file.infoHash}/app/video/clip.mp4`)).toBeNull()
    expect((await upload(signer, file, TEXT)).status).toBe(201)
  })
})
