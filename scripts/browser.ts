// How modules are bundled for a browser: the SDK as the package ships it, and what the bench weighs beside it.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** The module that apps import. */
export const SDK = 'sdk/index.ts'

/**
 * Any module for a browser, minified twice: esbuild shortens `#private` names, which terser does not, and what terser
 * makes of the rest gzip packs better, by 4 % (measured).
 */
export const browserOptions = {
  config: false,
  silent: true,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  sourcemap: false,
  dts: false,
  clean: false,
  minify: 'terser',
  // Statements are more like each other than sequences of them are (measured).
  terserOptions: { ecma: 2020, compress: { passes: 3, sequences: false } },
  esbuildOptions(options) {
    options.minify = true
  },
} satisfies Options

/** The modules of ours that are imported when they are needed. */
const LAZY = ['sdk/shell/media.ts', 'sdk/shell/relayed.ts', 'sdk/mesh/requests.ts'].map((path) => resolve(path))

/**
 * Lets each lazy module import one that is there already, the entry for one: what both need is then part of that. Else
 * each set of modules that share something would get a file, and what is packed in small pieces is larger by 4 %
 * (measured).
 */
export const lazyAfter = (first: string): Plugin => ({
  name: 'lazy-after',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (!LAZY.includes(path)) return undefined
      const text = await readFile(path, 'utf8')
      return { contents: `${text}\nimport ${JSON.stringify(resolve(first))}\n`, loader: 'ts' }
    })
  },
})

/** The SDK in an entry and what it loads later. */
export const sdkOptions = { ...browserOptions, splitting: true, esbuildPlugins: [lazyAfter(SDK)] } satisfies Options
