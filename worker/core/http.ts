import type { Address } from '../../protocol/address.ts'
import { roleOf } from '../../protocol/announce.ts'
import type { Endpoint, HttpAnnounceReply } from '../../protocol/http/reply.ts'
import type { HttpAnnounce } from '../../protocol/http/request.ts'
import { type Refusal, refusal } from '../../protocol/refusal.ts'
import type { Effect, HubEvent, Reply } from './event.ts'
import { chargeNetwork, refuseListed } from './refusals.ts'
import { scrape } from './scrape.ts'
import {
  addHttpPeer,
  countDownload,
  type HubState,
  patience,
  precision,
  removeHttpPeer,
  swarmOf,
  sweepBy,
} from './state.ts'
import { endpointKey, type HttpPeer } from './swarm.ts'

/** BEP 3 leaves the number to the tracker; 50 is what trackers give. */
const DEFAULT_NUMWANT = 50

/** Serves an announce over HTTP (rules H1–H9). */
export function announceHttp(
  state: HubState,
  { address, announce }: Extract<HubEvent, { type: 'httpAnnounce' }>,
  now: number,
  random: () => number,
  effects: Effect[],
): void {
  const listens = state.settings.TRUST_IP === 1 && announce.ip !== null ? announce.ip : address
  const refused =
    chargeNetwork(state, state.networks.of(address, now), now) ?? refuseAnnounce(state, listens, announce, now)
  if (refused) {
    refuse(state, refused, effects)
    return
  }
  state.counters.announced(now)
  const self = enter(state, listens, announce, now, effects)
  const swarm = state.swarms.get(announce.infoHash)
  const wanted = Math.min(announce.numwant ?? DEFAULT_NUMWANT, state.settings.MAX_NUMWANT)
  const peers = announce.event === 'stopped' ? [] : (swarm?.http.pick(wanted, self, random) ?? [])
  const reply: HttpAnnounceReply = {
    interval: state.settings.HTTP_INTERVAL,
    minInterval: state.settings.HTTP_MIN_INTERVAL,
    complete: swarm?.complete ?? 0,
    incomplete: swarm?.incomplete ?? 0,
    peers: peers.map(({ peerId, address, port }): Endpoint => ({ peerId, address, port })),
    externalIp: address,
  }
  effects.push(replyWith({ type: 'announced', reply }))
}

export function scrapeHttp(
  state: HubState,
  { address, infoHashes }: Extract<HubEvent, { type: 'httpScrape' }>,
  now: number,
  effects: Effect[],
): void {
  const files = chargeNetwork(state, state.networks.of(address, now), now) ?? scrape(state, infoHashes)
  if (!(files instanceof Map)) refuse(state, files, effects)
  else effects.push(replyWith({ type: 'scraped', files, minInterval: state.settings.HTTP_MIN_INTERVAL }))
}

const replyWith = (reply: Reply): Effect => ({ type: 'reply', reply })

function refuse(state: HubState, refused: Refusal, effects: Effect[]): void {
  state.counters.refusedBy[refused.code]++
  effects.push(replyWith({ type: 'refused', refusal: refused }))
}

function refuseAnnounce(
  state: HubState,
  address: Address,
  { infoHash, port, event }: HttpAnnounce,
  now: number,
): Refusal | null {
  const { MAX_HTTP_PEERS, MAX_HTTP_PEERS_PER_ADDRESS } = state.settings
  const denied = refuseListed(state, infoHash)
  if (denied) return denied
  if (event === 'stopped' || port === 0 || state.swarms.get(infoHash)?.http.get(endpointKey(address, port))) return null
  if (state.networks.of(address, now).httpPeers >= MAX_HTTP_PEERS_PER_ADDRESS) {
    return refusal(
      'limited',
      `your address has announced ${MAX_HTTP_PEERS_PER_ADDRESS} peers, which is all it may`,
      1800,
    )
  }
  if (state.totals.http.members >= MAX_HTTP_PEERS) {
    return refusal('full', 'this tracker has all the peers it can hold', 1800)
  }
  return null
}

/** Makes the peer present, or gone, as the announce tells it; a peer that does not listen is not listed. */
function enter(
  state: HubState,
  address: Address,
  announce: HttpAnnounce,
  now: number,
  effects: Effect[],
): HttpPeer | undefined {
  const { infoHash, port, event } = announce
  const swarm = state.swarms.get(infoHash)
  const known = swarm?.http.get(endpointKey(address, port))
  if (event === 'stopped') {
    if (swarm && known) removeHttpPeer(state, swarm, known, effects)
    return undefined
  }
  if (port === 0) return undefined
  const peer = known ?? addNew(state, address, announce)
  update(state, peer, known !== undefined, announce, now, effects)
  sweepBy(state, now + patience(state.settings.HTTP_INTERVAL), effects)
  return peer
}

const addNew = (state: HubState, address: Address, { infoHash, peerId, port, event, left }: HttpAnnounce): HttpPeer =>
  addHttpPeer(state, { infoHash, peerId, address, port, role: roleOf(event, left), completed: false, heard: 0 })

function update(
  state: HubState,
  peer: HttpPeer,
  stored: boolean,
  { infoHash, peerId, event, left }: HttpAnnounce,
  now: number,
  effects: Effect[],
): void {
  const swarm = swarmOf(state, infoHash)
  const role = roleOf(event, left)
  const download = event === 'completed' && !peer.completed
  const same = peer.role === role && peer.peerId === peerId && !download
  peer.heard = now
  if (stored && same && now - peer.stored < precision(state.settings.HTTP_INTERVAL)) return
  swarm.http.setRole(peer, role)
  if (download) countDownload(swarm, peer, effects)
  peer.peerId = peerId
  peer.stored = now
  const { address, port, completed } = peer
  effects.push({ type: 'storePeer', peer: { infoHash, peerId, address, port, role, completed, heard: now } })
}
