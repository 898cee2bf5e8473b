import type { WorkerScope } from './worker-scope.ts'

type Home = Pick<WorkerScope, 'caches' | 'registration'>

const CACHE = 'edgeswarm'

/** Where the addresses are kept; each scope has its worker. */
const keyOf = ({ registration }: Home): string => new URL('edgeswarm-addresses', registration.scope).href

/** What the worker knew in its life before; nothing where the browser keeps nothing. */
export async function recall(home: Home): Promise<readonly string[]> {
  try {
    const kept = await (await home.caches.open(CACHE)).match(keyOf(home))
    const bases: unknown = await kept?.json()
    return Array.isArray(bases) ? bases.filter((base) => typeof base === 'string') : []
  } catch {
    return []
  }
}

export async function remember(home: Home, bases: readonly string[]): Promise<void> {
  try {
    await (await home.caches.open(CACHE)).put(keyOf(home), Response.json(bases))
  } catch {
    // Then the first requests after a pause go to the origin.
  }
}
