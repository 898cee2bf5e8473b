import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { encodeMetadata, layOut, type Metadata } from '../../../protocol/content/metadata.ts'
import { makeMetadata, type Made } from '../../../sdk/content/make.ts'
import type { Promised } from '../../../sdk/content/open-metadata.ts'
import type { Bytes } from '../../../sdk/shell/bytes.ts'

export const CHANNEL = { publisher: 'A'.repeat(43), channel: 'stable' }

/** Files by their paths. */
export type Tree = Readonly<Record<string, Uint8Array>>

export async function plant(folder: string, tree: Tree): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (const [path, bytes] of Object.entries(tree)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  return folder
}

/** What is beneath a folder, links followed: files as SHA-256s. */
export async function harvest(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue
    const path = join(entry.parentPath, entry.name)
    found[path.slice(folder.length + 1)] = sha256(await readFile(path))
  }
  return found
}

export const hashes = (tree: Tree): Record<string, string> =>
  Object.fromEntries(Object.entries(tree).map(([path, bytes]) => [path, sha256(bytes)]))

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** So many files of random bytes, in folders of ten: some empty, some of many pieces of 16 KiB. */
export function randomTree(files: number, longest = 60_000): Tree {
  const tree: Record<string, Uint8Array> = {}
  for (let file = 0; file < files; file++) {
    const length = file % 17 === 0 ? 0 : Math.floor(Math.random() * longest)
    tree[`part ${Math.floor(file / 10)}/${file % 3 === 0 ? 'ä/' : ''}file-${file}.bin`] = randomBytes(length)
  }
  return tree
}

export const promised = (made: Made, number = 1): Promised => ({
  number,
  name: made.metadata.name,
  infoHash: made.infoHash,
  metadata: { sha256: made.sha256, length: made.bytes.length, urls: [] },
  bytes: made.length,
  files: made.metadata.files.length,
})

/** A planted tree, published. */
export async function publish(folder: string, tree: Tree, pieceLength = 16_384): Promise<Made> {
  return makeMetadata(await plant(folder, tree), 'app', { pieceLength })
}

/** Metadata made by hand, with whatever paths; each file has its path for content. */
export function forge(paths: readonly string[], pieceLength = 16_384): { metadata: Metadata; bytes: Bytes } {
  const contents = paths.map((path) => Buffer.from(path))
  const { offsets, length } = layOut(
    contents.map((content) => content.length),
    pieceLength,
  )
  const files = paths.map((path, index) => {
    const content = contents[index] ?? Buffer.alloc(0)
    const digest = new Uint8Array(createHash('sha256').update(content).digest())
    return { path, length: content.length, offset: offsets[index] ?? 0, sha256: digest, isExecutable: false }
  })
  const pieces = Buffer.concat(
    contents.map((content, index) => {
      const whole = Buffer.alloc(index === contents.length - 1 ? content.length : pieceLength)
      content.copy(whole)
      return createHash('sha1').update(whole).digest()
    }),
  )
  const metadata = { name: 'app', pieceLength, pieces: new Uint8Array(pieces), files, length }
  return { metadata, bytes: encodeMetadata(metadata) }
}
