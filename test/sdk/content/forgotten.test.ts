import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { ChannelSwarm } from '../../../sdk/content/channel/swarm.ts'
import { publish, type PublishDirectoryOptions } from '../../../sdk/content/publication.ts'
import { subscribe } from '../../../sdk/content/subscribe.ts'
import { createIdentity } from '../../../sdk/index.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { startTracker } from '../../support/tracker.ts'

type Given = Pick<PublishDirectoryOptions, 'key'> & Partial<PublishDirectoryOptions>

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/** A publisher with a folder of its own, and a tracker that can be replaced by an empty one at the same address. */
async function openSetting() {
  const cleanUp = new AsyncDisposableStack()
  const folder = cleanUp.use(await temporaryFolder())
  const directory = join(folder.path, 'app')
  await mkdir(directory)
  await writeFile(join(directory, 'app.js'), 'the app')
  let tracker = await startTracker({ STUN_URLS: '' })
  const { http } = tracker
  cleanUp.defer(() => tracker[Symbol.asyncDispose]())
  const ours = async () => ({ iceServers: [], identity: await createIdentity() })
  return {
    path: folder.path,
    keys: join(folder.path, 'keys'),
    forget: async () => {
      await tracker[Symbol.asyncDispose]()
      tracker = await startTracker({ STUN_URLS: '' }, Number(new URL(http).port))
    },
    publish: async (keys: string, given: Given) => {
      vi.stubEnv('EDGESWARM_KEYS', keys)
      return publish(directory, { tracker: http, version: '1', ...(await ours()), ...given })
    },
    subscribe: async (link: string) => subscribe(link, { dir: join(folder.path, 'got'), ...(await ours()) }),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  }
}

it('U17: what is published after a tracker has forgotten the channel follows what is remembered beside the keys', async () => {
  await using setting = await openSetting()
  const [key, next] = [await createIdentity(), await createIdentity()]
  const publisher = Buffer.from(key.publicKey).toString('base64url')
  const first = await setting.publish(setting.keys, { key })
  expect(first.release).toMatchObject({ number: 1, previous: null })
  await first.close()
  const other = await setting.publish(setting.keys, { key, channel: 'beta' })
  expect(other.release.number).toBe(1)
  await other.close()

  await setting.forget()
  const successor = Buffer.from(next.publicKey).toString('base64url')
  const second = await setting.publish(setting.keys, { key, successor })
  expect(second.release.number).toBe(2)
  expect(second.release.previous).toMatch(/^[0-9a-f]{64}$/)
  await second.close()

  // A tracker that knows nothing is told of the hand-over too.
  await setting.forget()
  await expect(setting.publish(setting.keys, { key })).rejects.toMatchObject({ code: 'ERR_KEY' })
  await using third = await setting.publish(setting.keys, { key: next, publisher })
  expect(third.release.number).toBe(3)
  await using subscription = await setting.subscribe(third.link)
  expect((await subscription.releases.next()).value).toMatchObject({ number: 3 })
})

it('U17: the tracker is believed where it knows of a newer one than the publisher, or the publisher of none', async () => {
  await using setting = await openSetting()
  const key = await createIdentity()
  for (const [keys, number] of [
    ['here', 1],
    ['there', 2],
    ['here', 3],
  ] as const) {
    await using publication = await setting.publish(join(setting.path, keys), { key })
    expect(publication.release.number).toBe(number)
  }
})

it('who has forgotten as much as the tracker hears from followers that they refuse it, and is above them the next time', async () => {
  await using setting = await openSetting()
  const key = await createIdentity()
  await (await setting.publish(setting.keys, { key })).close()
  const second = await setting.publish(setting.keys, { key })
  await using subscription = await setting.subscribe(second.link)
  const { releases } = subscription
  expect((await releases.next()).value).toMatchObject({ number: 2 })
  await second.close()

  await setting.forget()
  const elsewhere = join(setting.path, 'elsewhere')
  const low = await setting.publish(elsewhere, { key })
  expect(low.release.number).toBe(1)
  const told = new Promise<string>((resolve) => low.on('problem', resolve))
  expect(await told).toMatch(/^Followers have release 2 already.*refuse release 1\. Publish it again: it is release 3/)
  await low.close()
  await using high = await setting.publish(elsewhere, { key })
  expect(high.release.number).toBe(3)
  expect((await releases.next()).value).toMatchObject({ number: 3 })
})

it('a memory that is damaged is not taken for none, and one that can not be written is told of', async () => {
  await using setting = await openSetting()
  const key = await createIdentity()
  await (await setting.publish(setting.keys, { key })).close()
  const folder = join(setting.keys, 'published')
  const path = join(folder, (await readdir(folder))[0] ?? '')
  await writeFile(path, (await readFile(path)).subarray(0, 100))
  await expect(setting.publish(setting.keys, { key })).rejects.toThrow(`${path} is damaged`)

  await rm(path)
  // After it was looked for, something is in the way of what is to be written.
  const onMade = async () => {
    await mkdir(path)
    return []
  }
  const problems: string[] = []
  const onNotRemembered = ({ message }: Error) => problems.push(message)
  await using publication = await setting.publish(setting.keys, { key, onMade, onNotRemembered })
  expect(publication.release.number).toBe(2)
  expect(problems).toEqual([expect.stringContaining(path)])
  // What was written for it is gone.
  expect(await readdir(folder)).toEqual([basename(path)])
})

it('what followers tell while the release is being published is told once somebody can listen, and stays remembered', async () => {
  await using setting = await openSetting()
  const key = await createIdentity()
  for (let number = 1; number <= 2; number++) await (await setting.publish(setting.keys, { key })).close()
  const folder = join(setting.keys, 'published')
  const forgotten = await readFile(join(folder, (await readdir(folder))[0] ?? ''), 'utf8')

  await setting.forget()
  const enter = ChannelSwarm.enter.bind(ChannelSwarm)
  vi.spyOn(ChannelSwarm, 'enter').mockImplementationOnce((link, host, options) => {
    host.heard(forgotten)
    return enter(link, host, options)
  })
  const kept: string[] = []
  const memory = {
    read: () => Promise.resolve(kept.at(-1) ?? null),
    keep: (_: unknown, feed: string) => {
      kept.push(feed)
      return Promise.resolve()
    },
  }
  const low = await setting.publish(setting.keys, { key, memory })
  const told = new Promise<string>((resolve) => low.on('problem', resolve))
  expect(low.release.number).toBe(1)
  expect(await told).toContain('Publish it again: it is release 3')
  expect(kept).toEqual([expect.any(String), forgotten])
  await low.close()
})

it('nothing is remembered where the publisher wants no memory', async () => {
  await using setting = await openSetting()
  const key = await createIdentity()
  for (const time of ['first', 'second']) {
    await using publication = await setting.publish(setting.keys, { key, memory: null })
    expect(publication.release.number, time).toBe(1)
    await setting.forget()
  }
  await expect(readdir(setting.keys)).rejects.toMatchObject({ code: 'ENOENT' })
})
