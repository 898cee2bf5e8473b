import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { EdgeswarmError } from '../../error.ts'
import { codeOf } from '../../content/errno.ts'
import { aborted } from '../../content/sleep.ts'
import type { Command, Context, Given } from '../command.ts'
import { PACKAGE, readPackage } from '../package.ts'
import { UsageError } from '../usage-error.ts'

/** As wrangler.toml has it. */
export const COMPATIBILITY_DATE = '2026-11-01'
const DEFAULT_PORT = 8787
const HOST = '127.0.0.1'
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

export const dev: Command = {
  name: 'dev',
  says: 'run a tracker on this machine, to try things with',
  takes: '',
  words: [0, 0],
  explains: [
    "Serves the Worker that this package carries with miniflare, Cloudflare's simulator, for this machine only, until Ctrl+C: tracker, catalogue, pages, and a bucket that everybody may upload to. Nothing outlasts it, unless --state names a folder.",
    'miniflare is no part of this package; without it, one sentence says how to get it.',
  ],
  options: {
    port: { value: 'NUMBER', says: `to listen on (default: ${DEFAULT_PORT})` },
    state: { value: 'FOLDER', says: 'where releases and files are kept (default: in memory)' },
  },
  examples: [
    ['dev', `http://localhost:${DEFAULT_PORT}`],
    ['dev --port 9000 --state .edgeswarm/dev', 'and what is published is there again the next time'],
  ],
  run,
}

async function run({ given, output, signal }: Context): Promise<void> {
  const port = portOf(given)
  const miniflare = await loadMiniflare()
  const build = join(PACKAGE, 'dist/worker')
  const modules = await modulesOf(build)
  await requireFree(port)
  await using server = serve(miniflare, port, build, modules, given.get('state'))
  const { port: actual } = await server.ready
  const tracker = `http://localhost:${actual}`
  output.result(tracker, { type: 'tracker', tracker })
  output.say('The tracker and its pages, for this machine, until Ctrl+C.', { type: 'ready' })
  await aborted(signal)
}

type Module = Awaited<ReturnType<typeof modulesOf>>[number]

function serve(
  { Miniflare, convertV4MiniflareOptions }: MiniflareModule,
  port: number,
  modulesRoot: string,
  modules: Module[],
  state: string | undefined,
) {
  const before = SIGNALS.flatMap((name) => process.listeners(name))
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: 'edgeswarm',
      host: HOST,
      port,
      compatibilityDate: COMPATIBILITY_DATE,
      modulesRoot,
      modules,
      durableObjects: {
        HUB: { className: 'Hub', useSQLite: true },
        CATALOG: { className: 'Catalog', useSQLite: true },
      },
      r2Buckets: ['CONTENT'],
      bindings: { PUBLISHERS: '*' },
      ...(state !== undefined && { resourcePersistencePath: resolve(state) }),
    }),
  )
  // It would end the process at the first Ctrl+C, before it has put everything away.
  for (const name of SIGNALS) {
    for (const listener of process.listeners(name)) if (!before.includes(listener)) process.off(name, listener)
  }
  return { ready: miniflare.ready, [Symbol.asyncDispose]: () => miniflare.dispose() }
}

function portOf(given: Given): number {
  const text = given.get('port') ?? `${DEFAULT_PORT}`
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new UsageError(`--port must be a whole number from 0 (any that is free) to 65535, and this is ${text}.`)
}

type MiniflareModule = typeof import('miniflare')

/** From beside this package, or else from the project that it is run in. */
async function loadMiniflare(): Promise<MiniflareModule> {
  try {
    return await import('miniflare')
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error
  }
  try {
    const path = createRequire(join(process.cwd(), 'package.json')).resolve('miniflare')
    const module = (await import(pathToFileURL(path).href)) as MiniflareModule & { readonly default?: MiniflareModule }
    return module.default ?? module
  } catch (cause) {
    const { miniflare } = await readPackage()
    throw new EdgeswarmError(
      'ERR_UNSUPPORTED',
      `edgeswarm dev needs miniflare, which is not installed here: npm install --save-dev miniflare@${miniflare}`,
      { cause },
    )
  }
}

/** The modules of the built Worker, the entry first. */
async function modulesOf(build: string) {
  const names = await readdir(build).catch((cause: unknown) => {
    throw new EdgeswarmError('ERR_UNSUPPORTED', `There is no built Worker in ${build}: npm run build makes it.`, {
      cause,
    })
  })
  const files = names.filter((name) => /\.(js|html|txt)$/.test(name))
  const entryFirst = (one: string, other: string) => Number(other === 'index.js') - Number(one === 'index.js')
  return Promise.all(
    files.sort(entryFirst).map(async (name) => ({
      type: name.endsWith('.js') ? ('ESModule' as const) : ('Text' as const),
      path: join(build, name),
      contents: await readFile(join(build, name), 'utf8'),
    })),
  )
}

/** What miniflare would say of a port that is taken is no sentence. */
async function requireFree(port: number): Promise<void> {
  const server = createServer().listen(port, HOST)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new EdgeswarmError(
      'ERR_BUSY',
      `Port ${port} can't be had (${codeOf(cause)}): end what listens there, or name another with --port.`,
      { cause },
    )
  }
  server.close()
  await once(server, 'close')
}
