import { createHash } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeMetadata } from '../../../protocol/content/metadata.ts'
import { pieceLengthFor } from '../../../sdk/content/piece-length.ts'
import { makeMetadata } from '../../../sdk/content/make.ts'
import { placesOf } from '../../../sdk/content/places.ts'
import { temporaryFolder } from '../../support/folder.ts'
import { metadataOf } from '../../protocol/content/examples.ts'
import { plant, publish, randomTree } from './trees.ts'

const KIB = 1024
const MIB = 1024 * KIB

describe('the piece length', () => {
  it('is a power of two from 16 KiB to 4 MiB, for few pieces of what is large', () => {
    expect(pieceLengthFor([])).toBe(16 * KIB)
    expect(pieceLengthFor([30 * MIB])).toBe(16 * KIB)
    expect(pieceLengthFor([40 * MIB])).toBe(32 * KIB)
    expect(pieceLengthFor([3000 * MIB])).toBe(2 * MIB)
    expect(pieceLengthFor([90_000 * MIB])).toBe(4 * MIB)
  })

  it('stays small for many small files, which are a piece each anyway', () => {
    expect(pieceLengthFor(Array.from({ length: 50_000 }, () => 10 * KIB))).toBe(16 * KIB)
  })
})

describe('the metadata of a directory', () => {
  it('has the hashes of the torrent as BEP 3 and BEP 47 lay it out', async () => {
    await using folder = await temporaryFolder()
    const tree = { ...randomTree(40), 'zz empty': new Uint8Array() }
    const made = await publish(folder.path, tree)
    const torrent = Buffer.alloc(made.metadata.length)
    for (const { path, offset, sha256 } of made.metadata.files) {
      const content = (tree as Record<string, Uint8Array>)[path] ?? new Uint8Array()
      torrent.set(content, offset)
      expect(Buffer.from(sha256)).toEqual(createHash('sha256').update(content).digest())
    }
    const pieces = []
    for (let start = 0; start < torrent.length; start += made.metadata.pieceLength) {
      const piece = torrent.subarray(start, start + made.metadata.pieceLength)
      pieces.push(createHash('sha1').update(piece).digest())
    }
    expect(Buffer.concat(pieces).equals(made.metadata.pieces)).toBe(true)
    expect(Object.keys(tree)).toHaveLength(made.metadata.files.length)
    expect(Buffer.from(encodeMetadata(made.metadata)).equals(made.bytes)).toBe(true)
    expect(createHash('sha1').update(made.bytes).digest('hex')).toBe(made.infoHash)
    expect(createHash('sha256').update(made.bytes).digest('hex')).toBe(made.sha256)
  })

  it('is the same for the same files, whenever they were written', async () => {
    await using one = await temporaryFolder()
    await using other = await temporaryFolder()
    const tree = randomTree(20)
    const first = await publish(one.path, tree)
    await plant(other.path, Object.fromEntries(Object.entries(tree).reverse()))
    for (const path of Object.keys(tree)) await utimes(join(other.path, path), 1, 1)
    const second = await makeMetadata(other.path, 'app', { pieceLength: first.metadata.pieceLength })
    expect(second.infoHash).toBe(first.infoHash)
  })

  it('tells how far it is', async () => {
    await using folder = await temporaryFolder()
    const steps: number[] = []
    await plant(folder.path, { large: new Uint8Array(3 * MIB), small: new Uint8Array(5) })
    await makeMetadata(folder.path, 'app', { onProgress: (hashed, all) => steps.push(hashed / all) })
    expect(steps).toEqual([...steps].sort((one, other) => one - other))
    expect(steps.length).toBeGreaterThan(3)
    expect(steps.at(-1)).toBe(1)
  })

  it('is refused if a file changes while it is read', async () => {
    await using folder = await temporaryFolder()
    const { path } = folder
    await plant(path, { one: new Uint8Array(2 * MIB), two: new Uint8Array(5) })
    let hasChanged = false
    const onProgress = () => {
      if (!hasChanged) appendFileSync(join(path, 'two'), 'more')
      hasChanged = true
    }
    await expect(makeMetadata(path, 'app', { onProgress })).rejects.toThrow(/"two" changed while it was read/)
    hasChanged = false
    const growing = () => {
      if (!hasChanged) appendFileSync(join(path, 'one'), 'more')
      hasChanged = true
    }
    await expect(makeMetadata(path, 'app', { onProgress: growing })).rejects.toThrow(/"one" changed while it was read/)
  })

  it('ends when it is told to', async () => {
    await using folder = await temporaryFolder()
    await plant(folder.path, { one: new Uint8Array(4 * MIB) })
    const abort = new AbortController()
    const onProgress = () => {
      abort.abort()
    }
    const making = makeMetadata(folder.path, 'app', { onProgress, signal: abort.signal })
    await expect(making).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('has a name that a folder may have, and a piece length of BitTorrent', async () => {
    await using folder = await temporaryFolder()
    await plant(folder.path, { one: new Uint8Array(4) })
    for (const name of ['', '..', 'a/b', 'nul', 'x'.repeat(129)]) {
      await expect(makeMetadata(folder.path, name)).rejects.toMatchObject({ code: 'ERR_RELEASE' })
    }
    await expect(makeMetadata(folder.path, 'app', { pieceLength: 20_000 })).rejects.toThrow(/power of two/)
  })
})

describe('the places of pieces', () => {
  it('are each in one file, cover every byte once, and end with it', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 }), (lengths) => {
        const named = Object.fromEntries(lengths.map((length, index) => [`file ${index}`, length]))
        const metadata = metadataOf(named, 16)
        const places = placesOf(metadata)
        const covered = new Map<string, number>()
        for (let piece = 0; piece < places.count; piece++) {
          const { file, offset, length } = places.placeOf(piece)
          expect(offset).toBe(covered.get(file.path) ?? 0)
          expect(length).toBeGreaterThan(0)
          expect(length).toBeLessThanOrEqual(places.lengthOf(piece))
          const [first, end] = places.piecesOf(file)
          expect(piece >= first && piece < end).toBe(true)
          covered.set(file.path, offset + length)
        }
        for (const { path, length } of metadata.files) expect(covered.get(path) ?? 0).toBe(length)
        expect(() => places.placeOf(places.count)).toThrow(RangeError)
      }),
      { numRuns: 200 },
    )
  })
})
