import { isKey } from '../../protocol/content/text.ts'
import { type InfoHash, infoHashFromHex } from '../../protocol/ids.ts'

/** Settings of `[vars]` that are text. */
export const LISTS = {
  ALLOW_LIST: {
    default: '',
    about: 'info hashes (hex, separated by spaces or commas) that alone are served; empty serves all',
  },
  DENY_LIST: { default: '', about: 'info hashes that are not served' },
  ALLOWED_ORIGINS: {
    default: '',
    about:
      'origins (https://app.example.com) whose pages may connect; empty lets all. Clients that are no browser send none and pass',
  },
  ADDRESS_HEADER: {
    default: '',
    about:
      'the header in which your reverse proxy puts the client address, such as X-Forwarded-For; empty takes the address of the connection',
  },
  STUN_URLS: {
    default: 'stun:stun.cloudflare.com:3478',
    about: 'STUN servers (stun:stun.example.com:3478) that /ice tells peers of; empty names none',
  },
  TURN_URLS: {
    default: '',
    about: 'TURN servers (turn:turn.example.com:3478?transport=udp) that /ice tells peers of; they need TURN_SECRET',
  },
  PUBLISHERS: {
    default: '',
    about:
      'keys (43 characters of base64url) that may publish releases and upload files; empty lets everybody publish and nobody upload, * lets everybody do both',
  },
} as const satisfies Record<string, { readonly default: string; readonly about: string }>

function words(name: keyof typeof LISTS, environment: Readonly<Record<string, unknown>>, problems: string[]): string[] {
  const value = environment[name] ?? LISTS[name].default
  if (typeof value === 'string') return value.split(/[\s,]+/).filter((word) => word !== '')
  problems.push(`${name} must be one text in quotes, its parts separated by spaces; this is ${JSON.stringify(value)}`)
  return []
}

export function readHeader(environment: Readonly<Record<string, unknown>>, problems: string[]): string {
  const [header = '', ...others] = words('ADDRESS_HEADER', environment, problems)
  if (others.length > 0 || !/^[\w!#$%&'*+.^`|~-]*$/.test(header)) {
    problems.push(
      `ADDRESS_HEADER is ${JSON.stringify(environment['ADDRESS_HEADER'])}, which is not the name of a header`,
    )
  }
  return header
}

export function readInfoHashes(
  name: 'ALLOW_LIST' | 'DENY_LIST',
  environment: Readonly<Record<string, unknown>>,
  problems: string[],
): Set<InfoHash> {
  const infoHashes = new Set<InfoHash>()
  for (const word of words(name, environment, problems)) {
    const infoHash = infoHashFromHex(word)
    if (infoHash) infoHashes.add(infoHash)
    else problems.push(`${name} holds ${JSON.stringify(word)}, which is not an info hash of 40 hex digits`)
  }
  return infoHashes
}

// As browsers write it: lower case, and no port that the scheme implies.
const ORIGIN = /^(?:http(?!.*:80$)|https(?!.*:443$)):\/\/[a-z0-9.-]+(?::\d+)?$|^https?:\/\/\[[0-9a-f:]+\](?::\d+)?$/

export function readOrigins(environment: Readonly<Record<string, unknown>>, problems: string[]): Set<string> {
  const origins = words('ALLOWED_ORIGINS', environment, problems)
  for (const origin of origins) {
    if (!ORIGIN.test(origin)) {
      problems.push(
        `ALLOWED_ORIGINS holds ${JSON.stringify(origin)}, which is not an origin such as https://app.example.com`,
      )
    }
  }
  return new Set(origins)
}

// RFC 7064 and RFC 7065. A browser throws at any other, and so a page could not connect at all.
const HOST = String.raw`(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])`
const PORT = '(?::([0-9]{1,5}))?'
const STUN_URL = new RegExp(`^stuns?:${HOST}${PORT}$`, 'i')
const TURN_URL = new RegExp(String.raw`^turns?:${HOST}${PORT}(?:\?transport=(?:udp|tcp))?$`, 'i')

export function readIceUrls(
  name: 'STUN_URLS' | 'TURN_URLS',
  environment: Readonly<Record<string, unknown>>,
  problems: string[],
): string[] {
  const urls = words(name, environment, problems)
  const pattern = name === 'STUN_URLS' ? STUN_URL : TURN_URL
  const example = name === 'STUN_URLS' ? 'stun:stun.example.com:3478' : 'turn:turn.example.com:3478?transport=udp'
  for (const url of urls) {
    const match = pattern.exec(url)
    const port = Number(match?.[1] ?? 1)
    if (!match || port < 1 || port > 65_535) {
      problems.push(`${name} holds ${JSON.stringify(url)}, which is not a URL such as ${example}`)
    }
  }
  return urls
}

export function readPublishers(environment: Readonly<Record<string, unknown>>, problems: string[]): Set<string> {
  const publishers = words('PUBLISHERS', environment, problems)
  for (const key of publishers) {
    if (key !== '*' && !isKey(key)) {
      problems.push(
        `PUBLISHERS holds ${JSON.stringify(key)}, which is not an Ed25519 key of 43 characters of base64url`,
      )
    }
  }
  return new Set(publishers)
}
