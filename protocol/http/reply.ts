import { type Address, formatAddress, isIpv6 } from '../address.ts'
import type { SwarmCounts } from '../announce.ts'
import type { InfoHash, PeerId } from '../ids.ts'
import { type Refusal, retryInMinutes } from '../refusal.ts'
import { bencode } from './bencode.ts'

/** A peer that listens for TCP connections. */
export interface Endpoint {
  readonly peerId: PeerId
  readonly address: Address
  readonly port: number
}

export interface HttpAnnounceReply {
  /** Seconds until the client should announce again, and until it may. */
  readonly interval: number
  readonly minInterval: number
  readonly complete: number
  readonly incomplete: number
  readonly peers: readonly Endpoint[]
  /** The address that the tracker sees the client under (BEP 24). */
  readonly externalIp: Address
}

export interface PeerForm {
  readonly compact: boolean
  readonly noPeerId: boolean
}

/** A bencoded announce reply as a binary string: BEP 3, compact by BEP 23 and BEP 7. */
export function encodeHttpAnnounceReply(reply: HttpAnnounceReply, form: PeerForm): string {
  return bencode({
    complete: reply.complete,
    incomplete: reply.incomplete,
    interval: reply.interval,
    'min interval': reply.minInterval,
    'external ip': reply.externalIp,
    ...(form.compact ? compactPeers(reply.peers) : { peers: reply.peers.map((peer) => listPeer(peer, form)) }),
  })
}

function compactPeers(peers: readonly Endpoint[]): { peers: string; peers6?: string } {
  const compact = (sixth: boolean) =>
    peers
      .filter(({ address }) => isIpv6(address) === sixth)
      .map(({ address, port }) => address + String.fromCharCode(port >> 8, port & 0xff))
      .join('')
  const peers6 = compact(true)
  return { peers: compact(false), ...(peers6 !== '' && { peers6 }) }
}

const listPeer = ({ peerId, address, port }: Endpoint, { noPeerId }: PeerForm) => ({
  ...(!noPeerId && { 'peer id': peerId }),
  ip: formatAddress(address),
  port,
})

/** A bencoded scrape reply as a binary string (BEP 48). */
export function encodeHttpScrapeReply(files: Iterable<readonly [InfoHash, SwarmCounts]>, minInterval: number): string {
  const members = Object.fromEntries(
    Array.from(files, ([infoHash, counts]) => [infoHash as string, { ...counts }] as const),
  )
  return bencode({ files: members, flags: { min_request_interval: minInterval } })
}

/** BEP 3's failure, with BEP 31's time to wait: minutes, or `never` for what no wait mends. */
export function encodeHttpFailure(failure: Refusal): string {
  const retryIn = failure.retryIn === undefined ? 'never' : retryInMinutes(failure.retryIn)
  return bencode({ 'failure reason': failure.reason, 'retry in': retryIn })
}
