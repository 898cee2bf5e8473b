import { createHash, randomBytes } from 'node:crypto'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { mergeMessages } from '../../examples/chat/history.ts'
import { piecesOf } from '../../examples/chat/links.ts'
import { readFileName, readMessage } from '../../examples/chat/protocol.ts'
import { freePort } from '../../scripts/free-port.ts'
import { startBrowser, type TestBrowser } from '../support/browser.ts'
import { ChatPage, startBot } from '../support/chat-page.ts'
import { temporaryFolder } from '../support/folder.ts'
import { Program } from '../support/program.ts'
import { startTracker } from '../support/tracker.ts'

let browser: TestBrowser
beforeAll(async () => {
  browser = await startBrowser()
})
afterAll(() => browser[Symbol.asyncDispose]())

// No test waits for a server that this machine may not reach.
const OFFLINE = { STUN_URLS: '' }
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const file = (name: string, size: number) => ({ name, mimeType: 'application/octet-stream', bytes: randomBytes(size) })

it('two pages and the bot talk, see each other, and tell a newcomer what was said', async () => {
  await using tracker = await startTracker(OFFLINE)
  const ada = await ChatPage.open(browser, `${tracker.http}/chat`, 'Ada')
  await using bot = await startBot(tracker.http)
  const grace = await ChatPage.open(browser, `${tracker.http}/chat#lobby`, 'Grace')
  await ada.sees('Bot', 'Grace')
  await grace.sees('Ada', 'Bot')
  await ada.notes(/Bot .*(is|are) here/)
  await grace.hears('Grace! Say !help for what I do.')

  await ada.say('Hello <b>Grace</b> & all')
  await grace.hears('Hello <b>Grace</b> & all')
  await grace.say('Good morning, Ada')
  await ada.hears('Good morning, Ada')
  await ada.say('!who')
  await grace.hears('and I.')
  await ada.say('!ping')
  await ada.hears('Pong, Ada: ')
  await expect.poll(() => grace.person('Bot').textContent(), { timeout: 20_000 }).toMatch(/\d ms/)

  await grace.rename('Grace H.')
  await ada.notes('Grace is now Grace H.')
  await ada.sees('Bot', 'Grace H.')

  const newcomer = await ChatPage.open(browser, `${tracker.http}/chat`, 'Linus')
  await newcomer.hears('Good morning, Ada')
  await expect.poll(() => newcomer.messages().then(withoutGreetings)).toEqual(withoutGreetings(await ada.messages()))

  await grace.leave()
  await ada.notes('Grace H. left')
  await ada.sees('Bot', 'Linus')
  await bot[Symbol.asyncDispose]()
  expect([bot.output, await bot.ended()]).toEqual([expect.stringMatching(/Left\.\n$/), 0])
  await ada.notes('Bot left')
})

const withoutGreetings = (messages: readonly string[]): string[] =>
  messages.filter((text) => !text.startsWith('Hello, Linus'))

async function openBoth(url: string): Promise<[ada: ChatPage, grace: ChatPage]> {
  const both = await Promise.all([ChatPage.open(browser, url, 'Ada'), ChatPage.open(browser, url, 'Grace')])
  await Promise.all([both[0].sees('Grace'), both[1].sees('Ada')])
  return both
}

it('a file goes from page to page and to the bot, if they accept it', async () => {
  await using tracker = await startTracker(OFFLINE)
  await using folder = await temporaryFolder()
  const room = `${tracker.http}/chat#files`
  const [ada, grace] = await openBoth(room)

  const photo = file('Föhn & “photo”.bin', 3_000_000)
  const progress = await watchProgress(grace)
  await ada.send('Grace', photo)
  await ada.transferSays('Waiting for Grace to accept (3.0 MB)')
  await grace.transferSays('Ada would like to send you this (3.0 MB)')
  await grace.press('Accept')
  await ada.transferSays('Grace has it, 3.0 MB')
  expect(hash(await grace.save())).toBe(hash(photo.bytes))
  expect(await progress()).toBeGreaterThan(1)

  await ada.send('Grace', file('unwanted.bin', 500_000))
  await grace.press('Decline')
  await ada.transferSays('Grace declined it.')
  await grace.transferSays('You declined it.')

  await ada.send('Grace', file('regretted.bin', 500_000))
  await grace.transferSays('Ada would like to send you this (500 kB)')
  await ada.press('Cancel')
  await grace.transferSays('Ada took it back before you answered.')

  await using bot = await startBot(tracker.http, '--room', 'files', '--save', folder.path, '--limit', '1')
  await grace.sees('Ada', 'Bot')
  const note = file('../note.txt', 20_000)
  await grace.send('Bot', note)
  await grace.transferSays('Bot has it, 20.0 kB')
  await bot.says(/Grace sent/)
  expect(hash(await readFile(join(folder.path, 'note.txt')))).toBe(hash(note.bytes))
  await grace.send('Bot', file('large.bin', 1_100_000))
  await grace.transferSays('Bot declined it: I take files of up to 1.0 MB.')
})

/** @returns how many different values the progress of a file has shown */
async function watchProgress({ page }: ChatPage): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const seen = new Set<number>()
    Object.assign(window, { seen })
    new MutationObserver(() => {
      for (const { value, max } of document.querySelectorAll('progress')) if (value > 0 && value <= max) seen.add(value)
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  return () => page.evaluate(() => (window as unknown as { readonly seen: ReadonlySet<number> }).seen.size)
}

it('either side can cancel a file on its way, and a peer that leaves in the middle is told of', async () => {
  await using tracker = await startTracker(OFFLINE)
  await using folder = await temporaryFolder()
  const [ada, grace] = await openBoth(`${tracker.http}/chat`)
  // By its path, as it is long and all zeros.
  const large = join(folder.path, 'large.bin')
  await writeFile(large, '')
  await truncate(large, 400_000_000)

  await ada.send('Grace', large)
  await grace.press('Accept')
  await ada.press('Cancel')
  await grace.transferSays('Ada cancelled it.')
  await ada.send('Grace', large)
  await grace.press('Accept')
  await grace.press('Cancel')
  await ada.transferSays('Grace stopped receiving it.')
  await ada.send('Grace', large)
  await grace.press('Accept')
  await ada.transferSays('Sending to Grace')
  await grace.leave()
  await ada.transferSays('Grace left before all of it had arrived.')
})

it('the pages and the bot meet through the tracker of npm start', async () => {
  const port = await freePort()
  await using start = new Program('node', ['scripts/start.ts'], { ...process.env, PORT: `${port}` })
  await start.says(/Ready on/)
  const tracker = `http://localhost:${port}`
  await using bot = await startBot(tracker, '--room', 'a room of ours', '--name', 'Marvin')
  const ada = await ChatPage.open(browser, `${tracker}/chat#a%20room%20of%20ours`, 'Ada')
  await ada.sees('Marvin')
  expect(await ada.page.getByTestId('room').textContent()).toBe('a-room-of-ours')
  await ada.say('!time')
  await ada.hears('It is ')
  await ada.send('Marvin', file('photo.bin', 1000))
  await ada.transferSays('Marvin declined it: I keep no files.')
  await ada.leave()
  await bot[Symbol.asyncDispose]()
  expect(await bot.ended()).toBe(0)
})

it('the page says what to do when the tracker is gone, and goes on once it is back', async () => {
  const tracker = await startTracker(OFFLINE)
  const { page } = await ChatPage.open(browser, `${tracker.http}/chat`, 'Ada')
  const notice = page.getByTestId('notice')
  await tracker[Symbol.asyncDispose]()
  await notice.getByText(/nobody can find you.*keeps trying/).waitFor()
  await page.evaluate(() => (location.hash = 'elsewhere'))
  await notice.getByText(/Check your connection.*tries again/).waitFor()

  await using restarted = await startTracker(OFFLINE, Number(new URL(tracker.http).port))
  await notice.getByText('Try now').click()
  await page.locator('[data-state=open]').waitFor()
  expect(restarted.http).toBe(tracker.http)
  expect([await notice.isVisible(), await page.getByTestId('room').textContent()]).toEqual([false, 'elsewhere'])
})

it('the page has no errors and asks nobody else for anything', async () => {
  await using tracker = await startTracker(OFFLINE)
  const page = await browser.open('about:blank')
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(tracker.http)) problems.push(request.url())
  })
  await page.goto(`${tracker.http}/chat`)
  await page.locator('[data-state=open]').waitFor()
  await using bot = await startBot(tracker.http)
  await page.getByText('Say !help').waitFor()
  expect([problems, bot.output.trim().split('\n').length]).toEqual([[], 1])
})

it.each([
  [[], 2, 'Which tracker? For example: --tracker http://localhost:8787'],
  [['--tracker', 'nonsense'], 2, '--tracker must be an address'],
  [['--tracker', 'http://127.0.0.1:9', '--count', '0'], 2, '--count must be a number from 1 to 200'],
  [['--tracker', 'http://127.0.0.1:9'], 1, 'No tracker answers at http://127.0.0.1:9.'],
  [['--help'], 0, '--save FOLDER'],
])('the bot with %j ends with %d and says why', async (parameters, code, text) => {
  await using bot = new Program('node', ['examples/bot/bot.ts', ...parameters])
  expect(await bot.ended()).toBe(code)
  expect(bot.output).toContain(text)
})

const MESSAGE = { id: 'a', name: 'Ada', text: 'Hello', at: 1000 }

it.each([
  [MESSAGE, MESSAGE],
  [
    { ...MESSAGE, extra: 1, name: ' A\u202e\nda ' },
    { ...MESSAGE, name: 'A da' },
  ],
  [null, null],
  ['Hello', null],
  [{ ...MESSAGE, at: NaN }, null],
  [{ ...MESSAGE, id: 'a'.repeat(65) }, null],
  [{ ...MESSAGE, name: '\u200b' }, null],
  [{ ...MESSAGE, text: ' ' }, null],
  [{ ...MESSAGE, text: 'a'.repeat(4001) }, null],
])('of what a stranger sends, %j is read as %j', (sent, read) => {
  expect(readMessage(sent)).toEqual(read)
})

it('histories merge by id in order of time, and the oldest of too many go', () => {
  const messages = Array.from({ length: 150 }, (_, at) => ({ ...MESSAGE, id: `${at}`, at }))
  const others = Array.from({ length: 150 }, (_, at) => ({ ...MESSAGE, id: `${at + 100}`, at: at + 100, name: 'Eve' }))
  const merged = mergeMessages(messages, others.reverse())
  expect(merged.map(({ at }) => at)).toEqual(Array.from({ length: 200 }, (_, index) => index + 50))
  // What was known is not rewritten by who comes later.
  expect(merged[99]).toEqual({ ...MESSAGE, id: '149', at: 149 })
})

it.each([
  ['photo.png', 'photo.png'],
  ['%2e%2e%2f..%2Fetc%2Fpasswd', 'passwd'],
  ['..%5C..%5Cboot.ini', 'boot.ini'],
  ['.bashrc', 'bashrc'],
  ['a%00b%3Cc%3E.txt', 'a_b_c_.txt'],
  ['%zz', '%zz'],
  ['..', 'file'],
  [undefined, 'file'],
  [`${'long'.repeat(100)}.tar.gz`, `${'long'.repeat(44)}lon…glonglonglong.tar.gz`],
])('a file that a stranger calls %s is %s', (header, name) => {
  expect(readFileName(header)).toBe(name)
})

it('addresses of pages become links, and nothing else does', () => {
  const links = (text: string) => piecesOf(text).flatMap((piece) => (piece.isLink ? piece.text : []))
  expect(links('See https://example.com/a?b=c, or (http://x.y).')).toEqual(['https://example.com/a?b=c', 'http://x.y'])
  expect(links('javascript:alert(1) data:text/html,x //x.y https:// <b>')).toEqual([])
})
