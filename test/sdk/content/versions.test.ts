import { createHash, randomBytes } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeMetadata } from '../../../protocol/content/metadata.ts'
import type { Made } from '../../../sdk/content/make.ts'
import { hasBit } from '../../../sdk/content/core/bits.ts'
import { openStore } from '../../../sdk/content/store.node.ts'
import type { Download, Installation } from '../../../sdk/content/versions.ts'
import { openInstallation } from '../../../sdk/content/versions.node.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { CHANNEL, harvest, hashes, plant, promised, publish, randomTree, type Tree } from './trees.ts'

const OTHER = { ...CHANNEL, channel: 'beta' }

const known = (number: number) => ({ number, digest: 'ab'.repeat(32), key: CHANNEL.publisher })

const missing = ({ have, store }: Download): number[] =>
  Array.from({ length: store.places.count }, (_, piece) => piece).filter((piece) => !hasBit(have, piece))

/** Fetches what is missing, or the first of it, from where it was published; says how many bytes that were. */
async function fetchFrom(made: Made, download: Download, most = Infinity): Promise<number> {
  const origin = await openStore(made.root, made.metadata)
  let bytes = 0
  for (const piece of missing(download).slice(0, most)) {
    const { length } = origin.places.placeOf(piece)
    expect(await download.accept(piece, await origin.read(piece, 0, length))).toBe(true)
    bytes += length
  }
  await origin.close()
  return bytes
}

/** The files that this process has open there. */
async function openFilesBeneath(folder: string): Promise<string[]> {
  const open = (await readdir('/proc/self/fd')).map((id) => readlink(join('/proc/self/fd', id)).catch(() => ''))
  return (await Promise.all(open)).filter((path) => path.startsWith(folder))
}

async function install(installation: Installation, made: Made, number: number): Promise<number> {
  const download = await installation.begin(promised(made, number), made.bytes)
  const bytes = await fetchFrom(made, download)
  expect(await download.finish()).toMatchObject({ number, infoHash: made.infoHash })
  return bytes
}

/** A folder with published versions in it, and the path of an installation. */
async function scene(...trees: readonly Tree[]) {
  const folder = await temporaryFolder()
  const made = []
  for (const [index, tree] of trees.entries()) made.push(await publish(join(folder.path, `from ${index}`), tree))
  const [first, second = first] = made
  if (!first || !second) throw new Error('a scene has a tree')
  const app = join(folder.path, 'app')
  return {
    first,
    second,
    app,
    base: join(folder.path, '.app.edgeswarm'),
    open: (channel = CHANNEL) => openInstallation(app, channel),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** The tree with another content in some files. */
function changed(tree: Tree, paths: readonly string[]): Tree {
  return { ...tree, ...Object.fromEntries(paths.map((path) => [path, randomBytes((tree[path] ?? '').length)])) }
}

/** As if it were of one file of 6 TB: a bomb of 30 MB. */
function bombOf(made: Made): Made {
  const length = 1_500_000 * 4_194_304
  const file = { path: 'bomb', length, offset: 0, sha256: randomBytes(32), isExecutable: false }
  const metadata = { name: 'app', pieceLength: 4_194_304, pieces: randomBytes(20 * 1_500_000), files: [file], length }
  const bytes = encodeMetadata(metadata)
  const hash = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex')
  return { ...made, metadata, bytes, length, infoHash: hash('sha1'), sha256: hash('sha256') }
}

describe('an installation', () => {
  it('shows a version once all of it is there', async () => {
    const tree = randomTree(200)
    await using at = await scene(tree)
    const installation = await at.open()
    expect(installation.current).toBeNull()
    const download = await installation.begin(promised(at.first), at.first.bytes)
    await fetchFrom(at.first, download, missing(download).length - 1)
    expect(await download.finish()).toBeNull()
    await expect(lstat(at.app)).rejects.toMatchObject({ code: 'ENOENT' })
    await fetchFrom(at.first, download)
    const installed = await download.finish()
    expect(installed).toMatchObject({ number: 1, infoHash: at.first.infoHash })
    expect(await harvest(at.app)).toEqual(hashes(tree))
    expect(await readlink(at.app)).toBe('.app.edgeswarm/versions/1')
    expect(installed?.store).toBe(download.store)
    expect((await installed?.store.read(0, 0, 10))?.length).toBe(10)
    await installation.close()
    const again = await at.open()
    expect(again.current).toMatchObject({ number: 1, infoHash: at.first.infoHash })
    expect(await again.current?.store.check(0)).toBe(true)
    await again.close()
  })

  it('takes a piece only if it is right', async () => {
    await using at = await scene({ a: randomBytes(20_000) })
    const installation = await at.open()
    const download = await installation.begin(promised(at.first), at.first.bytes)
    expect(await download.accept(0, new Uint8Array(16_384))).toBe(false)
    expect(await download.accept(1, new Uint8Array(5))).toBe(false)
    expect(missing(download)).toEqual([0, 1])
    await installation.close()
    await expect(download.accept(0, new Uint8Array(16_384))).rejects.toThrow('This download was closed.')
  })

  it('takes no metadata but that which the release names', async () => {
    await using at = await scene(randomTree(5), randomTree(5))
    const installation = await at.open()
    const release = promised(at.first)
    for (const wrong of [
      installation.begin(release, at.second.bytes),
      installation.begin({ ...release, infoHash: at.second.infoHash }, at.first.bytes),
      installation.begin({ ...release, name: 'other' }, at.first.bytes),
      installation.begin({ ...release, bytes: release.bytes + 1 }, at.first.bytes),
      installation.begin({ ...release, files: 4 }, at.first.bytes),
    ]) {
      await expect(wrong).rejects.toMatchObject({ code: 'ERR_RELEASE' })
    }
    await installation.close()
  })

  it('remembers what it has seen, and nothing older', async () => {
    await using at = await scene(randomTree(3))
    const installation = await at.open()
    expect([installation.known, installation.feed]).toEqual([null, null])
    await installation.remember(known(5), '{"a":5}')
    await expect(installation.remember(known(4), '{}')).rejects.toMatchObject({ code: 'ERR_RELEASE' })
    await installation.close()
    const again = await at.open()
    expect([again.known, again.feed]).toEqual([known(5), '{"a":5}'])
    await again.close()
  })

  it('refuses more than the disk has room for before it writes any of it', async () => {
    await using at = await scene(randomTree(3))
    const huge = bombOf(at.first)
    const installation = await at.open()
    await expect(installation.begin(promised(huge), huge.bytes)).rejects.toThrow(/needs \d+ bytes more, and its disk/)
    expect(await readdir(join(at.base, 'staging'))).toEqual([])
    await installation.close()
  })
})

describe('a download', () => {
  it('resumes with what was saved, and fetches no byte of it again', async () => {
    const tree = randomTree(100)
    await using at = await scene(tree)
    const first = await at.open()
    const download = await first.begin(promised(at.first), at.first.bytes)
    const before = await fetchFrom(at.first, download, 60)
    await first.close()
    const second = await at.open()
    const resumed = await second.begin(promised(at.first), at.first.bytes)
    expect(resumed.fromDisk).toBe(before)
    expect(missing(resumed)).toHaveLength(resumed.store.places.count - 60)
    expect(before + (await fetchFrom(at.first, resumed))).toBe(at.first.length)
    await resumed.finish()
    expect(await harvest(at.app)).toEqual(hashes(tree))
    await second.close()
  })

  it('believes its hashes more than what was saved', async () => {
    await using at = await scene({ a: randomBytes(100_000), b: randomBytes(50_000) })
    const first = await at.open()
    const download = await first.begin(promised(at.first), at.first.bytes)
    await fetchFrom(at.first, download)
    await first.close()
    const staged = join(at.base, 'staging', at.first.infoHash)
    const content = await readFile(join(staged, 'a'))
    content[20_000] = (content[20_000] ?? 0) ^ 1
    await writeFile(join(staged, 'a'), content)
    await rm(join(staged, 'b'))
    const second = await at.open()
    const resumed = await second.begin(promised(at.first), at.first.bytes)
    expect(missing(resumed)).toEqual([1, 7, 8, 9, 10])
    await second.close()
  })

  it('finds at its end what the disk lost meanwhile, and goes on', async () => {
    const tree = { a: randomBytes(100_000), b: randomBytes(50_000) }
    await using at = await scene(tree)
    const installation = await at.open()
    const download = await installation.begin(promised(at.first), at.first.bytes)
    await fetchFrom(at.first, download)
    await writeFile(join(at.base, 'staging', at.first.infoHash, 'b'), randomBytes(50_000))
    expect(await download.finish()).toBeNull()
    expect(missing(download)).toEqual([7, 8, 9, 10])
    await fetchFrom(at.first, download)
    expect(await download.finish()).not.toBeNull()
    expect(await harvest(at.app)).toEqual(hashes(tree))
    await installation.close()
  })

  it('ends when it is told to, and begins again', async () => {
    await using at = await scene(randomTree(50), randomTree(50))
    const installation = await at.open()
    await install(installation, at.first, 1)
    const signal = AbortSignal.abort()
    const aborted = installation.begin(promised(at.second, 2), at.second.bytes, { signal })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    await install(installation, at.second, 2)
    await installation.close()
  })

  it('may begin after one that was begun in the place of another, and ended', async () => {
    await using at = await scene(randomTree(20), randomTree(20))
    const installation = await at.open()
    const given = await installation.begin(promised(at.first, 1), at.first.bytes)
    await fetchFrom(at.first, given, 3)
    const signal = AbortSignal.abort()
    const aborted = installation.begin(promised(at.second, 2), at.second.bytes, { signal })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    const third = await installation.begin(promised(at.first, 3), at.first.bytes)
    expect(missing(third)).toHaveLength(third.store.places.count - 3)
    await installation.close()
    await (await at.open()).close()
  })

  it('that was given up for one that never began leaves its place free when it is closed', async () => {
    await using at = await scene(randomTree(20), randomTree(20))
    const installation = await at.open()
    await installation.begin(promised(at.first, 1), at.first.bytes)
    const signal = AbortSignal.abort()
    await installation.begin(promised(at.second, 2), at.second.bytes, { signal }).catch(() => undefined)
    await installation.close()
    await (await at.open()).close()
  })

  it.runIf(process.platform === 'linux')('leaves no file open when it is aborted while it begins', async () => {
    const tree = randomTree(40)
    await using at = await scene(tree, { ...tree, more: randomBytes(50_000) })
    const installation = await at.open()
    const download = await installation.begin(promised(at.first, 1), at.first.bytes)
    await fetchFrom(at.first, download)
    const controller = new AbortController()
    let checked = 0
    const onProgress = () => {
      if (++checked === 20) controller.abort()
    }
    const options = { onProgress, signal: controller.signal }
    await expect(installation.begin(promised(at.second, 2), at.second.bytes, options)).rejects.toThrow()
    expect(await openFilesBeneath(at.base)).toEqual([])
    await installation.close()
  })
})

describe('an update', () => {
  it('fetches only files that changed: of 5 % that is 5 %', async () => {
    const tree = randomTree(400)
    const paths = Object.keys(tree).filter((_, index) => index % 20 === 7)
    const next = changed(tree, paths)
    await using at = await scene(tree, next)
    const installation = await at.open()
    await install(installation, at.first, 1)
    const expected = paths.reduce((sum, path) => sum + (tree[path] ?? '').length, 0)
    const download = await installation.begin(promised(at.second, 2), at.second.bytes)
    const touched = new Set(missing(download).map((piece) => download.store.places.placeOf(piece).file.path))
    expect([...touched].filter((path) => !paths.includes(path))).toEqual([])
    expect(download.fromDisk).toBe(at.second.length - expected)
    expect(await fetchFrom(at.second, download)).toBe(expected)
    await download.finish()
    expect(await harvest(at.app)).toEqual(hashes(next))
    await installation.close()
  })

  it('finds files that have moved, pieces within a file, and the last file where it is not the last any more', async () => {
    const [moved, grown, last] = [randomBytes(50_000), randomBytes(50_000), randomBytes(20_001)]
    const tail = randomBytes(10_000)
    await using at = await scene(
      { 'a/moved': moved, grown, z: last },
      { 'b/renamed': moved, grown: Buffer.concat([grown, tail]), z: last, zz: randomBytes(5) },
    )
    const installation = await at.open()
    await install(installation, at.first, 1)
    // Three whole pieces of the 50,000 bytes stay; their rest is in a piece with what is new.
    expect(await install(installation, at.second, 2)).toBe(60_000 - 3 * 16_384 + 5)
    await installation.close()
  })

  it('finds files also where the pieces have another length', async () => {
    const tree = randomTree(60)
    await using at = await scene(tree)
    const installation = await at.open()
    await install(installation, at.first, 1)
    const second = await publish(join(at.first.root, '../again'), { ...tree, more: randomBytes(10) }, 65_536)
    expect(await install(installation, second, 2)).toBe(10)
    await installation.close()
  })

  it('takes nothing from a version that was changed where it lies', async () => {
    const tree = { a: randomBytes(50_000), b: randomBytes(50_000) }
    const next = { ...tree, c: randomBytes(10) }
    await using at = await scene(tree, next)
    const installation = await at.open()
    await install(installation, at.first, 1)
    await writeFile(join(at.app, 'a'), randomBytes(50_000))
    expect(await install(installation, at.second, 2)).toBe(50_010)
    expect(await harvest(at.app)).toEqual(hashes(next))
    await installation.close()
  })

  it('takes over what an abandoned download has', async () => {
    const tree = randomTree(80)
    await using at = await scene(tree, { ...tree, more: randomBytes(10) })
    const installation = await at.open()
    const download = await installation.begin(promised(at.first, 1), at.first.bytes)
    await fetchFrom(at.first, download)
    expect(await install(installation, at.second, 2)).toBe(10)
    expect(await readdir(join(at.base, 'staging'))).toEqual([])
    await expect(download.finish()).rejects.toThrow('This download was given up for another.')
    await installation.close()
  })

  it('that only renews a release fetches nothing, and mends what is damaged', async () => {
    const tree = { a: randomBytes(50_000), b: randomBytes(50_000) }
    await using at = await scene(tree)
    const installation = await at.open()
    await install(installation, at.first, 1)
    expect(await install(installation, at.first, 2)).toBe(0)
    expect(await readlink(at.app)).toBe('.app.edgeswarm/versions/1')
    await writeFile(join(at.app, 'a'), randomBytes(50_000))
    expect(await install(installation, at.first, 2)).toBe(50_000)
    expect(await harvest(at.app)).toEqual(hashes(tree))
    await expect(installation.begin(promised(at.first, 1), at.first.bytes)).rejects.toThrow(/is older than the one/)
    await installation.close()
    const again = await at.open()
    expect(again.current?.number).toBe(2)
    await again.close()
  })

  it('keeps the version before, and none that is older', async () => {
    await using at = await scene(randomTree(5), randomTree(5))
    const installation = await at.open()
    await install(installation, at.first, 9)
    const before = installation.current?.store
    await install(installation, at.second, 10)
    expect((await before?.read(0, 0, 1))?.length).toBe(1)
    await install(installation, at.first, 11)
    expect((await readdir(join(at.base, 'versions'))).sort()).toEqual(['10', '11'])
    expect(await readdir(join(at.base, 'metadata'))).toEqual([at.first.infoHash])
    expect(await readlink(at.app)).toBe('.app.edgeswarm/versions/11')
    await installation.close()
  })
})

describe('the place of an installation', () => {
  it('may be an empty folder', async () => {
    const tree = randomTree(3)
    await using at = await scene(tree)
    await mkdir(at.app)
    const installation = await at.open()
    await install(installation, at.first, 1)
    expect(await harvest(at.app)).toEqual(hashes(tree))
    await installation.close()
  })

  it('is refused where something else is, which stays as it is', async () => {
    await using at = await scene(randomTree(3))
    await plant(at.app, { mine: new Uint8Array(3) })
    await expect(at.open()).rejects.toThrow(/app is there already and was not made by Edgeswarm/)
    expect(await readdir(at.app)).toEqual(['mine'])
    await rm(at.app, { recursive: true })
    await writeFile(at.app, 'mine')
    await expect(at.open()).rejects.toMatchObject({ code: 'ERR_PLACE' })
    await rm(at.app)
    await symlink('/etc', at.app)
    await expect(at.open()).rejects.toThrow(/app is a link to \/etc/)
    await expect(readdir(at.base)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is refused to another channel, another process and a damaged state', async () => {
    await using at = await scene(randomTree(3))
    const installation = await at.open()
    await install(installation, at.first, 1)
    await expect(at.open()).rejects.toThrow(`Process ${process.pid} works here already.`)
    await installation.close()
    await expect(at.open(OTHER)).rejects.toThrow(/has the channel stable of A+: choose another folder/)
    await writeFile(join(at.base, 'state.json'), '{"format":1')
    await expect(at.open()).rejects.toThrow(/state.json is damaged/)
    await rm(join(at.base, 'state.json'))
    await expect(at.open()).rejects.toThrow(/has lost its state/)
    expect(await readdir(join(at.base, 'versions'))).toEqual(['1'])
  })

  it('is refused where its own folder is a link', async () => {
    await using at = await scene(randomTree(3))
    await mkdir(join(at.base, '..', 'elsewhere'))
    await symlink('elsewhere', at.base)
    await expect(at.open()).rejects.toMatchObject({ code: 'ERR_PLACE' })
  })

  it('is refused where one stands', async () => {
    await using at = await scene(randomTree(3))
    await expect(openInstallation('.', CHANNEL)).rejects.toThrow(/is the folder that you are in/)
    await expect(openInstallation('..', CHANNEL)).rejects.toThrow(/is the folder that you are in/)
    expect(at.app).toBeTruthy()
  })

  it('is free again after a process that ended, and may be moved with all that is beside it', async () => {
    const tree = randomTree(3)
    await using at = await scene(tree)
    const installation = await at.open()
    await install(installation, at.first, 1)
    await installation.close()
    await writeFile(join(at.base, 'lock'), `${2 ** 22 + 1} gone`)
    await (await at.open()).close()
    await writeFile(join(at.base, 'lock'), `${process.pid} another-start`)
    await (await at.open()).close()
    const moved = join(at.base, '..', 'moved')
    await mkdir(moved)
    for (const name of ['app', '.app.edgeswarm']) await rename(join(at.base, '..', name), join(moved, name))
    expect(await harvest(join(moved, 'app'))).toEqual(hashes(tree))
    const there = await openInstallation(join(moved, 'app'), CHANNEL)
    expect(there.current?.number).toBe(1)
    await there.close()
  })

  it('stays taken when the one before is closed once more', async () => {
    await using at = await scene(randomTree(3))
    const before = await at.open()
    await before.close()
    const installation = await at.open()
    await before.close()
    await expect(at.open()).rejects.toThrow(`Process ${process.pid} works here already.`)
    await installation.close()
  })

  it('is not given back by an installation whose lock was taken over', async () => {
    await using at = await scene(randomTree(3))
    const before = await at.open()
    await rm(join(at.base, 'lock'))
    const installation = await at.open()
    await before.close()
    await expect(at.open()).rejects.toThrow(`Process ${process.pid} works here already.`)
    await installation.close()
  })

  it('whose link was removed has it again', async () => {
    await using at = await scene(randomTree(3))
    const installation = await at.open()
    await install(installation, at.first, 1)
    await installation.close()
    await unlink(at.app)
    await (await at.open()).close()
    expect(await readlink(at.app)).toBe('.app.edgeswarm/versions/1')
  })
})
