import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTracker, type Tracker } from '../../support/tracker.ts'
import { harvest, hashes, plant, randomTree } from '../content/trees.ts'
import { type Machine, has, like, notesIn, openMachine } from './cli.ts'

let tracker: Tracker
let publisher: Machine
let reader: Machine
const cleanUp = new AsyncDisposableStack()
beforeAll(async () => {
  tracker = cleanUp.use(await startTracker({ STUN_URLS: '', PUBLISHERS: '*' }))
  publisher = cleanUp.use(await openMachine(tracker.http))
  reader = cleanUp.use(await openMachine())
})
afterAll(() => cleanUp.disposeAsync())

const LINK = /^(http:\S+\/releases\/[\w-]{43}\/[a-z]+)\n$/

/** Publishes to its end, nobody sharing. */
async function publishOnly(channel: string, directory: string, ...more: readonly string[]): Promise<string> {
  const published = await publisher.run(
    'publish',
    directory,
    '--version',
    '1',
    '--channel',
    channel,
    '--no-seed',
    ...more,
  )
  expect(published.code, published.error).toBe(0)
  return LINK.exec(published.out)?.[1] ?? ''
}

it('a directory is published, fetched, and followed to its next version; Ctrl+C leaves nothing open', async () => {
  const first = randomTree(30)
  const second = { ...first, 'part 0/file-1.bin': Buffer.from('changed'), 'new.txt': Buffer.from('new') }
  const source = await plant(join(publisher.path, 'one'), first)
  const publishing = publisher.start('publish', source, '--name', 'app', '--version', '1.0.0')
  const [, link = ''] = await publishing.says(LINK)

  const got = await reader.run('get', link, 'app')
  expect(got).toMatchObject({
    code: 0,
    out: like(/^app 1\.0\.0 is in app: 30 files, .*100 % from peers/),
  })
  expect(await harvest(join(reader.path, 'app'))).toEqual(hashes(first))
  const again = await reader.run('get', link, 'app')
  expect(again).toMatchObject({ code: 0, out: 'app 1.0.0 is in app already.\n' })

  const seeding = reader.start('seed', link)
  const [, cache = ''] = await seeding.says(/^app 1\.0\.0 is in (.*): 30 files/)
  const changed = await plant(join(publisher.path, 'two'), second)
  const renewing = publisher.start('publish', changed, '--name', 'app', '--version', '2.0.0')
  expect(await renewing.says(LINK)).toContain(link)
  const [told] = await seeding.says(/^app 2\.0\.0 is in .*$/m)
  expect(told).toMatch(/from peers, \d+ % from this disk\.$/)
  expect(await harvest(cache)).toEqual(hashes(second))

  for (const program of [seeding, renewing, publishing]) {
    expect(await program.interrupted()).toMatchObject({ code: 0, error: has('Saving and leaving') })
  }
  const base = `.${link.split('/').at(-1) ?? ''}.edgeswarm`
  const left = join(cache, '..', base)
  expect(await readdir(left)).not.toContain('lock')
  expect(await readdir(join(left, 'staging'))).toEqual([])
})

it('what is interrupted ends with 130, however often npx passes the signal on, and can be gone on with', async () => {
  const tree = randomTree(5)
  const source = await plant(join(publisher.path, 'late'), tree)
  const link = await publishOnly('late', source)
  const waiting = reader.start('get', link, 'late')
  await waiting.says(/late 1: 0 %/, 'error')
  waiting.signal('SIGINT')
  waiting.signal('SIGTERM')
  expect(await waiting.interrupted()).toMatchObject({
    code: 130,
    out: '',
    error: like(/\nInterrupted\.\n$/),
  })
  expect(await readdir(reader.path)).not.toContain('late')
  expect(await readdir(join(reader.path, '.late.edgeswarm'))).not.toContain('lock')

  const sharing = publisher.start('publish', source, '--version', '2', '--channel', 'late')
  await sharing.says(LINK)
  expect(await reader.run('get', link, 'late')).toMatchObject({ code: 0 })
  expect(await harvest(join(reader.path, 'late'))).toEqual(hashes(tree))
  expect((await sharing.interrupted()).code).toBe(0)
})

it('with --json every line of standard output is an object, and standard error is empty', async () => {
  const source = await plant(join(publisher.path, 'json'), randomTree(3))
  const publishing = publisher.start('publish', source, '--version', '1', '--channel', 'json', '--json')
  const [line] = await publishing.says(/^.*"published".*\n/m)
  const { link, number } = JSON.parse(line) as { link: string; number: number }
  expect(number).toBe(1)
  const got = await reader.run('get', link, 'json', '--json')
  expect(got).toMatchObject({ code: 0, error: '' })
  const notes = notesIn(got.out)
  expect(notes.at(-1)).toMatchObject({ type: 'installed', version: '1', files: 3, directory: 'json', fromOrigin: 0 })
  expect(new Set(notes.map(({ type }) => type))).toContain('progress')
  const ended = await publishing.interrupted()
  expect(ended).toMatchObject({ code: 0, error: '' })
  expect(notesIn(ended.out).at(-1)).toEqual({ type: 'closing' })

  const failed = await reader.run('get', link.replace(/json$/, 'nothing'), 'nothing', '--json')
  expect(failed.code).toBe(1)
  expect(notesIn(failed.out)).toEqual([{ type: 'error', code: 'ERR_RELEASE', message: has('knows no such channel') }])
})

it('inspect, search and stats tell of what is published', async () => {
  const tree = { 'readme.txt': Buffer.from('hello'), 'model/weights.bin': Buffer.alloc(70_000, 1) }
  const source = await plant(join(publisher.path, 'shown'), tree)
  const link = await publishOnly('shown', source, '--summary', 'A very small zebra', '--tag', 'stripes')
  const inspected = await reader.run('inspect', link)
  expect(inspected).toMatchObject({ code: 0, error: '' })
  for (const shown of ['shown 1', 'A very small zebra', 'stripes', 'model/weights.bin', '70.0 kB in 2 files']) {
    expect(inspected.out).toContain(shown)
  }
  const [note] = notesIn((await reader.run('inspect', link, '--json')).out)
  expect(note).toMatchObject({ link, problem: null, peers: { count: 0, complete: 0 }, history: [{ number: 1 }] })
  expect(note?.['files']).toHaveLength(2)

  const found = await publisher.run('search', 'small', 'zebra')
  expect(found).toMatchObject({ code: 0, out: has(`\n  ${link}\n`) })
  expect(await publisher.run('search', '"NEAR(')).toMatchObject({ code: 0, out: '' })
  expect(await publisher.run('stats')).toMatchObject({ code: 0, out: like(/^peers +\d+ .*\n/) })
})

it('a channel is handed over to another key', async () => {
  const source = await plant(join(publisher.path, 'handed'), randomTree(2))
  expect((await publisher.run('keys', 'new', 'next')).code).toBe(0)
  const link = await publishOnly('handed', source, '--hand-over', 'next')
  const refused = await publisher.run('publish', source, '--version', '2', '--channel', 'handed', '--no-seed')
  expect(refused).toMatchObject({ code: 1, error: has('may sign the next release') })
  const { out: old } = await publisher.run('keys', 'show', 'default')
  expect(await publishOnly('handed', source, '--key', 'next', '--publisher', old.trim())).toBe(link)
  expect((await reader.run('inspect', link)).code).toBe(0)
})

it('publish --upload makes the tracker an origin, which is enough', async () => {
  const tree = { ...randomTree(12), 'ä b/c d%.txt': Buffer.from('odd name'), empty: Buffer.alloc(0) }
  const source = await plant(join(publisher.path, 'uploaded'), tree)
  const link = await publishOnly('uploaded', source, '--upload')
  const [inspected] = notesIn((await reader.run('inspect', link, '--json')).out)
  const { infoHash, webSeeds } = inspected?.['release'] as { infoHash: string; webSeeds: string[] }
  expect(webSeeds).toEqual([`${tracker.http}/content/${infoHash}/`])
  expect(await reader.run('get', link, 'uploaded')).toMatchObject({
    code: 0,
    out: has('100 % from origins'),
  })
  expect(await harvest(join(reader.path, 'uploaded'))).toEqual(hashes(tree))
})

describe('keys', () => {
  it('the default one is made at the first publish, and it is said where', async () => {
    await using machine = await openMachine(tracker.http)
    expect(await machine.run('keys')).toMatchObject({ code: 0, out: '' })
    const source = await plant(join(machine.path, 'it'), randomTree(1))
    const publish = () => machine.run('publish', source, '--version', '1', '--no-seed')
    const { error } = await publish()
    const [, path = ''] = /Made your key "default": (\S+)/.exec(error) ?? []
    const { publisher: key } = JSON.parse(await readFile(path, 'utf8')) as { publisher: string }
    expect((await publish()).error).not.toContain('Made')
    expect(await machine.run('keys')).toMatchObject({ code: 0, out: `default  ${key}  ${path}\n` })
    expect(await machine.run('keys', 'show', 'default')).toMatchObject({ code: 0, out: `${key}\n` })
  })

  it('of another name are made by hand, once', async () => {
    await using machine = await openMachine(tracker.http)
    expect(await machine.run('publish', '.', '--version', '1', '--key', 'work')).toMatchObject({
      code: 1,
      error: like(/^There is no key "work": .*\n$/),
    })
    expect(await machine.run('keys', 'new', 'work')).toMatchObject({
      code: 0,
      out: like(/^[\w-]{43}\n$/),
    })
    expect(await machine.run('keys', 'new', 'work')).toMatchObject({
      code: 1,
      error: has('already'),
    })
  })
})

describe('a wrong command line ends with 2, and a sentence that says what to write', () => {
  it.each([
    ['', /^Which command\? /],
    ['pubish', /^There is no command pubish\. Did you mean publish\? /],
    ['--tracker http://localhost:9', /^The command comes first, /],
    ['get', /^Something is missing: edgeswarm get <link> <directory>\n$/],
    ['get nothing app', /^nothing is no link; one is like https:.*\n$/],
    ['stats', /^Which tracker\? Give --tracker .*\n$/],
    ['stats --tracker localhost:8787', /^--tracker must be an address such as https:.*\n$/],
    ['publish . --tracker http://localhost:9', /^Which version\? .*\n$/],
    ['publish . --tracker http://localhost:9 --version 1 --expires soon', /^--expires must be a time .*\n$/],
    ['publish . --tracker http://localhost:9 --version 1 --limit-up 1', /^--limit-up must be a size .*\n$/],
    ['publish . --tracker http://localhost:9 --version 1 --web-seed cdn', /^--web-seed is an address .*\n$/],
    ['publish . --verion 1', /^There is no option --verion\. Did you mean --version\?\n$/],
    ['keys lst', /^There is no "keys lst"\. Did you mean list\? .*\n$/],
    ['keys new', /^Which key\? .*\n$/],
    ['dev --port many', /^--port must be a whole number .*\n$/],
  ])('%j', async (line, sentence) => {
    const { code, out, error } = await reader.run(...line.split(' ').filter((word) => word !== ''))
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(error).toMatch(sentence)
  })
})

it('a tracker that is not there is one sentence; where it comes from is told with --verbose', async () => {
  const line = ['stats', '--tracker', 'http://127.0.0.1:9']
  expect(await reader.run(...line)).toEqual({ code: 1, out: '', error: 'http://127.0.0.1:9 can not be reached.\n' })
  expect((await reader.run(...line, '--verbose')).error).toMatch(/at askTracker[^]*cause/)
})

describe('help', () => {
  it('teaches, for all and for each command', async () => {
    const { code, out } = await reader.run('--help')
    expect(code).toBe(0)
    const names = [...out.matchAll(/^ {2}([a-z]+) {2,}[a-z]/gm)].map(([, name]) => name ?? '')
    expect(names).toEqual(['publish', 'get', 'seed', 'keys', 'inspect', 'search', 'stats', 'dev'])
    for (const name of names) {
      const help = await reader.run(name, '--help')
      expect(help).toMatchObject({ code: 0, error: '', out: (await reader.run('help', name)).out })
      expect(help.out).toMatch(new RegExp(`^edgeswarm ${name}[^]*\nExamples:\n  edgeswarm ${name}[^]*\nExit codes:\n`))
      expect(Math.max(...help.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
    }
  })

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
    expect(await reader.run('--version')).toEqual({ code: 0, out: `${version}\n`, error: '' })
  })
})
