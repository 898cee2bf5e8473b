import { cp, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { harvest } from '../sdk/content/trees.ts'
import { notesIn, openMachine } from '../sdk/cli/cli.ts'
import { temporaryFolder } from '../support/folder.ts'
import { serveRanges } from '../support/range-server.ts'
import { startTracker, type Tracker } from '../support/tracker.ts'

/** A real directory of an app: 140 files, 24 MB. */
const TYPESCRIPT = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))

let tracker: Tracker
beforeAll(async () => {
  tracker = await startTracker({ STUN_URLS: '' })
})
afterAll(() => tracker[Symbol.asyncDispose]())

it('three machines get a directory whose publisher dies half way, and follow the next version by themselves', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const folder = cleanUp.use(await temporaryFolder())
  const web = join(folder.path, 'web')
  await cp(TYPESCRIPT, join(web, 'typescript'), { recursive: true })
  const webSeed = cleanUp.use(await serveRanges(web))
  const publisher = cleanUp.use(await openMachine(tracker.http))
  const options = ['--tracker', tracker.http, '--limit-up', '3MB']
  const first = publisher.start(
    'publish',
    join(web, 'typescript'),
    '--version',
    '1',
    '--web-seed',
    webSeed.url,
    ...options,
  )
  const [, link = ''] = await first.says(/^(http\S+)\n/)
  const machines = []
  for (let count = 0; count < 3; count++) machines.push(cleanUp.use(await openMachine()))
  const following = machines.map((machine) => machine.start('seed', link, 'app', '--json', '--limit-down', '6MB'))
  // Somebody has half of it.
  await following[0]?.says(/"type":"progress"[^\n]*"bytes":1[2-9]\d{6}\D/)
  await first[Symbol.asyncDispose]()
  await Promise.all(following.map((program) => program.says(/"type":"installed","number":1\D/)))
  const files = await harvest(join(web, 'typescript'))
  for (const machine of machines) expect(await harvest(join(machine.path, 'app'))).toEqual(files)

  await writeFile(join(web, 'typescript/README.md'), 'The next version.')
  await writeFile(join(web, 'typescript/new.txt'), 'And a new file.')
  const second = publisher.start('publish', join(web, 'typescript'), '--version', '2', '--tracker', tracker.http)
  expect((await second.says(/^(http\S+)\n/))[1]).toBe(link)
  await Promise.all(following.map((program) => program.says(/"type":"installed","number":2\D/)))
  const changed = await harvest(join(web, 'typescript'))
  expect(changed).not.toEqual(files)
  for (const machine of machines) expect(await harvest(join(machine.path, 'app'))).toEqual(changed)
  for (const program of following) {
    const { code, out } = await program.interrupted()
    expect(code).toBe(0)
    const installed = notesIn(out).filter(({ type }) => type === 'installed')
    // Of the second version only what has changed is fetched.
    expect(installed[1]).toMatchObject({ number: 2, fromOrigin: 0, fromPeers: 32 })
  }
})
