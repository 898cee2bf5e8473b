import { readFile } from 'node:fs/promises'
import { publint } from 'publint'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { execute, pack, ROOT, type Tarball } from './project.ts'

let tarball: Tarball
beforeAll(async () => {
  tarball = await pack()
})
afterAll(() => tarball[Symbol.asyncDispose]())

it('publint has nothing to say of the tarball', async () => {
  const bytes = new Uint8Array(await readFile(tarball.path))
  const { messages } = await publint({ pack: { tarball: bytes.buffer }, strict: true })
  expect(messages).toEqual([])
})

it('attw finds the types of each entry point, for importers of ES modules', async () => {
  const printed = await execute(
    `${ROOT}/node_modules/.bin/attw`,
    [
      ...[tarball.path, '--profile', 'esm-only', '--format', 'json', '--no-definitely-typed'],
      // A script for a server to serve: nothing of it can be imported.
      ...['--exclude-entrypoints', 'edgeswarm-worker.js'],
    ],
    ROOT,
  )
  const { analysis } = JSON.parse(printed) as { analysis: { entrypoints: Readonly<Record<string, unknown>> } }
  expect(Object.keys(analysis.entrypoints)).toEqual([
    '.',
    './edgeswarm.min.js',
    './content',
    './content.min.js',
    './package.json',
  ])
})

it('the tarball holds what is built of the SDK, and no sources, tests or maps', async () => {
  const names = await execute('tar', ['-tzf', tarball.path], ROOT)
  const files = names
    .trim()
    .split('\n')
    .map((name) => name.replace(/^package\//, ''))
  const entries = [
    ...['browser.js', 'edgeswarm.min.js', 'index.d.ts', 'node.js', 'cli.js'],
    ...['content.js', 'content.min.js', 'content.d.ts', 'content.node.js', 'content.node.d.ts'],
    ...['edgeswarm-worker.js', 'webtorrent.min.js', 'LICENCES.txt'],
  ].map((name) => `dist/sdk/${name}`)
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', ...entries]))
  const chunk = /^dist\/sdk\/[\w-]+-[A-Z0-9]{8}\.js$/
  // For `edgeswarm dev`.
  const worker = /^dist\/worker\/(index\.js|[0-9a-f]{40}-[\w.-]+\.(txt|html))$/
  const others = files.filter((file) => !entries.includes(file) && !chunk.test(file) && !worker.test(file))
  expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json'])
})
