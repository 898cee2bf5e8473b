import { env } from 'cloudflare:workers'
import { parseSettings } from '../core/limits.ts'
import type { Hub } from './hub.ts'

/** The bindings of wrangler.toml. Plain workerd has no rate limits. */
export interface Environment {
  readonly HUB: DurableObjectNamespace<Hub>
  readonly UPGRADES?: RateLimit
  readonly ANNOUNCES?: RateLimit
}

/** Read as the Worker is loaded, so that a wrong setting stops it there and not at somebody's announce. */
export const settings = parseSettings(env as unknown as Readonly<Record<string, unknown>>)
