import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { blobStore } from '../../../sdk/content/blob-store.ts'
import { describeFiles, type FileToPublish } from '../../../sdk/content/files.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { publish, randomTree, type Tree } from './trees.ts'

const KIB = 1024

const filesOf = (tree: Tree): FileToPublish[] =>
  Object.entries(tree).map(([path, bytes]) => ({ path, content: new Blob([new Uint8Array(bytes)]) }))

describe('the metadata of files', () => {
  it('is that of a directory with these files, to the byte', async () => {
    await using folder = await temporaryFolder()
    const tree = { ...randomTree(40), 'large.bin': randomBytes(3000 * KIB), 'zz empty': new Uint8Array() }
    const { metadata, bytes, infoHash, sha256, length } = await publish(folder.path, tree)
    const described = await describeFiles(filesOf(tree).reverse(), 'app', { pieceLength: 16 * KIB })
    expect(described).toEqual({ metadata, bytes, infoHash, sha256, length })
  })

  it('is the same in pieces larger than what is read at once', async () => {
    await using folder = await temporaryFolder()
    const tree = { one: randomBytes(4097 * KIB), two: randomBytes(5 * KIB) }
    const { infoHash } = await publish(folder.path, tree, 4096 * KIB)
    expect((await describeFiles(filesOf(tree), 'app', { pieceLength: 4096 * KIB })).infoHash).toBe(infoHash)
  })

  it('is told of as it comes, and ends with its signal', async () => {
    const files = filesOf({ one: randomBytes(2500 * KIB), two: randomBytes(10) })
    const steps: number[] = []
    await describeFiles(files, 'app', { onProgress: (hashed, all) => steps.push(all - hashed) })
    // A MiB is read at once.
    expect(steps).toEqual([1476 * KIB + 10, 452 * KIB + 10, 10, 0])

    const abort = new AbortController()
    const onProgress = () => {
      abort.abort(new Error('Enough.'))
    }
    await expect(describeFiles(files, 'app', { onProgress, signal: abort.signal })).rejects.toThrow('Enough.')
  })

  it('is refused for names that not every system takes, for none, and for a file that is gone', async () => {
    const describing = (tree: Tree) => describeFiles(filesOf(tree), 'app')
    await expect(describing({ 'a:b': randomBytes(1) })).rejects.toMatchObject({ code: 'ERR_FILES' })
    await expect(describing({ '../a': randomBytes(1) })).rejects.toMatchObject({ code: 'ERR_FILES' })
    await expect(describing({ a: randomBytes(1), A: randomBytes(1) })).rejects.toThrow(/one file where upper/)
    await expect(describing({})).rejects.toThrow(/there is no file/)
    await expect(describeFiles(filesOf({ a: randomBytes(1) }), 'a/b')).rejects.toMatchObject({ code: 'ERR_RELEASE' })
    await expect(describeFiles([{ path: 'a', content: goneFile(5) }], 'app')).rejects.toThrow(/"a" can't be read/)
  })
})

describe('a store of files that were given', () => {
  it('reads every piece, padding included, and holds the files for right', async () => {
    const tree = randomTree(20)
    const files = filesOf(tree)
    const { metadata } = await describeFiles(files, 'app', { pieceLength: 16 * KIB })
    const store = blobStore(files, metadata, () => undefined)
    for (let piece = 0; piece < store.places.count; piece++) {
      const { file, offset, length } = store.places.placeOf(piece)
      const whole = Buffer.alloc(store.places.lengthOf(piece))
      Buffer.from(tree[file.path] ?? []).copy(whole, 0, offset, offset + length)
      expect(whole.equals(await store.read(piece, 0, whole.length))).toBe(true)
      expect(await store.check(piece)).toBe(true)
    }
    for (const file of metadata.files) expect(await store.verifyFile(file)).toBe(true)
  })

  it('never gives what is wrong, and tells once of a file that is gone', async () => {
    const tree = { changed: randomBytes(40 * KIB), gone: randomBytes(40 * KIB) }
    const { metadata } = await describeFiles(filesOf(tree), 'app', { pieceLength: 16 * KIB })
    const told: string[] = []
    const given = [
      { path: 'changed', content: new Blob([randomBytes(40 * KIB)]) },
      { path: 'gone', content: goneFile(40 * KIB) },
    ]
    const store = blobStore(given, metadata, (path) => told.push(path))
    for (let piece = 0; piece < store.places.count; piece++) {
      await expect(store.read(piece, 0, 10)).rejects.toMatchObject({ code: 'ERR_DISK' })
      expect(await store.check(piece)).toBe(false)
    }
    expect(told).toEqual(['gone'])
    await expect(store.write(0, new Uint8Array(16 * KIB))).rejects.toMatchObject({ code: 'ERR_DISK' })
  })
})

/** A file that the browser does not let be read any more. */
function goneFile(size: number): Blob {
  const content = new Blob([new Uint8Array(size)])
  const refuse = () => Promise.reject(new DOMException('It changed.', 'NotReadableError'))
  content.slice = () => Object.assign(new Blob(), { arrayBuffer: refuse })
  return content
}
