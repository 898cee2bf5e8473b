import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it, vi } from 'vitest'
import type { Block } from '../../../sdk/content/core/event.ts'
import { BLOCK, layoutOf } from '../../../sdk/content/core/layout.ts'
import { fileUrl, HttpOrigin } from '../../../sdk/content/exchange/origin.ts'

const PIECE = 4 * BLOCK
/** Three pieces, the last one short. */
const FILE = Uint8Array.from({ length: 2 * PIECE + BLOCK + 5 }, (_, index) => (index * 31) % 251)
const ALL: Block = { piece: 0, offset: 0, length: FILE.length }

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const cleanUp: (() => Promise<void>)[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const close of cleanUp.splice(0)) await close()
})

/** What an origin that answers so makes of a fetch. */
async function fetched(block: Block, answer: Answer) {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp.push(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`
  const blocks: [Block, Uint8Array][] = []
  const problems: string[] = []
  const end = Promise.withResolvers<string>()
  const origin = new HttpOrigin(
    1,
    layoutOf(PIECE, [FILE.length]),
    (piece) => ({ url, length: FILE.length, offset: piece * PIECE }),
    {
      received: (_source, given, bytes) => blocks.push([given, bytes]),
      fetched: () => {
        end.resolve('fetched')
      },
      fetchFailed: (_source, _fetch, reason) => {
        end.resolve(reason)
      },
    },
    (problem) => problems.push(problem),
  )
  origin.fetch(7, block)
  return { end: end.promise, blocks, problems, origin }
}

const rangeOf = ({ headers }: IncomingMessage): [number, number] => {
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
  return [Number(first), Number(last)]
}

const honest: Answer = (request, response) => {
  const [first, last] = rangeOf(request)
  response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${FILE.length}` })
  response.end(FILE.subarray(first, last + 1))
}

it('a range comes as blocks, in order, each within its piece', async () => {
  const { end, blocks } = await fetched(ALL, honest)
  expect(await end).toBe('fetched')
  expect(blocks.map(([block]) => block)).toEqual([
    ...[0, 1, 2, 3].map((index) => ({ piece: 0, offset: index * BLOCK, length: BLOCK })),
    ...[0, 1, 2, 3].map((index) => ({ piece: 1, offset: index * BLOCK, length: BLOCK })),
    { piece: 2, offset: 0, length: BLOCK },
    { piece: 2, offset: BLOCK, length: 5 },
  ])
  expect(Buffer.concat(blocks.map(([, bytes]) => bytes))).toEqual(Buffer.from(FILE))
})

it('a range from the middle of a piece begins there', async () => {
  const { end, blocks } = await fetched({ piece: 1, offset: BLOCK, length: 2 * BLOCK }, honest)
  expect(await end).toBe('fetched')
  expect(blocks[0]).toEqual([{ piece: 1, offset: BLOCK, length: BLOCK }, FILE.slice(PIECE + BLOCK, PIECE + 2 * BLOCK)])
  expect(blocks).toHaveLength(2)
})

it('an origin without ranges is read over, as long as that is little', async () => {
  const { end, blocks } = await fetched({ piece: 1, offset: 0, length: BLOCK }, (_request, response) => {
    response.writeHead(200, { 'content-length': FILE.length }).end(FILE)
  })
  expect(await end).toBe('fetched')
  expect(blocks).toEqual([[{ piece: 1, offset: 0, length: BLOCK }, FILE.slice(PIECE, PIECE + BLOCK)]])
})

const wrong: [string, Answer, string, RegExp][] = [
  [
    'answers 200 with a page',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': 12 }).end('<h1>Hi</h1>\n')
    },
    'lied',
    /has 12 bytes \(text\/html\), not/,
  ],
  [
    'answers with another range',
    (_request, response) => {
      response.writeHead(206, { 'content-range': `bytes 5-9/${FILE.length}` }).end('other')
    },
    'lied',
    /another range/,
  ],
  [
    'does not have it',
    (_request, response) => {
      response.writeHead(404).end()
    },
    'failed',
    /answered 404/,
  ],
  [
    'ends too soon',
    (request, response) => {
      const [first, last] = rangeOf(request)
      response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${FILE.length}` }).end(FILE.subarray(0, BLOCK))
    },
    'failed',
    /too soon/,
  ],
  [
    'hangs up',
    (_request, response) => {
      response.destroy()
    },
    'failed',
    /./,
  ],
]

it.each(wrong)('an origin that %s is told apart', async (_name, answer, reason, problem) => {
  const { end, problems } = await fetched(ALL, answer)
  expect(await end).toBe(reason)
  expect(problems).toEqual([expect.stringMatching(problem)])
})

it('an origin that falls silent is given up, and what came of it is good', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { end, blocks } = await fetched(ALL, (request, response) => {
    const [first, last] = rangeOf(request)
    response.writeHead(206, { 'content-range': `bytes ${first}-${last}/${FILE.length}` })
    response.write(FILE.subarray(0, BLOCK))
  })
  while (blocks.length === 0) await new Promise((resolve) => setImmediate(resolve))
  vi.advanceTimersByTime(8000)
  expect(await end).toBe('slow')
  expect(blocks).toHaveLength(1)
})

it('what is aborted says nothing more', async () => {
  const { end, blocks, problems, origin } = await fetched(ALL, honest)
  origin.abort(7)
  expect(await Promise.race([end, new Promise((resolve) => setImmediate(resolve))])).toBe(undefined)
  expect([blocks, problems]).toEqual([[], []])
})

it('addresses are encoded part by part', () => {
  expect(fileUrl('https://cdn.example.com/a/', 'my app', 'dir/50 %.txt')).toBe(
    'https://cdn.example.com/a/my%20app/dir/50%20%25.txt',
  )
})
