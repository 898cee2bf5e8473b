import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { parse, type TomlTable } from 'smol-toml'

/** How plain workerd is to serve the built Worker. */
export interface Hosting {
  /** Where the built Worker is: index.js and its text modules. */
  readonly build: string
  /** `address:port`; `*` is all addresses. */
  readonly listen: string
  /** The folder that the durable objects keep their state in. */
  readonly state: string
  /** Settings that differ from `[vars]` of wrangler.toml. */
  readonly vars: Readonly<Record<string, string>>
}

/** The path of the workerd that wrangler brings. */
export function workerdPath(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('wrangler'))
  const { default: path } = require('workerd') as { default: string }
  return path
}

/**
 * Writes the config with which `workerd serve` does what Cloudflare would: the same build, its settings, the
 * hub's durable objects on disk.
 *
 * @returns the config's path, beside the build
 */
export async function writeWorkerdConfig({ build, listen, state, vars }: Hosting): Promise<string> {
  await mkdir(state, { recursive: true })
  const { compatibility_date: date, vars: defaults } = parse(await readFile('wrangler.toml', 'utf8'))
  const files = await readdir(build)
  const modules = files.filter((name) => /\.(js|html|txt)$/.test(name)).sort(entryFirst)
  const settings = Object.entries({ ...(defaults as TomlTable), ...vars })
  const config = `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "tracker", worker = .tracker),
    (name = "state", disk = (path = ${quote(resolve(state))}, writable = true)),
  ],
  sockets = [(name = "http", address = ${quote(listen)}, http = (), service = "tracker")],
);

const tracker :Workerd.Worker = (
  compatibilityDate = ${JSON.stringify(date)},
  modules = [
${modules.map((name) => `    (name = ${quote(name)}, ${name.endsWith('.js') ? 'esModule' : 'text'} = embed ${quote(name)}),`).join('\n')}
  ],
  bindings = [
    (name = "HUB", durableObjectNamespace = "Hub"),
${settings.map(([name, value]) => `    (name = ${quote(name)}, json = ${quote(JSON.stringify(value))}),`).join('\n')}
  ],
  durableObjectNamespaces = [(className = "Hub", uniqueKey = "edgeswarm-hub", enableSql = true)],
  durableObjectStorage = (localDisk = "state"),
);
`
  const path = join(build, 'workerd.capnp')
  await writeFile(path, config)
  return path
}

const entryFirst = (one: string, other: string): number => Number(other === 'index.js') - Number(one === 'index.js')

// Cap'n Proto's string literals are C's, and so are JSON's.
const quote = (text: string): string => JSON.stringify(text)
