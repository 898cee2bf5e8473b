import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { encodeMetadata } from '../../../protocol/content/metadata.ts'
import { Membership } from '../../../sdk/content/channel/membership.ts'
import { Counters } from '../../../sdk/content/counters.ts'
import { Downloader, type DownloadProgress } from '../../../sdk/content/downloader.ts'
import { Throttle } from '../../../sdk/content/exchange/throttle.ts'
import type { Made } from '../../../sdk/content/make.ts'
import { releaseOf } from '../../../sdk/content/next-release.ts'
import { openStore } from '../../../sdk/content/store.node.ts'
import type { Installation } from '../../../sdk/content/versions.ts'
import { openInstallation } from '../../../sdk/content/versions.node.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { CHANNEL, promised, publish } from './trees.ts'

/** The same but for the SHA-256s of its files: no file will be what the release says. */
function contradictory(made: Made): Made {
  const files = made.metadata.files.map((file) => ({ ...file, sha256: randomBytes(32) }))
  const metadata = { ...made.metadata, files }
  const bytes = encodeMetadata(metadata)
  const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex')
  return { ...made, metadata, bytes, infoHash: hash('sha1'), sha256: hash('sha256') }
}

/** Puts all of a release where a download finds it. */
async function prefetch(installation: Installation, made: Made): Promise<void> {
  const origin = await openStore(made.root, made.metadata)
  const download = await installation.begin(promised(made), made.bytes)
  for (let piece = 0; piece < origin.places.count; piece++) {
    await download.accept(piece, await origin.read(piece, 0, origin.places.placeOf(piece).length))
  }
  await origin.close()
}

const releaseFor = (made: Made) =>
  releaseOf(made, { tracker: 'http://127.0.0.1', ...CHANNEL }, { version: '1' }, CHANNEL.publisher, null)

function downloaderOf(installation: Installation) {
  const membership = new Membership(null)
  const sharing = { throttle: new Throttle(Infinity), counters: new Counters(), problem: () => undefined }
  const told: [string, number, number][] = []
  const events = {
    progress: ({ bytes, total }: DownloadProgress) => told.push(['progress', bytes, total]),
    checking: ({ bytes, total }: DownloadProgress) => told.push(['checking', bytes, total]),
  }
  return {
    told,
    added: vi.spyOn(membership, 'add'),
    removed: vi.spyOn(membership, 'remove'),
    membership,
    downloader: new Downloader(installation, membership, sharing, false, events),
  }
}

it('a download that can not be finished is exchanged no longer', async () => {
  await using folder = await temporaryFolder()
  const made = contradictory(await publish(join(folder.path, 'from'), { a: randomBytes(40_000) }))
  const installation = await openInstallation(join(folder.path, 'app'), CHANNEL)
  await prefetch(installation, made)
  const { downloader, added, removed } = downloaderOf(installation)
  const fetched = downloader.fetch(releaseFor(made), made.bytes, new AbortController().signal)
  await expect(fetched).rejects.toMatchObject({ code: 'ERR_RELEASE' })
  expect(added).toHaveBeenCalledOnce()
  expect(removed.mock.calls).toEqual(added.mock.calls)
  expect(downloader.current).toBeNull()
  await installation.close()
})

it('a download that is given up is exchanged no longer', async () => {
  await using folder = await temporaryFolder()
  const made = await publish(join(folder.path, 'from'), { a: randomBytes(40_000) })
  const installation = await openInstallation(join(folder.path, 'app'), CHANNEL)
  const { downloader, added, removed } = downloaderOf(installation)
  const controller = new AbortController()
  added.mockImplementationOnce(() => {
    controller.abort(new Error('a newer one came'))
  })
  const fetched = downloader.fetch(releaseFor(made), made.bytes, controller.signal)
  await expect(fetched).rejects.toThrow('a newer one came')
  expect(removed.mock.calls).toEqual(added.mock.calls)
  expect(downloader.current).toBeNull()
  await installation.close()
})

it('a download that is complete is exchanged on', async () => {
  await using folder = await temporaryFolder()
  const made = await publish(join(folder.path, 'from'), { a: randomBytes(40_000) })
  const installation = await openInstallation(join(folder.path, 'app'), CHANNEL)
  await prefetch(installation, made)
  const { downloader, membership, removed, told } = downloaderOf(installation)
  const transfer = await downloader.fetch(releaseFor(made), made.bytes, new AbortController().signal)
  expect(transfer.exchange.isDone).toBe(true)
  expect(removed).not.toHaveBeenCalled()
  expect(told[0]?.[0]).toBe('checking')
  expect(told.filter(([, bytes, total]) => bytes === total)).toEqual([
    ['checking', 40_000, 40_000],
    ['progress', 40_000, 40_000],
    ['checking', 40_000, 40_000],
  ])
  await membership.leave()
  await installation.close()
})
