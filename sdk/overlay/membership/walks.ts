import type { PeerId } from '../../../protocol/ids.ts'
import { MAX_HOPS, type Seek, type Shuffle } from '../../../protocol/mesh/overlay.ts'
import { learn, route } from '../routes.ts'
import { boundsOf, SHUFFLE_EVERY } from './state.ts'
import { hasRoom, missing, remember } from './views.ts'
import { pick, sample, send, type Turn } from '../turn.ts'
import { dialForView, MOST_DIALS } from './dial.ts'

/** Steps of a random walk that wants a link (HyParView's ARWL). */
const SEEK_HOPS = 6
/** Then it goes on for as long as it meets peers without room, up to here. */
const LAST_SEEK_HOP = 14
/** Steps of a shuffle. */
const SHUFFLE_HOPS = 4
/** Of its own views a peer puts so many into a shuffle (HyParView: 3 and 4). */
const FROM_ACTIVE = 3
const FROM_PASSIVE = 4

/** Sends a walk for one link more; false if there is nobody to send it to. */
export function seek(turn: Turn): boolean {
  const { own, membership } = turn.state
  const to = pick([...membership.active], turn.random)
  if (to === undefined) return false
  membership.seeks.push(turn.now)
  send(turn, to, { type: 'seek', peer: own, hops: 0, isNeedy: membership.active.size < boundsOf(membership).need })
  return true
}

/** Rule O3: at its end, or wherever a link is wanted, the peer that the walk meets dials the one that seeks. */
export function receiveSeek(turn: Turn, from: PeerId, message: Seek): void {
  const { own, membership } = turn.state
  const { peer, hops, isNeedy } = message
  if (peer === own) return
  learn(turn, peer, from)
  const { linked, dialling } = membership
  const isEligible = !linked.has(peer) && !dialling.has(peer) && dialling.size < MOST_DIALS
  const isEnd = hops >= SEEK_HOPS
  if (isEligible && (missing(turn) > 0 || (isEnd && (isNeedy || hasRoom(turn))))) {
    dialForView(turn, peer, 'mesh')
    return
  }
  if (hops >= Math.min(LAST_SEEK_HOP, MAX_HOPS)) return
  const next = stepFrom(turn, from, peer)
  if (next !== undefined) send(turn, next, { ...message, hops: hops + 1 })
}

const stepFrom = ({ state: { membership }, random }: Turn, from: PeerId, except: PeerId): PeerId | undefined =>
  pick(
    [...membership.active].filter((peer) => peer !== from && peer !== except),
    random,
  )

export function shuffle(turn: Turn): void {
  const { own, membership } = turn.state
  membership.nextShuffleAt = turn.now + SHUFFLE_EVERY * (0.75 + turn.random() / 2)
  const to = pick([...membership.active], turn.random)
  if (to === undefined) return
  send(turn, to, { type: 'shuffle', peer: own, hops: 0, peers: sampleOfViews(turn, to) })
}

function sampleOfViews({ state: { membership }, random }: Turn, except: PeerId): PeerId[] {
  const active = [...membership.active].filter((peer) => peer !== except)
  return [...sample(active, FROM_ACTIVE, random), ...sample([...membership.passive.keys()], FROM_PASSIVE, random)]
}

/** Rule O4. */
export function receiveShuffle(turn: Turn, from: PeerId, message: Shuffle): void {
  const { peer, hops, peers } = message
  if (peer === turn.state.own) return
  learn(turn, peer, from)
  const next = hops + 1 < SHUFFLE_HOPS ? stepFrom(turn, from, peer) : undefined
  if (next !== undefined) {
    send(turn, next, { ...message, hops: hops + 1 })
    return
  }
  route(turn, peer, { kind: 'peers', peers: sampleOfViews(turn, peer) })
  receivePeers(turn, [peer, ...peers])
}

/** What a shuffle brought: no more of it counts than an honest one has. */
export function receivePeers(turn: Turn, peers: readonly PeerId[]): void {
  for (const peer of peers.slice(0, 1 + FROM_ACTIVE + FROM_PASSIVE)) remember(turn, peer, false)
}
