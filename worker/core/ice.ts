import type { Settings } from './limits.ts'

/** How a peer finds a way to another: an `RTCIceServer` of WebRTC. */
export interface IceServer {
  readonly urls: readonly string[]
  readonly username?: string
  readonly credential?: string
}

/** What `/ice` answers. */
export interface IceReply {
  readonly iceServers: readonly IceServer[]
  /** Seconds until the peer should ask again. */
  readonly ttl: number
}

/** Who a TURN server is told that a peer is: when the credential expires, in seconds since the epoch (rule I2). */
export const turnUsername = ({ TURN_TTL }: Settings, now: number): string =>
  `${Math.floor(now / 1000) + TURN_TTL}:edgeswarm`

/**
 * The servers that the operator named (rule I1).
 *
 * @param credential of the TURN servers, for `username`
 */
export function iceReply({ stunUrls, turnUrls, TURN_TTL }: Settings, username: string, credential: string): IceReply {
  const servers: IceServer[] = [{ urls: stunUrls }, { urls: turnUrls, username, credential }]
  // A server without a URL makes a browser throw.
  return { iceServers: servers.filter(({ urls }) => urls.length > 0), ttl: TURN_TTL }
}
