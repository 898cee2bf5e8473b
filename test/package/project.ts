import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { temporaryFolder } from '../support/folder.ts'

export const ROOT = resolve(import.meta.dirname, '../..')

/** The README's first program, its tracker left open. */
export const fiveLines = (tracker: string): string => `import { join } from 'edgeswarm'
const mesh = await join('my-app/lobby', { tracker: '${tracker}' })
mesh.on('join', (peer) => console.log('hello', peer.id))
for await (const { from, data } of mesh.topic('chat')) console.log(from, data)
`

/** What `npm pack` makes of the repository as it is built. */
export interface Tarball extends AsyncDisposable {
  readonly path: string
}

/** Somebody's app: an empty folder in which npm installed the tarball and nothing else. */
export interface Project extends AsyncDisposable {
  readonly path: string
  /** Writes files, by their paths in the project. */
  write(files: Readonly<Record<string, string>>): Promise<void>
  /** Runs a program of the repository's node_modules/.bin here; returns what it printed, rejects if it fails. */
  run(program: string, ...parameters: readonly string[]): Promise<string>
}

export async function pack(): Promise<Tarball> {
  const folder = await temporaryFolder()
  await execute('npm', ['pack', '--silent', '--pack-destination', folder.path], ROOT)
  const [name, ...more] = await readdir(folder.path)
  if (name === undefined || more.length > 0) throw new Error('npm pack made no tarball, or several.')
  return { path: join(folder.path, name), [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

export async function install(tarball: Tarball): Promise<Project> {
  const folder = await temporaryFolder()
  const { path } = folder
  const write = async (files: Readonly<Record<string, string>>) => {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(path, name)), { recursive: true })
      await writeFile(join(path, name), content)
    }
  }
  await write({ 'package.json': JSON.stringify({ name: 'app', private: true, type: 'module' }) })
  await execute('npm', ['install', '--no-audit', '--no-fund', '--silent', tarball.path], path)
  return {
    path,
    write,
    run: (program, ...parameters) => execute(join(ROOT, 'node_modules/.bin', program), parameters, path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

/** Runs a program to its end; returns what it printed, and rejects with that if it fails. */
export async function execute(program: string, parameters: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, parameters, { cwd, timeout: 60_000 })
    return stdout + stderr
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${parameters.join(' ')} failed:\n${stdout}${stderr}`, { cause })
  }
}
