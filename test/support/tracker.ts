import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'

const BUILD = resolve('dist/worker')
const NAME = 'edgeswarm'

/** The built Worker, served by Miniflare on a free port of loopback. */
export interface Tracker extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash at its end. */
  readonly http: string
  /** The same for WebSockets. */
  readonly ws: string
  /** Takes the hub out of memory, as the edge does: its WebSockets stay open. */
  evict(): Promise<void>
  stats(): Promise<TrackerStats>
}

export interface TrackerStats {
  readonly sockets: number
  readonly peers: number
  readonly seeds: number
  readonly swarms: number
  readonly websocketPeers: number
  readonly httpPeers: number
  readonly answers: number
  readonly refusedBy: Readonly<Record<string, number>>
}

/**
 * @param vars settings that differ from the defaults
 * @param state a folder for the durable objects; in memory if absent
 */
export async function startTracker(vars: Record<string, string | number> = {}, state?: string): Promise<Tracker> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: NAME,
      host: '127.0.0.1',
      port: 0,
      compatibilityDate: '2026-11-01',
      modulesRoot: BUILD,
      modules: await builtModules(),
      durableObjects: { HUB: { className: 'Hub', useSQLite: true } },
      bindings: vars,
      ...(state !== undefined && { durableObjectsPersist: state }),
    }),
  )
  const url = await miniflare.ready
  return {
    http: `http://127.0.0.1:${url.port}`,
    ws: `ws://127.0.0.1:${url.port}`,
    evict: () => miniflare.unsafeEvictDurableObject(NAME, 'Hub', { name: 'hub-0' }),
    stats: async () => (await (await fetch(`http://127.0.0.1:${url.port}/stats.json`)).json()) as TrackerStats,
    [Symbol.asyncDispose]: () => miniflare.dispose(),
  }
}

async function builtModules() {
  const names = (await readdir(BUILD)).filter((name) => /\.(js|html|txt)$/.test(name))
  names.sort((one, other) => Number(other === 'index.js') - Number(one === 'index.js'))
  return Promise.all(
    names.map(async (name) => ({
      type: name.endsWith('.js') ? ('ESModule' as const) : ('Text' as const),
      path: join(BUILD, name),
      contents: await readFile(join(BUILD, name), 'utf8'),
    })),
  )
}
