import type { PeerId } from '../../../protocol/ids.ts'
import { backoff } from '../../core/backoff.ts'
import { nextHop } from '../routes.ts'
import { boundsOf, FULL_MESH, type Passive, PROBE_EVERY } from './state.ts'
import { hasRoom, missing, remember } from './views.ts'
import { seek, shuffle } from './walks.ts'
import { sizeOf, isSmall } from '../size.ts'
import { pick, sample, type Turn } from '../turn.ts'
import { dialForView, MOST_DIALS } from './dial.ts'

/** The first link is asked of the tracker, of one peer at first and of one more each time that so long has passed (ms). */
const ONE_MORE_EVERY = 700
/** Once there is a link, peers that the tracker named may still be reached through the mesh for so long (ms). */
const DIAL_WITHIN = 15_000
/** A walk that has brought no link by then has failed (ms). */
const SEEK_WITHIN = 4000
/** Walks of one peer at once. */
const MOST_SEEKS = 4
/** A peer that could not be reached so often is forgotten, until somebody names it again. */
const MOST_FAILURES = 8
/** Milliseconds, from the second retry on: the first comes at once, as an engine fails now and then (`rtc.node.ts`). */
const RETRY = 120
const LONGEST_RETRY = 20_000
/** In a swarm of any size about one peer asks the tracker in so long (ms), so that halves of it find each other. */
const PROBE_OF_SWARM = 10_000
/** The tracker's answer to that is waited for so long (ms). */
const PROBING = 10_000
/** A peer without links asks the tracker again after so long (ms), and then less and less. */
const ASK_AGAIN = 2000
const LONGEST_ASK = 600_000
/**
 * A peer that has lost links it needs asks the tracker if its walks have brought none for so long, times the links but one that
 * it has left (ms): the fewer they are, the likelier its walks meet nobody else. Measured in `cut off` and `halved`.
 */
const STARVING = 500
/** And one that has not found them yet after so long (ms): a walk and a half. */
const UNFED = 6000

/** A neighbour that knows of a swarm so many times smaller than the tracker does may be on an island. */
const BRIDGED = 3
const BRIDGES = 2

/** The tracker named peers. */
export function receiveListed(turn: Turn, peers: readonly PeerId[], count: number): void {
  const { membership, own } = turn.state
  if (membership.active.size === 0) membership.toldSize = membership.listedSize = Math.max(1, count)
  for (const peer of peers) remember(turn, peer, true)
  if (membership.probingUntil <= turn.now || membership.active.size === 0) return
  membership.probingUntil = 0
  const strangers = peers.filter((peer) => peer !== own && !membership.linked.has(peer))
  const stranger = pick(strangers, turn.random)
  if (stranger !== undefined && !membership.dialling.has(stranger)) dialForView(turn, stranger, 'tracker')
}

export function fail({ state: { membership }, now, random }: Turn, peer: PeerId, isGone: boolean): void {
  membership.dialling.delete(peer)
  const known = membership.passive.get(peer)
  if (!known) return
  known.failures++
  const retries = known.failures - 1
  known.notBefore = now + (retries === 0 ? 0 : backoff(retries, RETRY, LONGEST_RETRY, random))
  if (isGone) known.isListed = false
  if (isGone || known.failures >= MOST_FAILURES) membership.passive.delete(peer)
}

/**
 * A newcomer has found a neighbour, which knows of `size` peers. It goes to a second one that the tracker named, as
 * the first may let it meet only those that it likes; and to more if the first seems to be on an island (rule O9).
 */
export function bridge(turn: Turn, size: number): void {
  const { membership } = turn.state
  if (membership.active.size > 1 || membership.listedSize <= FULL_MESH) return
  const count = BRIDGED * size < membership.listedSize ? BRIDGES : 1
  const listed = [...membership.passive].flatMap(([peer, passive]) =>
    passive.isListed && mayDial(turn, peer, passive) ? [peer] : [],
  )
  for (const peer of sample(listed, count, turn.random)) dialForView(turn, peer, 'tracker')
}

/** Does what is due by now. */
export function tickMembership(turn: Turn): void {
  const { membership } = turn.state
  for (const [peer, since] of [...membership.dialling]) if (turn.now - since > DIAL_WITHIN) fail(turn, peer, false)
  while ((membership.seeks[0] ?? turn.now) < turn.now - SEEK_WITHIN) membership.seeks.shift()
  if (turn.now >= membership.nextShuffleAt) shuffle(turn)
  if (turn.now >= membership.nextProbeAt) probe(turn)
  fill(turn)
}

function probe(turn: Turn): void {
  const { state, now, random, effects } = turn
  const isFirst = state.membership.probingUntil === 0
  const { membership } = state
  // Those of a swarm ask at different times, whenever they came.
  membership.nextProbeAt = now + membership.probeEvery * 2 * random()
  membership.probeEvery = Math.min(2 * membership.probeEvery, Math.max(PROBE_EVERY, PROBE_OF_SWARM * sizeOf(turn)))
  state.membership.probingUntil = now + PROBING
  // Who has come a while ago and found enough need not ask.
  if (isFirst && state.membership.active.size >= boundsOf(state.membership).need) return
  effects.push({ type: 'ask' })
}

/** Looks for the links that this peer wants and has not got. */
export function fill(turn: Turn): void {
  const { membership } = turn.state
  if (membership.active.size === 0) knock(turn)
  else if (isSmall(turn)) dialEveryone(turn)
  else seekMissing(turn)
}

/** Without a link the way in is the tracker. */
function knock(turn: Turn): void {
  const { membership } = turn.state
  const begun = Math.min(turn.now, ...membership.dialling.values())
  const most = Math.min(MOST_DIALS, 1 + Math.floor((turn.now - begun) / ONE_MORE_EVERY))
  for (const [peer, passive] of membership.passive) {
    if (membership.dialling.size >= most) return
    if (mayDial(turn, peer, passive) && passive.isListed) dialForView(turn, peer, 'tracker')
  }
  // A peer that had links, or was told that there are others, is not alone.
  const isLost = membership.toldSize > 1 && membership.linked.size === 0
  if (membership.dialling.size === 0 && isLost) askAgain(turn, membership.losses.length > 0 ? 0 : ASK_AGAIN / 2)
}

/** A peer that is not alone asks who is there now: a first time after `first` to twice that (ms). */
function askAgain({ state: { membership }, now, random, effects }: Turn, first: number): void {
  if (membership.nextAskAt === Infinity) membership.nextAskAt = now + first * (1 + random())
  if (now < membership.nextAskAt) return
  membership.asks++
  membership.nextAskAt = now + backoff(membership.asks, ASK_AGAIN, LONGEST_ASK, random)
  membership.probingUntil = now + PROBING
  effects.push({ type: 'ask' })
}

const mayDial = ({ state: { membership }, now }: Turn, peer: PeerId, { notBefore }: Passive): boolean =>
  notBefore <= now && !membership.dialling.has(peer)

/** In a small swarm everyone who is known of is dialled, through the mesh if there is a way. */
function dialEveryone(turn: Turn): void {
  const { membership, presence } = turn.state
  if (!hasRoom(turn)) return
  for (const peer of presence.roster.keys()) remember(turn, peer, false)
  for (const [peer, passive] of membership.passive) {
    if (membership.dialling.size >= MOST_DIALS || !hasRoom(turn)) return
    if (!mayDial(turn, peer, passive)) continue
    const hasWay = nextHop(turn, peer) !== null
    if (hasWay && (passive.failures % 2 === 0 || !passive.isListed)) dialForView(turn, peer, 'mesh')
    else if (passive.isListed) dialForView(turn, peer, 'tracker')
  }
}

function seekMissing(turn: Turn): void {
  askIfStarving(turn)
  const { membership } = turn.state
  const wanted = Math.min(MOST_SEEKS, missing(turn) - membership.seeks.length)
  for (let count = 0; count < wanted; count++) if (!seek(turn)) return
}

/** A few that have lost all others meet only each other on their walks. */
function askIfStarving(turn: Turn): void {
  const { membership } = turn.state
  const { active, pings, losses } = membership
  // Those that have missed an answer may be gone.
  const sure = active.size - [...pings.values()].filter(({ misses }) => misses > 0).length
  if (sure >= boundsOf(membership).need) {
    membership.asks = 0
    membership.nextAskAt = Infinity
    return
  }
  const isBlow = losses.length > 0 || sure < active.size
  askAgain(turn, isBlow ? STARVING * Math.max(0, sure - 1) : UNFED)
}
