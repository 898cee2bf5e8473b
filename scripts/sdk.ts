// Builds the SDK as the package ships it: for bundlers and browsers, for Node, and as one file for a page.
import { rm } from 'node:fs/promises'
import { build, type Options } from 'tsup'

const ENTRY = 'sdk/index.ts'

const common: Options = {
  config: false,
  silent: true,
  outDir: 'dist/sdk',
  format: 'esm',
  target: 'es2022',
  noExternal: ['@noble/ed25519'],
  clean: false,
}

/** What is loaded only where it is needed (media, a curve that WebCrypto lacks) stays apart in chunks. */
const browser: Options = {
  ...common,
  entry: { browser: ENTRY },
  platform: 'browser',
  splitting: true,
  minify: true,
  dts: false,
}

const file: Options = {
  ...common,
  entry: { 'edgeswarm.min': ENTRY },
  platform: 'browser',
  splitting: false,
  minify: true,
}

const node: Options = {
  ...common,
  entry: { node: ENTRY },
  platform: 'node',
  target: 'node22',
  splitting: true,
  external: ['node-datachannel'],
}

const types: Options = {
  ...common,
  entry: { index: ENTRY },
  dts: {
    only: true,
    // For AsyncDisposable, which not every project names among its libraries.
    banner: '/// <reference lib="esnext.disposable" />',
    compilerOptions: { stripInternal: true, ignoreDeprecations: '6.0' },
  },
  tsconfig: 'sdk/tsconfig.json',
}

export async function buildSdk(): Promise<void> {
  await rm('dist/sdk', { recursive: true, force: true })
  // One after the other: each writes into the same folder.
  for (const options of [browser, file, node, types]) await build(options)
}

if (import.meta.main) await buildSdk()
