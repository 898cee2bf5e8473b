import type { InfoHash } from '../../protocol/ids.ts'
import type { Rate } from './gcra.ts'
import { readHeader, readIceUrls, readInfoHashes, readOrigins, readPublishers } from './lists.ts'

export { LISTS } from './lists.ts'

/**
 * Every limit of the tracker: its default, the range that is accepted, and what it is for. An operator sets
 * them by these names under `[vars]` in wrangler.toml.
 */
export const LIMITS = {
  HUBS: {
    default: 1,
    min: 1,
    max: 1,
    about: 'instances of the hub; more than one needs bridging between hubs, which is not built yet',
  },
  INTERVAL: { default: 120, min: 30, max: 3600, about: 'seconds between the announces of a WebSocket peer' },
  HTTP_INTERVAL: { default: 1800, min: 60, max: 86_400, about: 'seconds between the announces of an HTTP peer' },
  HTTP_MIN_INTERVAL: {
    default: 60,
    min: 1,
    max: 3600,
    about: 'seconds that an HTTP peer is asked to leave between announces',
  },
  MAX_SOCKETS: { default: 20_000, min: 1, max: 32_000, about: 'open sockets in a hub; the platform ends at 32,768' },
  MAX_SOCKETS_PER_ADDRESS: {
    default: 256,
    min: 1,
    max: 32_000,
    about: 'open sockets from one address (IPv6: one /64)',
  },
  MAX_SWARMS_PER_SOCKET: {
    default: 200,
    min: 1,
    max: 200,
    about: '(swarm, peer id) pairs on a socket; more do not fit its attachment',
  },
  MAX_PEERS: {
    default: 40_000,
    min: 1,
    max: 1_000_000,
    about: 'WebSocket peers in a hub, summed over its swarms; 0.3 to 7 kB each',
  },
  MAX_PEERS_PER_ADDRESS: {
    default: 2000,
    min: 1,
    max: 1_000_000,
    about: 'WebSocket peers from one address (IPv6: one /64), summed over its swarms',
  },
  MAX_IDS_PER_SWARM: {
    default: 8,
    min: 1,
    max: 200,
    about: 'peer ids of one socket in one swarm',
  },
  MAX_HTTP_PEERS: { default: 50_000, min: 0, max: 1_000_000, about: 'HTTP peers in a hub, summed over its swarms' },
  MAX_HTTP_PEERS_PER_ADDRESS: {
    default: 2000,
    min: 1,
    max: 1_000_000,
    about: 'HTTP peers from one address (IPv6: one /64)',
  },
  MAX_OFFERS: { default: 32, min: 1, max: 200, about: 'offers in an announce' },
  MAX_SDP: { default: 16_384, min: 1024, max: 262_144, about: 'characters of an offer or an answer, as JSON' },
  MAX_MESSAGE: { default: 131_072, min: 4096, max: 33_554_432, about: 'characters of a message' },
  MAX_UNREAD: {
    default: 1_048_576,
    min: 65_536,
    max: 33_554_432,
    about: 'characters relayed to a socket that sends nothing meanwhile; it is closed at more, for it may not read',
  },
  MAX_NUMWANT: { default: 100, min: 1, max: 1000, about: 'peers in an HTTP announce reply' },
  MAX_SCRAPE: { default: 100, min: 1, max: 1000, about: 'info hashes in a scrape' },
  SCRAPE_ALL: { default: 0, min: 0, max: 1, about: '1 answers a scrape that names no info hash with every swarm' },
  SOCKET_RATE: { default: 20, min: 1, max: 1_000_000, about: 'messages a second from a socket, in the long run' },
  SOCKET_BURST: { default: 500, min: 1, max: 1_000_000, about: 'messages from a socket at once' },
  ADDRESS_RATE: {
    default: 100,
    min: 1,
    max: 1_000_000,
    about: 'messages and HTTP requests a second from an address, in the long run',
  },
  ADDRESS_BURST: { default: 2500, min: 1, max: 1_000_000, about: 'messages and HTTP requests from an address at once' },
  TRUST_IP: {
    default: 0,
    min: 0,
    max: 1,
    about: '1 believes the ip parameter of an HTTP announce; only behind a proxy of your own',
  },
  TURN_TTL: { default: 3600, min: 60, max: 86_400, about: 'seconds for which a TURN credential is good' },
  MAX_CHANNELS: { default: 10_000, min: 0, max: 1_000_000, about: 'channels in the catalogue; 0 takes no releases' },
  MAX_CHANNELS_PER_PUBLISHER: { default: 64, min: 1, max: 1_000_000, about: 'channels of one publisher' },
  MAX_HISTORY: { default: 100, min: 2, max: 10_000, about: 'releases that are kept of a channel' },
  MAX_METADATA_STORED: {
    default: 1_073_741_824,
    min: 0,
    max: 8_589_934_592,
    about: 'bytes of metadata in the catalogue, of all releases together; an object of the platform ends at 10 GB',
  },
} as const satisfies Record<string, Limit>

interface Limit {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly about: string
}

/** Settings that are secrets, none by default: `wrangler secret put`, and not `[vars]`. */
export const SECRETS = {
  TURN_SECRET: 'what your TURN server and the tracker alone know: static-auth-secret of coturn',
} as const

type Numbers = { readonly [Name in keyof typeof LIMITS]: number }

/** What the operator set, checked. */
export interface Settings extends Numbers {
  readonly socketRate: Rate
  readonly addressRate: Rate
  readonly allowList: ReadonlySet<InfoHash>
  readonly denyList: ReadonlySet<InfoHash>
  readonly allowedOrigins: ReadonlySet<string>
  readonly addressHeader: string
  /** Keys, and perhaps `*`. */
  readonly publishers: ReadonlySet<string>
  readonly stunUrls: readonly string[]
  readonly turnUrls: readonly string[]
  /** `null` if there is none, and then there are no `turnUrls` either. */
  readonly turnSecret: string | null
}

/** The operator's settings are wrong. The message lists every mistake and how to mend it. */
export class SettingsError extends Error {
  readonly code = 'ERR_SETTINGS'
  override readonly name = 'SettingsError'

  constructor(problems: readonly string[]) {
    super(
      `Edgeswarm cannot start; mend these settings under [vars] in wrangler.toml:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    )
  }
}

/**
 * Reads the settings out of a Worker's environment; what is absent takes its default.
 *
 * @throws {SettingsError} naming every setting that is wrong.
 */
export function parseSettings(environment: Readonly<Record<string, unknown>>): Settings {
  const problems: string[] = []
  const numbers = Object.fromEntries(
    Object.entries(LIMITS).map(([name, limit]) => [name, readNumber(name, limit, environment[name], problems)]),
  ) as Numbers
  const allowList = readInfoHashes('ALLOW_LIST', environment, problems)
  const denyList = readInfoHashes('DENY_LIST', environment, problems)
  if (allowList.size > 0 && denyList.size > 0) problems.push('ALLOW_LIST and DENY_LIST are both set; keep one')
  const allowedOrigins = readOrigins(environment, problems)
  const addressHeader = readHeader(environment, problems)
  const publishers = readPublishers(environment, problems)
  const stunUrls = readIceUrls('STUN_URLS', environment, problems)
  const turnUrls = readIceUrls('TURN_URLS', environment, problems)
  const turnSecret = readTurnSecret(turnUrls, environment, problems)
  if (problems.length > 0) throw new SettingsError(problems)
  return {
    ...numbers,
    socketRate: { perSecond: numbers.SOCKET_RATE, burst: numbers.SOCKET_BURST },
    addressRate: { perSecond: numbers.ADDRESS_RATE, burst: numbers.ADDRESS_BURST },
    allowList,
    denyList,
    allowedOrigins,
    addressHeader,
    publishers,
    stunUrls,
    turnUrls,
    turnSecret,
  }
}

function readNumber(name: string, limit: Limit, value: unknown, problems: string[]): number {
  if (value === undefined || value === '') return limit.default
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN
  if (Number.isInteger(number) && number >= limit.min && number <= limit.max) return number
  const range = limit.min === limit.max ? `${limit.min}` : `a whole number from ${limit.min} to ${limit.max}`
  problems.push(`${name} is ${JSON.stringify(value)} and must be ${range} (${limit.about})`)
  return limit.default
}

/** No sentence repeats the secret: logs would keep it. */
function readTurnSecret(
  turnUrls: readonly string[],
  environment: Readonly<Record<string, unknown>>,
  problems: string[],
): string | null {
  const secret = environment['TURN_SECRET'] ?? ''
  if (typeof secret !== 'string') problems.push('TURN_SECRET must be a text')
  else if (secret !== '') return secret
  else if (turnUrls.length > 0) {
    problems.push('TURN_URLS is set and TURN_SECRET is not; give it by `wrangler secret put TURN_SECRET`')
  }
  return null
}
