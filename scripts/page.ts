// Builds examples/share into dist/share, as text modules that the Worker carries.
import { copyFile } from 'node:fs/promises'
import { build } from 'tsup'

await build({
  config: false,
  silent: true,
  entry: ['examples/share/share.ts'],
  outDir: 'dist/share',
  outExtension: () => ({ js: '.js.txt' }),
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  noExternal: [/.*/],
  minify: true,
  clean: true,
})
await copyFile('examples/share/index.html', 'dist/share/index.html')
await copyFile('examples/share/style.css', 'dist/share/style.css.txt')
