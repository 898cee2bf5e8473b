// Builds the SDK as the package ships it: for bundlers and browsers, for Node, and as one file for a page.
import { rm } from 'node:fs/promises'
import { build, type Options } from 'tsup'
import { browserOptions, SDK, sdkOptions } from './browser.ts'

const OUT = 'dist/sdk'
/** The command line. */
const CLI = 'sdk/cli/index.ts'
const noExternal = ['@noble/ed25519']

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

/** What is loaded only where it is needed (media, a curve that WebCrypto lacks) stays apart in chunks. */
const browser: Options = {
  ...sdkOptions,
  entry: { browser: SDK },
  outDir: OUT,
  noExternal,
}

const file: Options = {
  ...browserOptions,
  entry: { 'edgeswarm.min': SDK },
  outDir: OUT,
  splitting: false,
  noExternal,
}

const node: Options = {
  ...common,
  entry: { node: SDK, cli: CLI },
  platform: 'node',
  target: 'node22',
  splitting: true,
  // What has binaries, or is only there if the user wants it.
  external: ['node-datachannel', 'miniflare', 'webtorrent'],
  // Packages that are no ES modules ask for Node's own by `require`.
  banner: { js: REQUIRE },
}

const types: Options = {
  ...common,
  entry: { index: SDK },
  dts: {
    only: true,
    // For AsyncDisposable, which not every project names among its libraries.
    banner: '/// <reference lib="esnext.disposable" />',
    compilerOptions: { stripInternal: true, ignoreDeprecations: '6.0' },
  },
  tsconfig: 'sdk/tsconfig.json',
}

export async function buildSdk(): Promise<void> {
  await rm(OUT, { recursive: true, force: true })
  // One after the other: each writes into the same folder.
  for (const options of [browser, file, node, types]) await build(options)
}

if (import.meta.main) await buildSdk()
