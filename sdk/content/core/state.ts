import { allBits, type Bits, hasBit, newBits, setBit } from './bits.ts'
import type { SourceId } from './event.ts'
import { type Layout, lengthOf } from './layout.ts'
import { newRarity, open, type Rarity } from './rarity.ts'
import { newRate, type Rate } from './rate.ts'

/** A block as one number. */
export type BlockKey = number
/** More blocks than a piece of 4 MiB has. */
const MOST_BLOCKS = 1024
export const keyOf = (piece: number, block: number): BlockKey => piece * MOST_BLOCKS + block
export const pieceOf = (key: BlockKey): number => Math.floor(key / MOST_BLOCKS)
export const blockOf = (key: BlockKey): number => key % MOST_BLOCKS

/** What the other side of a wire asked for and has not got: the blocks of each piece in the order they were asked for. */
export interface Queue {
  readonly pieces: Map<number, { readonly blocks: Set<number>; readonly since: number }>
  count: number
}

export interface Wire {
  readonly id: SourceId
  readonly isOurs: boolean
  /** What the other side has. */
  has: Bits
  /** It said that it has all: then it does not count for how rare a piece is. */
  hasAll: boolean
  /** How many pieces it has that are wanted here. */
  useful: number
  /** The other side chokes us; we choke it. */
  chokesUs: boolean
  isChoked: boolean
  /** Who has told the other that it is interested. */
  isInterested: boolean
  weAreInterested: boolean
  /** What it was asked for and has not sent, and when. */
  readonly asked: Map<BlockKey, number>
  readonly openedAt: number
  /** It has said what it has. */
  hasSaid: boolean
  /** The shortest time from asking for a block to having it (ms). */
  delay: number
  /** What was taken back and may come all the same, the latest. */
  readonly takenBack: Set<BlockKey>
  /** When it last sent a block, or was asked for the first of those that are open (ms). */
  lastAt: number
  /** When there was nothing to ask it for that others had been asked for (ms). */
  lookedAt: number
  /** The piece after the last one that it was asked for. */
  next: number
  /** It had no open piece when so many had been opened (`rarity.opened`); -1 if it may have one. */
  searched: number
  /** It has refused something: it is asked for nothing before (ms). */
  pausedUntil: number
  /** It was asked and sent nothing for too long. */
  isSnubbed: boolean
  readonly received: Rate
  readonly uploaded: Rate
  readonly queue: Queue
  /** The piece of which it was sent a block last: that one is finished first. `-1` if it was sent nothing. */
  serving: number
  /** Bytes sent that have not left, and when some last did, or the first of them were sent (ms). */
  inFlight: number
  leftAt: number
  /** When it was last unchoked (ms). */
  unchokedAt: number
}

/** A piece of which something was asked for. */
export interface Started {
  readonly piece: number
  /** Who sent each block; `NOBODY` if it has not come. */
  readonly from: Int32Array
  /** How many were asked for each block and may still send it. */
  readonly asked: Uint8Array
  /** When somebody was last asked for each (ms). */
  readonly askedAt: Float64Array
  /** How many blocks have come, and how many were neither asked for nor have come. */
  held: number
  unasked: number
  /** The only one who may send it, as it was corrupt before; `NOBODY` if anybody may. */
  sole: SourceId
  /** All of it has come. */
  isVerifying: boolean
}

export const NOBODY = -1

/** What is being got from an origin. */
export interface Fetch {
  readonly id: number
  /** The block that comes next, and the piece after the last. */
  piece: number
  block: number
  readonly end: number
  /** Bytes that have come, and that are still to come. */
  got: number
  left: number
  readonly startedAt: number
  /** When the first and the last of them came (ms). */
  firstAt: number
  lastAt: number
}

export interface Origin {
  readonly id: SourceId
  readonly fetches: Map<number, Fetch>
  /** Bytes a second of one connection; 0 if that was not measured yet. */
  speed: number
  /** From the request to its first bytes (ms). */
  latency: number
  /** What came in requests too small to measure the speed by: bytes, and how long they took (ms). */
  smallBytes: number
  smallTime: number
  /** The piece after the last one that it was asked for. */
  next: number
  failures: number
  /** How often a hash has proved that it sent what is wrong. */
  lies: number
  /** It is asked for nothing before (ms). */
  retryAt: number
}

/** What an imaginary download from the origin alone would have by now. */
export interface Pace {
  /** When the download began (ms); `null` while there is nothing to get. */
  since: number | null
  /** Bytes that it would have, up to this time (ms); `null` while the origin's speed is not known. */
  at: number | null
  bytes: number
  /** Bytes that have come in truth. */
  got: number
}

/** Pieces that somebody waits for: the first that is missing, by when it is needed, and how much later each next one is (ms). */
export interface Urgent {
  first: number
  deadline: number
  readonly end: number
  readonly every: number
}

export interface PieceState {
  readonly layout: Layout
  readonly held: Bits
  wanted: Bits
  urgent: readonly Urgent[]
  /** Whether more is wanted than what somebody waits for: then it is to come as fast as from the origin. */
  isPaced: boolean
  /** What is wanted and not held: which pieces, how many, and how many bytes. */
  missing: Bits
  missingCount: number
  missingBytes: number
  readonly rarity: Rarity
  readonly started: Map<number, Started>
  /** Those of them with blocks that nobody was asked for. */
  readonly gaps: Set<number>
  readonly wires: Map<SourceId, Wire>
  readonly origins: Map<SourceId, Origin>
  /** Blocks of corrupt pieces, by piece: who sent each. The shell keeps their bytes. */
  readonly suspects: Map<number, Int32Array>
  /** How many blocks of each piece were sent. */
  readonly sent: Uint32Array
  readonly pace: Pace
  /** Of use from all peers, and sent to all of them. */
  readonly downloaded: Rate
  readonly uploaded: Rate
  expecting: number
  /** Bytes a second, and how many may be asked for now. */
  limit: number
  allowance: number
  isUploading: boolean
  nextFetch: number
  rechokeAt: number
  tickedAt: number
  isDone: boolean
}

/**
 * @param held pieces that are on disk already; the core writes to it from then on
 * @param now milliseconds, on the clock of the events to come
 */
export function newPieces(layout: Layout, held: Bits, now: number): PieceState {
  const state: PieceState = {
    layout,
    held,
    wanted: allBits(layout.count),
    urgent: [],
    isPaced: true,
    missing: newBits(layout.count),
    missingCount: 0,
    missingBytes: 0,
    rarity: newRarity(layout.count),
    started: new Map(),
    gaps: new Set(),
    wires: new Map(),
    origins: new Map(),
    suspects: new Map(),
    sent: new Uint32Array(layout.count),
    pace: { since: null, at: null, bytes: 0, got: 0 },
    downloaded: newRate(now),
    uploaded: newRate(now),
    expecting: 0,
    limit: Infinity,
    allowance: Infinity,
    isUploading: true,
    nextFetch: 1,
    rechokeAt: now,
    tickedAt: now,
    isDone: false,
  }
  for (let piece = 0; piece < layout.count; piece++) {
    if (hasBit(held, piece)) continue
    setBit(state.missing, piece)
    state.missingCount++
    state.missingBytes += lengthOf(layout, piece)
    open(state.rarity, piece)
  }
  state.isDone = state.missingCount === 0
  return state
}

export const isMissing = ({ missing }: PieceState, piece: number): boolean => hasBit(missing, piece)

export const newWire = (id: SourceId, isOurs: boolean, count: number, now: number): Wire => ({
  id,
  isOurs,
  has: newBits(count),
  hasAll: false,
  useful: 0,
  chokesUs: true,
  isChoked: true,
  isInterested: false,
  weAreInterested: false,
  asked: new Map(),
  takenBack: new Set(),
  openedAt: now,
  hasSaid: false,
  delay: Infinity,
  lastAt: now,
  lookedAt: -Infinity,
  searched: -1,
  next: -1,
  pausedUntil: -Infinity,
  isSnubbed: false,
  received: newRate(now),
  uploaded: newRate(now),
  queue: { pieces: new Map(), count: 0 },
  serving: -1,
  inFlight: 0,
  leftAt: now,
  unchokedAt: -Infinity,
})

export const newOrigin = (id: SourceId): Origin => ({
  id,
  fetches: new Map(),
  speed: 0,
  latency: 0,
  smallBytes: 0,
  smallTime: 0,
  next: -1,
  failures: 0,
  lies: 0,
  retryAt: 0,
})

export function newStarted(layout: Layout, piece: number): Started {
  const blocks = Math.ceil(lengthOf(layout, piece) / 16_384)
  return {
    piece,
    from: new Int32Array(blocks).fill(NOBODY),
    asked: new Uint8Array(blocks),
    askedAt: new Float64Array(blocks),
    held: 0,
    unasked: blocks,
    sole: NOBODY,
    isVerifying: false,
  }
}
