import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { makeMetadata, type Made } from '../../../sdk/content/make.ts'
import { openStore } from '../../../sdk/content/store.node.ts'
import type { Download, Installation } from '../../../sdk/content/versions.ts'
import { openInstallation } from '../../../sdk/content/versions.node.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { CHANNEL, harvest, hashes, plant, promised } from './trees.ts'

/** A script of three pieces. */
const SCRIPT = Buffer.from(`#!/bin/sh\necho ran\nexit\n${'#'.repeat(40_000)}`)
const TREE = { 'bin/run': SCRIPT, 'bin/empty': new Uint8Array(), data: randomBytes(20_000) }
type Path = keyof typeof TREE

/** A folder with the tree in it, and the path of an installation. */
async function scene() {
  const folder = await temporaryFolder()
  const source = await plant(join(folder.path, 'from'), TREE)
  const app = join(folder.path, 'app')
  const probe = join(folder.path, 'probe')
  await writeFile(probe, '', { mode: 0o777 })
  const most = await modeOf(probe)
  return {
    source,
    app,
    versions: join(folder.path, '.app.edgeswarm/versions'),
    /** What is left of a mode by the umask of this process. */
    masked: (mode: number) => mode & most,
    open: () => openInstallation(app, CHANNEL),
    /** Publishes the tree with these modes. */
    publish: async (modes: Partial<Record<Path, number>>) => {
      for (const [path, mode] of Object.entries(modes)) await chmod(join(source, path), mode)
      return makeMetadata(source, 'app', { pieceLength: 16_384 })
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

const modeOf = async (...path: readonly string[]): Promise<number> => (await stat(join(...path))).mode & 0o7777

/** Fetches so many pieces, from the first on, from where they were published. */
async function fetchFrom(made: Made, download: Download, pieces: number): Promise<void> {
  const origin = await openStore(made.root, made.metadata)
  for (let piece = 0; piece < pieces; piece++) {
    await download.accept(piece, await origin.read(piece, 0, origin.places.placeOf(piece).length))
  }
  await origin.close()
}

async function install(installation: Installation, made: Made, number: number): Promise<void> {
  const download = await installation.begin(promised(made, number), made.bytes)
  await fetchFrom(made, download, download.store.places.count)
  expect(await download.finish()).toMatchObject({ number })
}

it('a file that its publisher may execute can be executed by who may read it, and no other file', async () => {
  await using at = await scene()
  const made = await at.publish({ 'bin/run': 0o700, 'bin/empty': 0o755, data: 0o644 })
  const installation = await at.open()
  await install(installation, made, 1)
  expect(await modeOf(at.app, 'bin/run')).toBe(at.masked(0o777))
  expect(await modeOf(at.app, 'bin/empty')).toBe(at.masked(0o777))
  expect(await modeOf(at.app, 'data')).toBe(at.masked(0o666))
  // While it is shared: no file that is open to be written can be run.
  expect(execFileSync(join(at.app, 'bin/run'), { encoding: 'utf8' })).toBe('ran\n')
  await installation.close()
})

it('nothing but the bit goes along: neither setuid, setgid and sticky nor who else may do what', async () => {
  await using at = await scene()
  const made = await at.publish({ 'bin/run': 0o7711, data: 0o6666 })
  const installation = await at.open()
  await install(installation, made, 1)
  expect(await modeOf(at.app, 'bin/run')).toBe(at.masked(0o777))
  expect(await modeOf(at.app, 'data')).toBe(at.masked(0o666))
  await installation.close()
})

it('a bit that changes is another version, of which nothing is fetched, and the version before stays as it is', async () => {
  await using at = await scene()
  const first = await at.publish({ 'bin/run': 0o755, data: 0o644 })
  const second = await at.publish({ 'bin/run': 0o644, data: 0o755 })
  const third = await at.publish({ 'bin/run': 0o755, data: 0o644 })
  expect(second.infoHash).not.toBe(first.infoHash)
  expect([third.infoHash, third.sha256]).toEqual([first.infoHash, first.sha256])
  const installation = await at.open()
  await install(installation, first, 1)
  const update = await installation.begin(promised(second, 2), second.bytes)
  expect(update.fromDisk).toBe(second.length)
  expect(await update.finish()).toMatchObject({ number: 2, infoHash: second.infoHash })
  for (const [version, run, data] of [
    ['1', 0o777, 0o666],
    ['2', 0o666, 0o777],
  ] as const) {
    expect(await modeOf(at.versions, version, 'bin/run')).toBe(at.masked(run))
    expect(await modeOf(at.versions, version, 'data')).toBe(at.masked(data))
    expect(await harvest(join(at.versions, version))).toEqual(hashes(TREE))
  }
  await installation.close()
})

it('a download that was cut off amid an executable file goes on with it', async () => {
  await using at = await scene()
  const made = await at.publish({ 'bin/run': 0o755 })
  const before = await at.open()
  await fetchFrom(made, await before.begin(promised(made), made.bytes), 2)
  await before.close()
  const installation = await at.open()
  const download = await installation.begin(promised(made), made.bytes)
  expect(download.fromDisk).toBe(2 * 16_384)
  await fetchFrom(made, download, download.store.places.count)
  await download.finish()
  expect(await modeOf(at.app, 'bin/run')).toBe(at.masked(0o777))
  await installation.close()
})
