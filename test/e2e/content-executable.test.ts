import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { publish } from '../../sdk/content/publication.ts'
import { subscribe } from '../../sdk/content/subscribe.ts'
import { sum, type Traffic } from '../../sdk/content/counters.ts'
import { createIdentity } from '../../sdk/shell/identity.ts'
import { has, notesIn, openMachine } from '../sdk/cli/cli.ts'
import { plant } from '../sdk/content/trees.ts'
import { temporaryFolder } from '../support/folder.ts'
import { startTracker } from '../support/tracker.ts'

const script = (says: string) => Buffer.from(`#!/bin/sh\necho ${says}\n`)
const fetched = ({ fromPeers, fromOrigins }: Traffic) => sum(fromPeers) + sum(fromOrigins)
const run = (path: string) => execFileSync(path, { encoding: 'utf8' })

/** Somebody of their own: peers of one process would share an identity. */
const somebody = async () => ({ iceServers: [], identity: await createIdentity() })

it('a script that is published can be run where it arrives; a change of the bit alone fetches nothing', async () => {
  await using cleanUp = new AsyncDisposableStack()
  const tracker = cleanUp.use(await startTracker({ STUN_URLS: '' }))
  const folder = cleanUp.use(await temporaryFolder())
  const source = await plant(join(folder.path, 'tool'), {
    start: script('started'),
    text: script('text'),
    'data.bin': randomBytes(300_000),
  })
  await chmod(join(source, 'start'), 0o755)
  const key = await createIdentity()
  const publishNext = async (version: string) =>
    publish(source, { tracker: tracker.http, key, version, ...(await somebody()) })
  const first = cleanUp.use(await publishNext('1'))
  const machine = cleanUp.use(await openMachine())
  expect(await machine.run('get', first.link, 'app')).toMatchObject({ code: 0 })
  expect(run(join(machine.path, 'app/start'))).toBe('started\n')
  expect(() => run(join(machine.path, 'app/text'))).toThrow('EACCES')
  expect(await machine.run('inspect', first.link)).toMatchObject({ code: 0, out: has('  start*\n') })

  const dir = join(folder.path, 'followed')
  const follower = cleanUp.use(await subscribe(first.link, { dir, ...(await somebody()) }))
  const releases = follower.releases
  expect((await releases.next()).value).toMatchObject({ number: 1 })
  const before = fetched(follower.traffic)
  expect(before).toBe(first.release.bytes)
  await first.close()
  await chmod(join(source, 'start'), 0o644)
  await chmod(join(source, 'text'), 0o755)
  const checked: number[] = []
  follower.on('checking', ({ bytes, total }) => checked.push(bytes / total))
  const second = cleanUp.use(await publishNext('2'))
  expect(second.release.infoHash).not.toBe(first.release.infoHash)
  expect((await releases.next()).value).toMatchObject({ number: 2 })
  expect([fetched(follower.traffic), follower.traffic.fromDisk]).toEqual([before, second.release.bytes])
  expect(checked).toContain(1)
  expect(run(join(dir, 'text'))).toBe('text\n')
  expect(() => run(join(dir, 'start'))).toThrow('EACCES')
  const [inspected] = notesIn((await machine.run('inspect', first.link, '--json')).out)
  expect(inspected?.['files']).toMatchObject([
    { path: 'data.bin', isExecutable: false },
    { path: 'start', isExecutable: false },
    { path: 'text', isExecutable: true },
  ])
})
