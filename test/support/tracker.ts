import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { builtTracker, modulesOf } from '../../scripts/workerd.ts'

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
 * All of it is forgotten when it stops.
 *
 * @param vars settings that differ from the defaults
 * @param port any free one if absent
 */
export async function startTracker(vars: Record<string, string | number> = {}, port = 0): Promise<Tracker> {
  const host = '127.0.0.1'
  const { build, compatibilityDate, classes } = await builtTracker(host)
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: NAME,
      host,
      port,
      compatibilityDate,
      modulesRoot: build,
      modules: await contentsOf(build),
      durableObjects: Object.fromEntries(
        classes.map(({ className, binding }) => [binding, { className, useSQLite: true }]),
      ),
      r2Buckets: ['CONTENT'],
      bindings: vars,
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

async function contentsOf(build: string) {
  return Promise.all(
    (await modulesOf(build)).map(async (name) => ({
      type: name.endsWith('.js') ? ('ESModule' as const) : ('Text' as const),
      path: join(build, name),
      contents: await readFile(join(build, name), 'utf8'),
    })),
  )
}
