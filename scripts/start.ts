// Serves the tracker and its page from the real Worker in workerd, and reloads when a source changes. Here it has what
// an operator may add: a bucket for files, simulated, that everybody may upload to.
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parse, stringify, type TomlTable } from 'smol-toml'
import { parsePort } from './port.ts'
import { run } from './run.ts'

const port = parsePort(process.env['PORT'])
console.log(`The tracker and its page: http://localhost:${port}   (Ctrl+C ends them)`)
process.exitCode = await run('wrangler', [
  'dev',
  '--config',
  await writeConfig('.edgeswarm'),
  '--persist-to',
  '.wrangler/state',
  // wrangler looks for it beside the config.
  ...(existsSync('.dev.vars') ? ['--env-file', '.dev.vars'] : []),
  '--port',
  `${port}`,
  '--show-interactive-dev-session=false',
  '--inspector-port=0',
])

/** Writes wrangler.toml with a bucket into the folder; a bucket in wrangler.toml itself would be made at a deploy. */
async function writeConfig(folder: string): Promise<string> {
  const config = parse(await readFile('wrangler.toml', 'utf8'))
  const { command, watch_dir } = config['build'] as { command: string; watch_dir: string[] }
  const started: TomlTable = {
    ...config,
    main: resolve(config['main'] as string),
    build: { command, cwd: resolve('.'), watch_dir: watch_dir.map((path) => resolve(path)) },
    r2_buckets: [{ binding: 'CONTENT', bucket_name: 'edgeswarm-content' }],
    vars: { ...(config['vars'] as TomlTable), PUBLISHERS: '*' },
  }
  await mkdir(folder, { recursive: true })
  const path = join(folder, 'wrangler.toml')
  await writeFile(path, stringify(started))
  return path
}
