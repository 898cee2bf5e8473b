import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startTracker } from '../../support/tracker.ts'
import { harvest, hashes, plant, randomTree } from '../content/trees.ts'
import { notesIn, openMachine } from './cli.ts'

it('U17: a tracker that has forgotten all gets the next release of a channel, and whoever followed it has both', async () => {
  const tracker = await startTracker({ STUN_URLS: '' })
  await using publisher = await openMachine(tracker.http)
  await using reader = await openMachine()
  const [first, second] = [randomTree(3), randomTree(4)]
  const publish = (version: string, directory: string) =>
    publisher.start('publish', directory, '--name', 'app', '--version', version)

  const publishing = publish('1', await plant(join(publisher.path, 'one'), first))
  const [, link = ''] = await publishing.says(/^(http\S+)\n/)
  const following = reader.start('seed', link, 'app', '--json')
  await following.says(/"type":"installed","number":1\D/)
  expect(await harvest(join(reader.path, 'app'))).toEqual(hashes(first))
  expect((await publishing.interrupted()).code).toBe(0)

  await tracker[Symbol.asyncDispose]()
  await using empty = await startTracker({ STUN_URLS: '' }, Number(new URL(tracker.http).port))
  expect((await fetch(link)).status).toBe(404)
  const renewing = publish('2', await plant(join(publisher.path, 'two'), second))
  expect((await renewing.says(/^(http\S+)\n/))[1]).toBe(link)
  await following.says(/"type":"installed","number":2\D/)
  expect(await harvest(join(reader.path, 'app'))).toEqual(hashes(second))
  const [inspected] = notesIn((await reader.run('inspect', link, '--json')).out)
  expect(inspected).toMatchObject({ link, problem: null, history: [{ number: 2 }] })
  expect((await empty.stats()).sockets).toBeGreaterThan(0)
})
