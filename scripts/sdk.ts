// Builds the SDK as the package ships it: for bundlers and browsers, for Node, and as one file for a page.
import { copyFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { build, type Options } from 'tsup'
import { browserOptions, lazyAfter, SDK, sdkOptions } from './browser.ts'
import { Licences } from './licences.ts'

const OUT = 'dist/sdk'
/** The command line. */
const CLI = 'sdk/cli/index.ts'
const CONTENT = 'sdk/content/index.ts'
const CONTENT_IN_NODE = 'sdk/content/index.node.ts'
const WORKER = 'sdk/content/page/worker.ts'
const noExternal = ['@noble/ed25519']
const licences = new Licences()

const REQUIRE = `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);`

const common: Options = {
  config: false,
  silent: true,
  outDir: OUT,
  format: 'esm',
  target: 'es2022',
  noExternal,
  clean: false,
}

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** webtorrent's own build for browsers lies beside ours, and is loaded where stock peers are wanted. */
const STOCK = 'webtorrent/dist/webtorrent.min.js'

const inBrowsers: Plugin = {
  name: 'in-browsers',
  setup(build) {
    const { initialOptions } = build
    // The streams of wires want Node's events. This is the package that theirs brings for where there is no Node.
    initialOptions.alias = { ...initialOptions.alias, events: 'bare-events' }
    build.onResolve({ filter: /^webtorrent$/ }, () => ({ path: './webtorrent.min.js', external: true }))
  },
}

/**
 * Of webtorrent in Node what we switch off, as its build for browsers leaves it out: a DHT, holes in routers, lists of
 * banned addresses, and files of its own.
 */
const leftOut: Plugin = {
  name: 'left-out',
  setup(build) {
    const filter = /^(bittorrent-dht|@silentbot1\/nat-api|load-ip-set|fs-chunk-store)$/
    build.onResolve({ filter }, ({ path }) => ({ path, namespace: 'left-out' }))
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
  },
}

/** What is loaded only where it is needed (media, a curve that WebCrypto lacks) stays apart in chunks. */
const browser: Options = {
  ...sdkOptions,
  entry: { browser: SDK, content: CONTENT },
  outDir: OUT,
  noExternal,
  // An entry that only passes on what others hold would be an empty file.
  esbuildPlugins: [lazyAfter('sdk/mesh/join.ts'), inBrowsers, licences.plugin],
}

/** One file each. */
const files: Options = {
  ...browserOptions,
  entry: { 'edgeswarm.min': SDK, 'content.min': CONTENT },
  outDir: OUT,
  splitting: false,
  noExternal,
  esbuildPlugins: [inBrowsers, licences.plugin],
}

/** A service worker that is no module, as not every browser takes one that is. */
const worker: Options = {
  ...browserOptions,
  entry: { 'edgeswarm-worker': WORKER },
  outDir: OUT,
  format: 'iife',
  outExtension: () => ({ js: '.js' }),
}

const node: Options = {
  ...common,
  entry: { node: SDK, 'content.node': CONTENT_IN_NODE, cli: CLI },
  platform: 'node',
  target: 'node22',
  splitting: true,
  // What has binaries, or is only there if the user wants it. webtorrent does without those of the second line.
  external: [
    ...['node-datachannel', 'miniflare'],
    ...['utp-native', 'bufferutil', 'utf-8-validate', 'fs-native-extensions', 'fsctl'],
  ],
  esbuildPlugins: [leftOut, licences.plugin],
  // Packages that are no ES modules ask for Node's own by `require`.
  banner: { js: REQUIRE },
}

/** One after the other, so that each file stands alone. */
const types: readonly Options[] = Object.entries({
  index: SDK,
  content: CONTENT,
  'content.node': CONTENT_IN_NODE,
}).map(([name, entry]) => ({
  ...common,
  entry: { [name]: entry },
  dts: {
    only: true,
    // For AsyncDisposable, which not every project names among its libraries.
    banner: '/// <reference lib="esnext.disposable" />',
    compilerOptions: { stripInternal: true, ignoreDeprecations: '6.0' },
  },
  tsconfig: 'sdk/tsconfig.json',
}))

export async function buildSdk(): Promise<void> {
  await rm(OUT, { recursive: true, force: true })
  // One after the other: each writes into the same folder.
  for (const options of [browser, files, worker, node, ...types]) await build(options)
  const stock = createRequire(import.meta.url).resolve(STOCK)
  await copyFile(stock, `${OUT}/webtorrent.min.js`)
  licences.add(stock)
  await writeFile(`${OUT}/LICENCES.txt`, await licences.text())
}

if (import.meta.main) await buildSdk()
