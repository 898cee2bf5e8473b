// Builds the pages of examples/ into dist/, as text modules that the Worker carries.
import { copyFile, mkdir } from 'node:fs/promises'
import { build } from 'tsup'

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
  'stats/index.html',
  'stats/stats.css',
]

// Written over what is there and never cleared first, as a running Worker may be importing it.
await build({
  config: false,
  silent: true,
  entry: {
    'chat/chat': 'examples/chat/chat.ts',
    'share/share': 'examples/share/share.ts',
    'stats/stats': 'examples/stats/stats.ts',
  },
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
    // The SDK from its source, so that a page needs no other build before its own.
    options.alias = { edgeswarm: './sdk/index.ts' }
  },
})
for (const folder of ['base', 'chat/mesh', 'share', 'stats']) await mkdir(`dist/${folder}`, { recursive: true })
for (const path of COPIED) await copyFile(`examples/${path}`, `dist/${textName(path)}`)

// Every bundler takes .txt and .html for text.
function textName(path: string): string {
  return path.endsWith('.html') ? path : `${path}.txt`
}
