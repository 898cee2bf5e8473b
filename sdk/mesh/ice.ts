import type { IceServer } from '../shell/rtc.ts'
import { report } from './emitter.ts'

/** STUN and TURN servers, or where to get them anew before they are needed. */
export type IceServers = readonly IceServer[] | (() => readonly IceServer[] | Promise<readonly IceServer[]>)

/** The tracker may take so long to tell of its servers, in milliseconds; then a peer tries without. */
const TOLD_WITHIN = 3000
/** After a tracker told nothing, it is asked again so much later. */
const ASK_AGAIN = 60_000

/** Where connections get their ICE servers from; asks the trackers at once, as the first connection is near. */
export function iceServersOf(
  servers: IceServers | undefined,
  trackers: readonly string[],
): () => Promise<readonly IceServer[]> {
  if (typeof servers === 'function') {
    return async () => {
      try {
        return await servers()
      } catch (error) {
        // Peers of one network still meet.
        report(error)
        return []
      }
    }
  }
  if (servers !== undefined) return () => Promise.resolve(servers)
  const ask = trackerServers(trackers.filter((url) => /^https?:/i.test(url)))
  void ask()
  return ask
}

interface Told {
  readonly servers: Promise<readonly IceServer[]>
  expires: number
}

/** What the first tracker that knows any tells (rule I1), for as long as it holds. */
function trackerServers(trackers: readonly string[]): () => Promise<readonly IceServer[]> {
  let told: Told | undefined
  return () => {
    if (told && told.expires > Date.now()) return told.servers
    const asked: Told = {
      servers: firstAnswer(trackers, (seconds) => {
        // Half of their time is left to whoever gets them last.
        asked.expires = Date.now() + seconds * 500
      }),
      expires: Date.now() + ASK_AGAIN,
    }
    told = asked
    return asked.servers
  }
}

const isIceServer = (server: unknown): server is IceServer =>
  typeof server === 'object' &&
  server !== null &&
  'urls' in server &&
  [server.urls].flat().every((url) => typeof url === 'string' && /^(?:stun|turns?):/.test(url))

async function firstAnswer(
  trackers: readonly string[],
  onTtl: (seconds: number) => void,
): Promise<readonly IceServer[]> {
  for (const tracker of trackers) {
    try {
      const url = `${tracker.replace(/\/$/, '')}/ice`
      const response = await fetch(url, { signal: AbortSignal.timeout(TOLD_WITHIN) })
      if (!response.ok) continue
      const { iceServers, ttl } = (await response.json()) as { iceServers: unknown; ttl: number }
      if (!Array.isArray(iceServers)) continue
      if (ttl > 0) onTtl(ttl)
      return iceServers.filter(isIceServer)
    } catch {
      // The next one may know; without any, peers of one network still meet.
    }
  }
  return []
}
