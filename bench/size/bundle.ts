import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'tsup'
import { browserOptions, SDK, sdkOptions } from '../../scripts/browser.ts'

/** What a page loads of a package, in bytes after gzip. */
export interface Size {
  /** The entry, and what it imports statically: without it nothing runs. */
  readonly first: number
  /** What is loaded only once it is needed. */
  readonly lazy: number
}

const ENTRY = 'entry'

/** Bundles and minifies a module for the browser, as scripts/sdk.ts does, and weighs it. */
export async function sizeOf(entry: string): Promise<Size> {
  const folder = await mkdtemp(join(tmpdir(), 'edgeswarm-size-'))
  try {
    await build({
      ...(entry === SDK ? sdkOptions : { ...browserOptions, splitting: true }),
      entry: { [ENTRY]: entry },
      outDir: folder,
      noExternal: [/./],
    })
    return await weigh(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const STATIC = /\b(?:from|import)\s*"\.\/([^"]+)"/g

/** Follows the static imports from the entry; every other file is lazy. */
async function weigh(folder: string): Promise<Size> {
  const first = new Set([`${ENTRY}.js`])
  // A set is walked in the order in which it grows, so this ends with the last file that is imported.
  for (const file of first) {
    const text = await readFile(join(folder, file), 'utf8')
    for (const [, imported] of text.matchAll(STATIC)) if (imported !== undefined) first.add(imported)
  }
  const size = { first: 0, lazy: 0 }
  for (const file of await readdir(folder)) {
    const bytes = gzipSync(await readFile(join(folder, file)), { level: 9 }).length
    size[first.has(file) ? 'first' : 'lazy'] += bytes
  }
  return size
}
