// Builds the pages of examples/ into dist/, as text modules that the Worker carries.
import { copyFile, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { build, type Options } from 'tsup'

const COPIED = [
  'base/base.css',
  'base/controls.css',
  'base/icon.svg',
  'chat/index.html',
  'chat/chat.css',
  'chat/conversation.css',
  'chat/mesh/mesh.css',
  'share/index.html',
  'share/style.css',
  'share/transfer.css',
  'share/files.css',
  'share/givers.css',
  'stats/index.html',
  'stats/stats.css',
  'video/index.html',
  'video/video.css',
]

/** The SDK loads webtorrent where stock peers are wanted; a page gets its build for browsers, or none. */
const stock = (path: string, external: boolean): NonNullable<Options['esbuildPlugins']>[number] => ({
  name: 'stock',
  setup(build) {
    build.onResolve({ filter: /^webtorrent$/ }, () => ({ path, external }))
  },
})
const webtorrent = createRequire(import.meta.url).resolve('webtorrent/dist/webtorrent.min.js')

// Written over what is there and never cleared first, as a running Worker may be importing it.
const common: Options = {
  config: false,
  silent: true,
  outDir: 'dist',
  outExtension: () => ({ js: '.js.txt' }),
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  noExternal: [/.*/],
  // One file a page: what the SDK loads only where it is needed comes along.
  splitting: false,
  minify: true,
  esbuildOptions(options) {
    options.alias = {
      // The SDK from its source, so that a page needs no other build before its own.
      'edgeswarm/content': './sdk/content/index.ts',
      edgeswarm: './sdk/index.ts',
      // As scripts/sdk.ts has it.
      events: 'bare-events',
    }
  },
}

await build({
  ...common,
  entry: {
    'chat/chat': 'examples/chat/chat.ts',
    'share/share': 'examples/share/share.ts',
    'stats/stats': 'examples/stats/stats.ts',
  },
  esbuildPlugins: [stock(webtorrent, false)],
})
// It meets no stock peers.
await build({
  ...common,
  entry: { 'video/video': 'examples/video/video.ts' },
  esbuildPlugins: [stock('webtorrent', true)],
})
await build({ ...common, entry: { 'video/edgeswarm-worker': 'sdk/content/page/worker.ts' }, format: 'iife' })
for (const folder of ['base', 'chat/mesh', 'share', 'stats', 'video'])
  await mkdir(`dist/${folder}`, { recursive: true })
for (const path of COPIED) await copyFile(`examples/${path}`, `dist/${textName(path)}`)

// Every bundler takes .txt and .html for text.
function textName(path: string): string {
  return path.endsWith('.html') ? path : `${path}.txt`
}
