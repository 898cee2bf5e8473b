import { encodeOffer, encodeOfferStart } from '../../protocol/websocket/encode.ts'
import type { Announce, Offer } from '../../protocol/websocket/message.ts'
import type { Effect } from './event.ts'
import { close } from './presence.ts'
import type { Socket } from './socket.ts'
import type { HubState } from './state.ts'
import type { Peer, RelayedOffer } from './swarm.ts'

/** webtorrent gives a connection 25 s to open. Until then a second offer between the same two makes glare. */
const SETTLES = 30_000

/** Stock clients drop an offer that was not answered for 50 s. */
const ANSWERABLE = 60_000

/** Up to this size the peers of a swarm are likely to offer to each other at once; past it picks rarely cross. */
const CROSSING_SWARM = 32

/** So many offers of a peer are remembered at least, and those of its last two announces; the oldest go first. */
const REMEMBERED = 64

/** Relays each offer to a peer of its own, as many as are wanted and the swarm has (rules A5–A8). */
export function relayOffers(
  state: HubState,
  peer: Peer,
  { offers, numwant }: Announce,
  now: number,
  random: () => number,
  effects: Effect[],
): void {
  const start = encodeOfferStart(peer.swarm.infoHashJson, peer.idJson)
  const first = offers[0]?.id ?? null
  // trystero's peer with the lower id answers nobody while its own offers are out, and makes them again.
  const repeats = first !== null && first === peer.lastOffer
  peer.lastOffer = first
  const targets = repeats ? peer.swarm.websocket.pick(numwant, peer, random) : pickTargets(peer, numwant, now, random)
  for (const offer of offers) {
    const to = targets.pop()
    if (!to) break
    relayOffer(state, peer, to, start, offer, now, effects)
  }
  forgetOldOffers(state, peer, now)
}

/**
 * Relays one offer, and remembers it for as long as it may be answered.
 *
 * @param start of {@link encodeOfferStart}
 */
export function relayOffer(
  state: HubState,
  peer: Peer,
  to: Peer,
  start: string,
  offer: Offer,
  now: number,
  effects: Effect[],
): void {
  peer.offered.push({ id: offer.id, to, at: now, answered: false })
  relay(state, to.socket, encodeOffer(start, offer), effects)
  state.counters.offers++
}

/** Sends what another peer said; closes a socket that was sent much and says nothing (rule G10). */
export function relay(state: HubState, to: Socket, text: string, effects: Effect[]): void {
  // Closed by an offer of the same announce: one socket can carry several peers.
  if (to.unread > state.settings.MAX_UNREAD) return
  to.unread += text.length
  if (to.unread <= state.settings.MAX_UNREAD) {
    effects.push({ type: 'send', to: to.id, text })
    return
  }
  close(state, to.id, effects)
  effects.push({ type: 'close', socket: to.id, code: 1008, reason: 'too much unread' })
}

function pickTargets(peer: Peer, wanted: number, now: number, random: () => number): Peer[] {
  const { websocket } = peer.swarm
  if (websocket.size > CROSSING_SWARM) return websocket.pick(wanted, peer, random)
  const free = websocket.pick(websocket.size, peer, random).filter((other) => !isSettling(peer, other, now))
  // Whoever comes after those that were left out would be picked more often, so the ring starts anew.
  const start = Math.floor(random() * free.length)
  return [...free.slice(start), ...free.slice(0, start)].slice(0, wanted)
}

/** Whether an offer between the two, either way, may still become a connection (rule A8). */
const isSettling = (one: Peer, other: Peer, now: number): boolean =>
  hasOffered(one, other, now) || hasOffered(other, one, now)

function hasOffered(from: Peer, to: Peer, now: number): boolean {
  return from.offered.some((offer) => offer.to === to && now - offer.at < SETTLES)
}

/** Forgets what can be answered no more. */
export function forgetOldOffers({ settings }: HubState, { offered }: Peer, now: number): void {
  const firstOpen = offered.findIndex(({ at }) => now - at < ANSWERABLE)
  const tooMany = offered.length - Math.max(REMEMBERED, 2 * settings.MAX_OFFERS)
  const old = firstOpen === -1 ? offered.length : Math.max(firstOpen, tooMany)
  if (old > 0) offered.splice(0, old)
}

/** Whether the offer still waits for its answer. */
export const isOpen = ({ answered, at }: RelayedOffer, now: number): boolean => !answered && now - at < ANSWERABLE
