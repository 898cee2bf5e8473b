import { env } from 'cloudflare:workers'
import { parseSettings } from '../core/limits.ts'
import type { Catalog } from './catalog/catalog.ts'
import type { Hub } from './hub.ts'

/** The bindings of wrangler.toml. Plain workerd has no rate limits, and a bucket is there if the operator wants one. */
export interface Environment {
  readonly HUB: DurableObjectNamespace<Hub>
  readonly CATALOG: DurableObjectNamespace<Catalog>
  readonly CONTENT?: R2Bucket
  readonly UPGRADES?: RateLimit
  readonly ANNOUNCES?: RateLimit
}

/** Read as the Worker is loaded, so that a wrong setting stops it there and not at somebody's announce. */
export const settings = parseSettings(env as unknown as Readonly<Record<string, unknown>>)
