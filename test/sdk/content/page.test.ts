import { afterEach, expect, it, vi } from 'vitest'
import type { Link } from '../../../protocol/content/link.ts'
import type { Release } from '../../../protocol/content/release.ts'
import { Addresses } from '../../../sdk/content/page/addresses.ts'
import { answerRequest } from '../../../sdk/content/page/answering.ts'
import { askPage } from '../../../sdk/content/page/asking.ts'
import { Followers, OPENING } from '../../../sdk/content/page/followers.ts'
import { install } from '../../../sdk/content/page/install.ts'
import { isRequestMessage, type RequestMessage } from '../../../sdk/content/page/messages.ts'
import type { PageClient, PageClients } from '../../../sdk/content/page/worker-scope.ts'
import type { ByteRange, OpenFile } from '../../../sdk/content/reading.ts'

const URL_OF_FILE = 'https://cdn.example.com/app/film.webm'
const BYTES = Uint8Array.from({ length: 1000 }, (_, index) => index % 251)

/** A file whose bytes come in chunks of 100, each when it is asked for. */
class SlowFile implements OpenFile {
  readonly path = 'film.webm'
  readonly length = BYTES.length
  chunks = 0
  isCancelled = false
  /** Breaks off once so many chunks were read. */
  readonly breaksAfter: number

  constructor(breaksAfter = Infinity) {
    this.breaksAfter = breaksAfter
  }

  read({ start, end }: ByteRange = { start: 0, end: BYTES.length }): ReadableStream<Uint8Array<ArrayBuffer>> {
    let position = start
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: (controller) => {
          if (this.chunks === this.breaksAfter) throw new Error('The disk is gone.')
          this.chunks++
          const next = Math.min(end, position + 100)
          controller.enqueue(BYTES.subarray(position, next))
          position = next
          if (position === end) controller.close()
        },
        cancel: () => {
          this.isCancelled = true
        },
      },
      { highWaterMark: 0 },
    )
  }
}

type Answering = (message: RequestMessage, port: MessagePort) => void

/** The pages that a worker sees: one, until it is closed. */
class OnePage implements PageClients {
  isOpen = true
  readonly page: PageClient

  constructor(answer: Answering) {
    this.page = {
      id: 'page',
      postMessage: (message: unknown, [port]: Transferable[] = []) => {
        if (isRequestMessage(message)) answer(message, port as MessagePort)
      },
    }
  }

  get(): Promise<PageClient | undefined> {
    return Promise.resolve(this.isOpen ? this.page : undefined)
  }

  matchAll(): Promise<readonly PageClient[]> {
    return Promise.resolve(this.isOpen ? [this.page] : [])
  }

  claim(): Promise<void> {
    return Promise.resolve()
  }

  ask(init: RequestInit = {}): Promise<Response | null> {
    return askPage(this.page, new Request(URL_OF_FILE, init), this)
  }
}

const pageWith = (open: (signal: AbortSignal) => Promise<OpenFile | null>): OnePage =>
  new OnePage((message, port) => void answerRequest(message, port, open))

const pageOf = (file: OpenFile | null): OnePage => pageWith(() => Promise.resolve(file))

afterEach(() => {
  vi.useRealTimers()
})

it('a page answers what the worker asks of it: all of a file, a range, only the head', async () => {
  const whole = await pageOf(new SlowFile()).ask()
  expect([whole?.status, whole?.headers.get('content-type')]).toEqual([200, 'video/webm'])
  expect(await whole?.bytes()).toEqual(BYTES)
  const part = await pageOf(new SlowFile()).ask({ headers: { range: 'bytes=150-449' } })
  expect([part?.status, part?.headers.get('content-range')]).toEqual([206, 'bytes 150-449/1000'])
  expect(await part?.bytes()).toEqual(BYTES.subarray(150, 450))
  const head = await pageOf(new SlowFile()).ask({ method: 'HEAD' })
  expect([head?.status, head?.headers.get('content-length')]).toEqual([200, '1000'])
  const beyond = await pageOf(new SlowFile()).ask({ headers: { range: 'bytes=1000-' } })
  expect([beyond?.status, beyond?.headers.get('content-range')]).toEqual([416, 'bytes */1000'])
})

it('an element that gives up has the page read no further, also while it waits', async () => {
  const file = new SlowFile()
  const reader = (await pageOf(file).ask())?.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  await vi.waitFor(() => {
    expect(file.isCancelled).toBe(true)
  })
  const giving = new AbortController()
  const told = Promise.withResolvers<AbortSignal>()
  const asked = pageWith((signal) => {
    told.resolve(signal)
    return new Promise(() => undefined)
  }).ask({ signal: giving.signal })
  const signal = await told.promise
  giving.abort()
  await vi.waitFor(() => {
    expect(signal.aborted).toBe(true)
  })
  expect(asked).toBeInstanceOf(Promise)
})

it('what is not in the release, or fails before its first byte, is asked of the origin', async () => {
  expect(await pageOf(null).ask()).toBeNull()
  expect(await pageOf(new SlowFile(0)).ask()).toBeNull()
  expect(await pageWith(() => Promise.reject(new Error('Too late.'))).ask()).toBeNull()
})

it('what breaks off later is an error for whoever reads it', async () => {
  const response = await pageOf(new SlowFile(3)).ask()
  await expect(response?.bytes()).rejects.toThrow('has stopped')
})

it('a page that says nothing is given up after a second, and one that is closed when it is looked after', async () => {
  vi.useFakeTimers()
  const frozen = new OnePage(() => undefined).ask()
  await vi.advanceTimersByTimeAsync(1000)
  expect(await frozen).toBeNull()
  // The next message comes through a real port.
  vi.useRealTimers()
  const closing = new OnePage((_, port) => {
    port.postMessage({ type: 'heard' })
    closing.isOpen = false
  })
  expect(await closing.ask()).toBeNull()
})

it('of the pages that follow, the one that wants a file is asked first', async () => {
  const followers = new Followers()
  followers.tell('one', ['https://cdn.example.com/app/'])
  followers.tell('other', ['https://cdn.example.com/app/', 'https://other.example.com/'])
  expect(followers.covers(URL_OF_FILE)).toBe(true)
  expect(followers.covers('https://cdn.example.com/apparatus')).toBe(false)
  expect(await followers.find(URL_OF_FILE, 'other', 0)).toEqual(['other', 'one'])
  expect(await followers.find(URL_OF_FILE, 'one', 0)).toEqual(['one', 'other'])
  followers.tell('one', [])
  expect(followers.keep(['one'])).toEqual([])
  expect(followers.covers(URL_OF_FILE)).toBe(false)
})

it('a page that has just been opened is waited for, and no longer than it takes to say what it follows', async () => {
  vi.useFakeTimers()
  const followers = new Followers()
  followers.remember(['https://cdn.example.com/app/'])
  const found = followers.find(URL_OF_FILE, 'page', 0)
  followers.tell('page', ['https://cdn.example.com/app/'])
  expect(await found).toEqual(['page'])
  const nobody = followers.find(URL_OF_FILE, 'stranger', 10)
  await vi.advanceTimersByTimeAsync(OPENING)
  expect(await nobody).toEqual(['page'])
  expect(await followers.find(URL_OF_FILE, 'stranger', 10 + OPENING)).toEqual(['page'])
})

it('a file has an address at the first origin, and one that the worker alone knows where there is none', () => {
  const link: Link = { tracker: 'https://tracker.example.com/base', publisher: 'p'.repeat(43), channel: 'stable' }
  const addresses = new Addresses(link, 'https://app.example.com/videos/')
  const withOrigin = { webSeeds: ['https://cdn.example.com/'], name: 'my app' } as unknown as Release
  const without = { webSeeds: [] as string[], name: 'my app' } as unknown as Release
  for (const release of [withOrigin, without]) {
    const address = addresses.of(release, 'a folder/film 1.webm')
    expect(addresses.basesOf(release).some((base) => address.startsWith(base))).toBe(true)
    expect(addresses.pathAt(release, new URL(address))).toBe('a folder/film 1.webm')
  }
  expect(addresses.of(withOrigin, 'x')).toBe('https://cdn.example.com/my%20app/x')
  expect(addresses.of(without, 'x')).toMatch(
    /^https:\/\/app\.example\.com\/videos\/edgeswarm\/base\/releases\/p+\/stable\/my%20app\/x$/,
  )
  expect(addresses.pathAt(withOrigin, new URL('https://cdn.example.com/other/x'))).toBeNull()
})

it('where there is no page, install says so', async () => {
  expect(await install('https://tracker.example.com/releases/x/y')).toEqual({
    isInstalled: false,
    reason: 'This is no page: only pages have a service worker.',
  })
})
