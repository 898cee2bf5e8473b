import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Made } from '../../../sdk/content/make.ts'
import { hasBit } from '../../../sdk/content/core/bits.ts'
import { openStore as openFiles } from '../../../sdk/content/store.node.ts'
import { openStore } from '../../../sdk/content/store.ts'
import { type Download, type Installation, openInstallation } from '../../../sdk/content/versions.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { stubOrigin } from './origin-files.ts'
import { CHANNEL, forge, promised, publish, randomTree, type Tree } from './trees.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const PLACE = `edgeswarm/${CHANNEL.publisher}/${CHANNEL.channel}`
const PIECES = `${PLACE}/pieces`
const open = () => openInstallation('edgeswarm', CHANNEL)

/** The trees as they were published, and where to fetch them from. */
async function scene(...trees: readonly Tree[]) {
  const folder = await temporaryFolder()
  const made = []
  for (const [index, tree] of trees.entries()) made.push(await publish(join(folder.path, `${index}`), tree))
  const [first, second = first] = made
  if (!first || !second) throw new Error('a scene has a tree')
  return { first, second, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

async function fetchFrom(made: Made, download: Download, most = Infinity): Promise<number> {
  const origin = await openFiles(made.root, made.metadata)
  let bytes = 0
  let fetched = 0
  for (let piece = 0; piece < origin.places.count && fetched < most; piece++) {
    if (hasBit(download.have, piece)) continue
    const { length } = origin.places.placeOf(piece)
    expect(await download.accept(piece, await origin.read(piece, 0, length))).toBe(true)
    bytes += length
    fetched++
  }
  await origin.close()
  return bytes
}

async function install(installation: Installation, made: Made, number: number): Promise<number> {
  const download = await installation.begin(promised(made, number), made.bytes)
  const bytes = await fetchFrom(made, download)
  expect(await download.finish()).toMatchObject({ number, infoHash: made.infoHash })
  return bytes
}

describe('an installation in a browser', () => {
  it('keeps every file, and is there again for the next page', async () => {
    stubOrigin()
    const tree = randomTree(60)
    await using at = await scene(tree)
    const installation = await open()
    await install(installation, at.first, 1)
    await installation.remember({ number: 1, digest: 'ab'.repeat(32), key: CHANNEL.publisher }, '{}')
    await installation.close()
    const again = await open()
    expect(again).toMatchObject({ known: { number: 1 }, feed: '{}', current: { number: 1 } })
    const store = again.current?.store
    for (const file of at.first.metadata.files) {
      expect(await store?.verifyFile(file)).toBe(true)
      const content = Buffer.from(tree[file.path] ?? '')
      expect(Buffer.from((await store?.readFile(file, 0, file.length + 5)) ?? [])).toEqual(content)
      const part = await store?.readFile(file, 10_000, 20_000)
      expect(Buffer.from(part ?? [])).toEqual(content.subarray(10_000, 30_000))
    }
    await again.close()
  })

  it('fetches of an update what changed, and drops what nobody needs', async () => {
    const { names } = stubOrigin()
    const tree = { ...randomTree(40), changing: randomBytes(40_000) }
    await using at = await scene(tree, { ...tree, changing: randomBytes(40_000) })
    const installation = await open()
    await install(installation, at.first, 1)
    const before = await names(PIECES)
    expect(await install(installation, at.second, 2)).toBe(40_000)
    const after = await names(PIECES)
    expect(after).toHaveLength(before.length)
    expect(after.filter((name) => !before.includes(name))).toHaveLength(3)
    expect(await names(`${PLACE}/metadata`)).toEqual([at.second.infoHash])
    await installation.close()
  })

  it('resumes with every piece that was written, if it is still right', async () => {
    const { names, spoil } = stubOrigin()
    await using at = await scene({ a: randomBytes(100_000) })
    const first = await open()
    await fetchFrom(at.first, await first.begin(promised(at.first), at.first.bytes), 5)
    const [name = ''] = await names(PIECES)
    await spoil(PIECES, name)
    await first.close()
    const second = await open()
    const resumed = await second.begin(promised(at.first), at.first.bytes)
    expect(resumed.fromDisk).toBe(4 * 16_384)
    expect(await fetchFrom(at.first, resumed)).toBe(100_000 - 4 * 16_384)
    expect(await resumed.finish()).not.toBeNull()
    await second.close()
  })

  it('is of one page at a time', async () => {
    stubOrigin()
    const installation = await open()
    await expect(open()).rejects.toThrow('Another page has this channel open already.')
    await installation.close()
    await (await open()).close()
  })

  it('says before and while it downloads that there is no room, and keeps what it has', async () => {
    await using at = await scene({ a: randomBytes(100_000) })
    stubOrigin(50_000)
    const small = await open()
    await expect(small.begin(promised(at.first), at.first.bytes)).rejects.toMatchObject({ code: 'ERR_FULL' })
    await small.close()
    const { quota } = stubOrigin()
    const installation = await open()
    const download = await installation.begin(promised(at.first), at.first.bytes)
    await fetchFrom(at.first, download, 2)
    quota.left = 0
    await expect(fetchFrom(at.first, download, 1)).rejects.toMatchObject({ code: 'ERR_FULL' })
    expect(await download.store.check(1)).toBe(true)
    expect(await download.finish()).toBeNull()
    await installation.close()
  })

  it('never gives out what is not right', async () => {
    const { names, spoil } = stubOrigin()
    await using at = await scene({ a: randomBytes(1000) })
    const installation = await open()
    await install(installation, at.first, 1)
    const [name = ''] = await names(PIECES)
    await spoil(PIECES, name)
    await installation.close()
    const store = await openStore(PIECES, at.first.metadata)
    await expect(store.read(0, 0, 10)).rejects.toMatchObject({ code: 'ERR_DISK' })
    await expect(openStore(PIECES, forge(['../a']).metadata)).rejects.toMatchObject({ code: 'ERR_RELEASE' })
  })

  it('is refused where the browser can not keep files', async () => {
    stubOrigin()
    vi.stubGlobal('navigator', { locks: navigator.locks, storage: {} })
    await expect(open()).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' })
  })
})
