import type { PeerId } from '../../../protocol/ids.ts'

/** A linked peer, as the active view sees it. It is in the view once both sides have asked for that. */
export interface Linked {
  readonly network: string | null
  /** Whether this peer has asked the other into its view, and the other this one. */
  isAsked: boolean
  hasAsked: boolean
}

/** A peer that is not linked, and how it went when it was dialled. */
export interface Passive {
  /** Whether the tracker named it, so that it can be dialled through the tracker. */
  isListed: boolean
  failures: number
  /** It is not dialled before this (ms). */
  notBefore: number
}

/** The views of a peer (HyParView), and what is under way to change them. */
export interface Membership {
  readonly linked: Map<PeerId, Linked>
  /** The active view: those of `linked` that both sides want. */
  readonly active: Set<PeerId>
  readonly passive: Map<PeerId, Passive>
  /** Dials for the view that are under way: when each began (ms). */
  readonly dialling: Map<PeerId, number>
  /** When each walk for a link began that has brought none yet (ms). */
  readonly seeks: number[]
  /** Pings that are not answered yet. */
  readonly pings: Map<PeerId, { readonly at: number; misses: number }>
  nextPingAt: number
  tickedAt: number
  isWeak: boolean
  /** Peers in the swarm as the tracker and neighbours said; 1 before that. */
  toldSize: number
  /** Peers in the swarm as the tracker said when this peer came. */
  listedSize: number
  nextShuffleAt: number
  nextProbeAt: number
  /** How often the tracker is asked (ms): often after a blow, and then less and less. */
  probeEvery: number
  /** Until then the tracker's answer is used to mend a swarm that may have come apart (ms). */
  probingUntil: number
  /** When the tracker may be asked again by a peer that has no link, and how often it was (ms). */
  nextAskAt: number
  asks: number
  /** When neighbours were lost lately (ms). */
  readonly losses: number[]
}

export const newMembership = (now: number, random: () => number): Membership => ({
  linked: new Map(),
  active: new Set(),
  passive: new Map(),
  dialling: new Map(),
  seeks: [],
  pings: new Map(),
  nextPingAt: now,
  tickedAt: now,
  isWeak: false,
  toldSize: 1,
  listedSize: 1,
  nextShuffleAt: now + random() * SHUFFLE_EVERY,
  nextProbeAt: now + FIRST_PROBE * (1 + random()),
  probeEvery: PROBE_EVERY,
  probingUntil: 0,
  nextAskAt: Infinity,
  asks: 0,
  losses: [],
})

/** Whether the peer is linked, and has answered the last ping as far as that is known. */
export const answers = ({ linked, pings }: Membership, peer: PeerId): boolean =>
  linked.has(peer) && (pings.get(peer)?.misses ?? 0) === 0

/** How often a peer shuffles (ms). A guess: seven ids a minute keep a view of thirty fresh. */
export const SHUFFLE_EVERY = 60_000
/** How often a peer of a small swarm asks the tracker anew (ms): it should cost a tracker nothing. */
export const PROBE_EVERY = 7_200_000
/** A peer that has found few others asks a first time (ms): those that came at the same moment may know only each other. */
const FIRST_PROBE = 10_000

/** Links that a peer wants, has to have, and may have at most in its active view. */
export interface Bounds {
  readonly want: number
  readonly need: number
  readonly most: number
}
/** Measured in simulation (docs/OVERLAY.md): with fewer the last hop comes late, with more nothing is gained. */
const USUAL: Bounds = { want: 7, need: 5, most: 10 }
/** A phone, or a tab that nobody sees. */
const WEAK: Bounds = { want: 3, need: 2, most: 4 }

export const boundsOf = ({ isWeak }: Membership): Bounds => (isWeak ? WEAK : USUAL)

/** Peers of the largest swarm in which each is linked to every other. */
export const FULL_MESH = USUAL.most + 1
