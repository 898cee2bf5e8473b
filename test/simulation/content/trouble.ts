import { hasBit } from '../../../sdk/content/core/bits.ts'
import type { ContentPeer } from './peer.ts'
import { brokenOf, ContentStage, oneFile } from './stage.ts'

/** What came of a scenario in which something goes wrong. */
export interface Outcome {
  /** Peers that have all, and when the last of them had (s). */
  readonly done: number
  readonly last: number
  readonly broken: readonly string[]
}

const UP = 300_000
const LATENCY = 25
const SIZE = 3_000_000
const PIECE = 65_536
const PEERS = 10

function outcomeOf(stage: ContentStage, peers: readonly ContentPeer[]): Outcome {
  const done = peers.filter(({ doneAt }) => doneAt < Infinity)
  return { done: done.length, last: Math.max(...done.map(({ doneAt }) => doneAt)) / 1000, broken: brokenOf(stage) }
}

const addPeers = (stage: ContentStage, count = PEERS): ContentPeer[] =>
  Array.from({ length: count }, () => stage.add({ up: UP, latency: LATENCY }))

/** The only seed leaves as soon as the others have every piece among them. */
export function seedLeaves(seed: number): Outcome {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  const first = stage.add({ up: UP, latency: LATENCY, isSeed: true })
  const peers = addPeers(stage)
  const isThere = (piece: number): boolean => peers.some(({ state }) => hasBit(state.held, piece))
  const pieces = Array.from({ length: stage.layout.count }, (_, piece) => piece)
  while (!pieces.every(isThere) && stage.agenda.now < 60_000) stage.agenda.runUntil(stage.agenda.now + 10)
  first.leave()
  stage.run(120_000)
  return outcomeOf(stage, peers)
}

/** The only seed leaves half way, and there is an origin. */
export function seedLeavesOrigin(seed: number): Outcome {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  stage.addOrigin({ rate: 100_000, latency: LATENCY })
  const first = stage.add({ up: UP, latency: LATENCY, isSeed: true })
  const peers = addPeers(stage)
  stage.agenda.runUntil(5000)
  first.leave()
  stage.run(120_000)
  return outcomeOf(stage, peers)
}

/** The origin dies or stalls in the middle, and peers have the rest. */
export function originFails(seed: number, behaviour: 'dead' | 'stalls'): Outcome {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  const origin = stage.addOrigin({ rate: 500_000, latency: LATENCY })
  stage.add({ up: UP, latency: LATENCY, isSeed: true })
  const peers = addPeers(stage, 3)
  stage.agenda.runUntil(2000)
  origin.behaviour = behaviour
  stage.run(120_000)
  return outcomeOf(stage, peers)
}

/** The origin, the only one who has all, is away for a while. */
export function originPauses(seed: number): Outcome {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  const origin = stage.addOrigin({ rate: 500_000, latency: LATENCY })
  const peers = addPeers(stage, 2)
  stage.agenda.runUntil(1000)
  origin.behaviour = 'dead'
  stage.agenda.runUntil(6000)
  origin.behaviour = 'good'
  stage.run(120_000)
  return outcomeOf(stage, peers)
}

export interface Proof extends Outcome {
  /** How many of the others banned the liar, and how often somebody banned anybody else. */
  readonly proved: number
  readonly mistakes: number
}

/** One of those who have all sends wrong blocks. */
export function liar(seed: number, corrupts: number, seeds = 2): Proof {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  const bad = stage.add({ up: UP, latency: LATENCY, isSeed: true, corrupts })
  for (let index = 0; index < seeds; index++) stage.add({ up: UP, latency: LATENCY, isSeed: true })
  const peers = addPeers(stage, 6)
  stage.run(180_000)
  const banned = peers.flatMap((peer) => peer.banned)
  const proved = banned.filter((peer) => peer === bad).length
  return { ...outcomeOf(stage, peers), proved, mistakes: banned.length - proved }
}

/** The origin is not of the same content; peers have it. */
export function lyingOrigin(seed: number): Outcome & { readonly proved: number } {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  stage.addOrigin({ rate: 500_000, latency: LATENCY }).behaviour = 'corrupts'
  stage.add({ up: UP, latency: LATENCY, isSeed: true })
  const peers = addPeers(stage, 3)
  stage.run(180_000)
  return { ...outcomeOf(stage, peers), proved: peers.filter(({ isOriginDoubted }) => isOriginDoubted).length }
}

/** One of two that have all takes every request and sends nothing, or hardly anything. */
export function slowWire(seed: number, kind: 'silent' | 'slow'): Outcome {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  const slow = stage.add({ up: 2000, latency: LATENCY, isSeed: true })
  slow.isSilent = kind === 'silent'
  stage.add({ up: UP, latency: LATENCY, isSeed: true })
  const peer = stage.add({ up: UP, latency: LATENCY })
  stage.run(180_000)
  return outcomeOf(stage, [peer])
}

/** Peers that serve four at a time, as stock clients do, to all that ask. */
export function stockPeers(seed: number): Outcome {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  stage.add({ up: UP, latency: LATENCY, isSeed: true, isStock: true })
  const peers = Array.from({ length: PEERS }, () => stage.add({ up: UP, latency: LATENCY, isStock: true }))
  stage.run(180_000)
  return outcomeOf(stage, peers)
}
