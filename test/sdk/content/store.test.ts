import { execFileSync, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodeMetadata, encodeMetadata } from '../../../protocol/content/metadata.ts'
import { diskError } from '../../../sdk/content/errno.ts'
import { openStore } from '../../../sdk/content/store.node.ts'
import type { Store } from '../../../sdk/content/store.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { forge, harvest, hashes, plant, publish, randomTree } from './trees.ts'

const pieces = ({ places }: Store) => Array.from({ length: places.count }, (_, piece) => piece)

async function copy(from: Store, to: Store): Promise<void> {
  for (const piece of pieces(from).sort(() => Math.random() - 0.5)) {
    await to.write(piece, await from.read(piece, 0, from.places.lengthOf(piece)))
  }
}

describe('a store', () => {
  it('takes over a directory of some hundred files, piece by piece in any order', async () => {
    await using folder = await temporaryFolder()
    const tree = randomTree(300)
    const made = await publish(join(folder.path, 'from'), tree)
    const from = await openStore(made.root, made.metadata)
    const to = await openStore(join(folder.path, 'deep', 'to'), made.metadata)
    await copy(from, to)
    await to.makeEmptyFiles()
    await to.sync()
    for (const piece of pieces(to)) expect(await to.check(piece)).toBe(true)
    for (const file of made.metadata.files) expect(await to.verifyFile(file)).toBe(true)
    expect(await harvest(join(folder.path, 'deep', 'to'))).toEqual(hashes(tree))
    await Promise.all([from.close(), to.close()])
  })

  it('reads any part of a piece, with zeros for padding', async () => {
    await using folder = await temporaryFolder()
    const small = randomBytes(100)
    const made = await publish(folder.path, { a: small, b: randomBytes(20_000) })
    const store = await openStore(folder.path, made.metadata)
    const whole = await store.read(0, 0, 16_384)
    expect(Buffer.from(whole)).toEqual(Buffer.concat([small, Buffer.alloc(16_284)]))
    expect(Buffer.from(await store.read(0, 90, 30))).toEqual(Buffer.concat([small.subarray(90), Buffer.alloc(20)]))
    expect(await store.read(2, 0, 20_000 - 16_384)).toHaveLength(3616)
    await expect(store.read(2, 0, 3617)).rejects.toThrow(RangeError)
    await expect(store.read(3, 0, 1)).rejects.toThrow(RangeError)
    await expect(store.read(0, -1, 1)).rejects.toThrow(RangeError)
    await store.close()
  })

  it('writes with padding or without, but never the padding', async () => {
    await using folder = await temporaryFolder()
    const content = randomBytes(100)
    const made = await publish(join(folder.path, 'from'), { a: content, b: randomBytes(5) })
    const to = join(folder.path, 'to')
    const store = await openStore(to, made.metadata)
    await store.write(0, Uint8Array.from(Buffer.concat([content, Buffer.alloc(16_284)])))
    expect(await readFile(join(to, 'a'))).toEqual(content)
    await store.write(0, Uint8Array.from(content))
    expect(await readFile(join(to, 'a'))).toEqual(content)
    await expect(store.write(0, new Uint8Array(99))).rejects.toThrow(RangeError)
    await store.close()
  })

  it('never gives out what is not as it was published', async () => {
    await using folder = await temporaryFolder()
    const content = randomBytes(40_000)
    const made = await publish(folder.path, { a: content })
    const store = await openStore(folder.path, made.metadata)
    content[20_000] = (content[20_000] ?? 0) ^ 1
    await writeFile(join(folder.path, 'a'), content)
    expect(await store.read(0, 0, 100)).toEqual(Uint8Array.from(content.subarray(0, 100)))
    await expect(store.read(1, 0, 100)).rejects.toThrow(/"a" is not on the disk as it was published/)
    expect(await store.check(1)).toBe(false)
    expect(await store.verifyFile(store.places.placeOf(1).file)).toBe(false)
    await store.close()
  })

  it('knows a file that is longer, shorter or gone', async () => {
    await using folder = await temporaryFolder()
    const made = await publish(folder.path, { a: randomBytes(40_000), empty: new Uint8Array() })
    const [a, empty] = made.metadata.files
    const store = await openStore(folder.path, made.metadata)
    if (!a || !empty) throw new Error('two files')
    expect(await store.verifyFile(a)).toBe(true)
    expect(await store.verifyFile(empty)).toBe(true)
    await truncate(join(folder.path, 'a'), 40_001)
    await writeFile(join(folder.path, 'empty'), 'x')
    expect(await store.verifyFile(a)).toBe(false)
    expect(await store.verifyFile(empty)).toBe(false)
    await truncate(join(folder.path, 'a'), 39_999)
    expect(await store.verifyFile(a)).toBe(false)
    expect(await store.check(2)).toBe(false)
    await store.close()
    const gone = await openStore(join(folder.path, 'gone'), made.metadata)
    expect(await gone.verifyFile(a)).toBe(false)
    expect(await gone.check(0)).toBe(false)
    await expect(gone.read(0, 0, 1)).rejects.toMatchObject({ code: 'ERR_DISK' })
    await gone.close()
  })

  it('serves more files than it holds open', async () => {
    await using folder = await temporaryFolder()
    const tree = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${index}`, randomBytes(10)]))
    const made = await publish(join(folder.path, 'from'), tree)
    const from = await openStore(made.root, made.metadata)
    const to = await openStore(join(folder.path, 'to'), made.metadata)
    await Promise.all(pieces(from).map(async (piece) => to.write(piece, await from.read(piece, 0, 10))))
    expect(await harvest(join(folder.path, 'to'))).toEqual(hashes(tree))
    const open = (await readdir('/proc/self/fd')).length
    expect(open).toBeLessThan(250)
    await Promise.all([from.close(), to.close()])
    expect((await readdir('/proc/self/fd')).length).toBeLessThan(open - 60)
  })

  it('goes on reading while its folder moves', async () => {
    await using folder = await temporaryFolder()
    const made = await publish(join(folder.path, 'one'), randomTree(100))
    const store = await openStore(join(folder.path, 'one'), made.metadata)
    const reads = pieces(store).map((piece) => store.read(piece, 0, 1))
    store.moveTo(join(folder.path, 'two'))
    expect(await Promise.all(reads)).toHaveLength(store.places.count)
    expect(await readdir(folder.path)).toEqual(['two'])
    await store.close()
  })
})

describe('an attack by metadata', () => {
  it.each([
    ['../out'],
    ['a/../../out'],
    ['/etc/out'],
    ['a//b'],
    ['a/./b'],
    ['a\\..\\..\\out'],
    ['C:/out'],
    ['nul'],
    ['a\0b'],
    ['.edgeswarm/state.json'],
    ['.pad/5'],
    ['A', 'a'],
    ['a', 'a/b'],
    ['', 'b'],
  ])('by the path %j is refused before anything is written', async (...paths) => {
    await using folder = await temporaryFolder()
    const { metadata, bytes } = forge(paths)
    expect(decodeMetadata(bytes)).toBeNull()
    await expect(openStore(join(folder.path, 'to'), metadata)).rejects.toMatchObject({ code: 'ERR_RELEASE' })
    expect(await readdir(folder.path)).toEqual([])
  })

  it('by pieces that lie elsewhere than the files is refused', async () => {
    await using folder = await temporaryFolder()
    const { metadata } = forge(['a', 'b', 'c'])
    const shifted = metadata.files.map((file) => ({ ...file, offset: file.offset + 1 }))
    const huge = metadata.files.map((file) => ({ ...file, length: 2 ** 50 }))
    for (const wrong of [
      { ...metadata, files: shifted },
      { ...metadata, files: huge },
      { ...metadata, length: metadata.length + 1 },
      { ...metadata, pieces: metadata.pieces.subarray(20) },
    ]) {
      expect(decodeMetadata(encodeMetadata(wrong))?.length ?? metadata.length).toBe(metadata.length)
      await expect(openStore(folder.path, wrong)).rejects.toMatchObject({ code: 'ERR_RELEASE' })
    }
  })

  it('by links that lie in its folder writes and reads nothing outside', async () => {
    await using folder = await temporaryFolder()
    const outside = join(folder.path, 'outside')
    await plant(outside, { file: new Uint8Array(4) })
    const to = join(folder.path, 'to')
    await mkdir(to)
    await symlink(outside, join(to, 'sub'))
    await symlink(join(outside, 'file'), join(to, 'top'))
    const { metadata } = forge(['sub/file', 'top'])
    const store = await openStore(to, metadata)
    await expect(store.write(0, Buffer.from('sub/file'))).rejects.toMatchObject({ code: 'ERR_PLACE' })
    await expect(store.write(1, Buffer.from('top'))).rejects.toMatchObject({ code: 'ERR_DISK' })
    expect(await store.check(0)).toBe(false)
    expect(await store.check(1)).toBe(false)
    expect(await readdir(outside)).toEqual(['file'])
    expect(await readFile(join(outside, 'file'))).toEqual(Buffer.alloc(4))
    await store.close()
  })

  it('by a pipe in the place of a file waits for nobody', async () => {
    await using folder = await temporaryFolder()
    execFileSync('mkfifo', [join(folder.path, 'a')])
    const store = await openStore(folder.path, forge(['a']).metadata)
    expect(await store.check(0)).toBe(false)
    await expect(store.write(0, Buffer.from('a'))).rejects.toMatchObject({ code: 'ERR_PLACE' })
    await store.close()
  })
})

describe('a disk that is full', () => {
  it('has an error of its own, which names the file', async () => {
    const cause: unknown = await writeFile('/dev/full', 'x').catch((error: unknown) => error)
    expect(diskError('app.js', cause)).toMatchObject({ code: 'ERR_FULL', cause: { code: 'ENOSPC' } })
    expect(diskError('app.js', cause).message).toContain('app.js')
    expect(diskError('app.js', new Error('no')).code).toBe('ERR_DISK')
  })

  it('is told of, and what was written before is still there', async () => {
    await using folder = await temporaryFolder()
    const made = await publish(join(folder.path, 'from'), { a: randomBytes(50_000), b: randomBytes(3_000_000) }, 65_536)
    const to = join(folder.path, 'to')
    await writeFile(join(folder.path, 'metadata'), made.bytes)
    // In a process whose files may have 1 MiB: the system then refuses as a full disk does.
    const script = `
      import { readFile } from 'node:fs/promises'
      import { decodeMetadata } from ${JSON.stringify(join(process.cwd(), 'protocol/content/metadata.ts'))}
      import { openStore } from ${JSON.stringify(join(process.cwd(), 'sdk/content/store.node.ts'))}
      const metadata = decodeMetadata(new Uint8Array(await readFile('metadata')))
      const [from, to] = [await openStore('from', metadata), await openStore('to', metadata)]
      const write = async (piece) => to.write(piece, await from.read(piece, 0, from.places.lengthOf(piece)))
      await write(0)
      const error = await write(1).then(() => null, (error) => error)
      console.log(JSON.stringify([error?.code, error?.message, await to.check(0), await to.check(1)]))`
    const limited = spawnSync('bash', ['-c', 'ulimit -f 1024 && exec node --input-type=module -e "$0"', script], {
      cwd: folder.path,
      encoding: 'utf8',
    })
    const [code, message, first, second] = JSON.parse(limited.stdout || JSON.stringify([limited.stderr])) as unknown[]
    expect([code, first, second]).toEqual(['ERR_FULL', true, false])
    expect(message).toMatch(/There is no room on the disk for b\. What is verified is kept/)
    expect(
      createHash('sha256')
        .update(await readFile(join(to, 'a')))
        .digest(),
    ).toEqual(Buffer.from(made.metadata.files[0]?.sha256 ?? []))
    expect((await stat(join(to, 'b')).catch(() => null))?.size ?? 0).toBe(0)
  })
})
