import { encodeOffer, encodeOfferStart } from '../../protocol/websocket/encode.ts'
import type { Announce } from '../../protocol/websocket/message.ts'
import type { Effect } from './event.ts'
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
  const targets = pickTargets(peer, numwant, now, random)
  for (const offer of offers) {
    const to = targets.pop()
    if (!to) break
    peer.offered.push({ id: offer.id, to, at: now, answered: false })
    effects.push({ type: 'send', to: to.socket.id, text: encodeOffer(start, offer) })
    state.counters.offers++
  }
  forgetOldOffers(peer, Math.max(REMEMBERED, 2 * state.settings.MAX_OFFERS), now)
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

function forgetOldOffers({ offered }: Peer, most: number, now: number): void {
  const firstOpen = offered.findIndex(({ at }) => now - at < ANSWERABLE)
  const old = Math.max(firstOpen, offered.length - most)
  if (old > 0) offered.splice(0, old)
}

/** Whether the offer still waits for its answer. */
export const isOpen = ({ answered, at }: RelayedOffer, now: number): boolean => !answered && now - at < ANSWERABLE
