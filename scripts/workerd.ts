import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative, resolve } from 'node:path'
import { parse } from 'smol-toml'

/** A class of durable objects: its name, which is also what its storage is known by, and its binding. */
export interface HostedClass {
  readonly className: string
  readonly binding: string
}

/** A Worker for plain workerd to serve. */
export interface HostedWorker {
  readonly name: string
  /** `address:port`; `*` is all addresses. */
  readonly listen: string
  readonly compatibilityDate: string
  /** A folder with index.js and its text modules. */
  readonly build: string
  /** The variables of its environment. */
  readonly vars: Readonly<Record<string, unknown>>
  readonly classes: readonly HostedClass[]
}

/** The path of the workerd that wrangler brings. */
export function workerdPath(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('wrangler'))
  const { default: path } = require('workerd') as { default: string }
  return path
}

/**
 * The tracker as wrangler.toml describes it and `npm run build` built it.
 *
 * @param vars settings that differ from `[vars]`
 */
export async function builtTracker(
  listen: string,
  vars: Readonly<Record<string, unknown>> = {},
): Promise<HostedWorker> {
  const config = parse(await readFile('wrangler.toml', 'utf8'))
  return {
    name: 'tracker',
    listen,
    compatibilityDate: config['compatibility_date'] as string,
    build: resolve('dist/worker'),
    vars: { ...(config['vars'] as Record<string, unknown>), ...vars },
    classes: [
      { className: 'Hub', binding: 'HUB' },
      { className: 'Catalog', binding: 'CATALOG' },
    ],
  }
}

/**
 * Writes the config with which `workerd serve` serves the Workers, all in one process.
 *
 * @param folder where the config goes
 * @param state the folder that the durable objects keep their state in
 * @returns the config's path
 */
export async function writeWorkerdConfig(
  folder: string,
  state: string,
  workers: readonly HostedWorker[],
): Promise<string> {
  await mkdir(folder, { recursive: true })
  await mkdir(state, { recursive: true })
  const definitions = await Promise.all(workers.map((worker) => define(worker, folder)))
  const services = workers.map(({ name }) => `    (name = ${quote(name)}, worker = .${name}),\n`).join('')
  const sockets = workers.map(
    ({ name, listen }) =>
      `    (name = ${quote(name)}, address = ${quote(listen)}, http = (), service = ${quote(name)}),\n`,
  )
  const path = join(folder, 'workerd.capnp')
  await writeFile(
    path,
    `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
${services}    (name = "state", disk = (path = ${quote(resolve(state))}, writable = true)),
  ],
  sockets = [
${sockets.join('')}  ],
);
${definitions.join('')}`,
  )
  return path
}

async function define(worker: HostedWorker, folder: string): Promise<string> {
  const { name, compatibilityDate, build, vars, classes } = worker
  const moduleLines = (await modulesOf(build)).map((file) => {
    const type = file.endsWith('.js') ? 'esModule' : 'text'
    return `    (name = ${quote(file)}, ${type} = embed ${quote(relative(resolve(folder), join(build, file)))}),\n`
  })
  const bindingLines = Object.entries(vars).map(
    ([variable, value]) => `    (name = ${quote(variable)}, json = ${quote(JSON.stringify(value))}),\n`,
  )
  const classLines = classes.map(
    ({ className, binding }) => `    (name = ${quote(binding)}, durableObjectNamespace = ${quote(className)}),\n`,
  )
  const namespaceLines = classes.map(
    ({ className }) =>
      `    (className = ${quote(className)}, uniqueKey = ${quote(`edgeswarm-${className.toLowerCase()}`)}, enableSql = true),\n`,
  )
  return `
const ${name} :Workerd.Worker = (
  compatibilityDate = ${quote(compatibilityDate)},
  modules = [
${moduleLines.join('')}  ],
  bindings = [
${classLines.join('')}${bindingLines.join('')}  ],
  durableObjectNamespaces = [
${namespaceLines.join('')}  ],
  durableObjectStorage = (localDisk = "state"),
);
`
}

/** The names of a built Worker's modules, the entry first: JavaScript, and text that it imports. */
export const modulesOf = async (build: string): Promise<string[]> =>
  (await readdir(build)).filter((file) => /\.(js|html|txt)$/.test(file)).sort(entryFirst)

const entryFirst = (one: string, other: string): number => Number(other === 'index.js') - Number(one === 'index.js')

// Cap'n Proto's string literals are C's, and so are JSON's.
const quote = (text: string): string => JSON.stringify(text)
