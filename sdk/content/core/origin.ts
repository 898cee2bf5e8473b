import { hasBit } from './bits.ts'
import type { Block, OriginFailure, SourceId } from './event.ts'
import { BLOCK, blocksOf, type Layout, lengthOf } from './layout.ts'
import { behind } from './pace.ts'
import { chooseRest, chooseRun, isFetching, mayFetch } from './run.ts'
import { rateOf } from './rate.ts'
import { markAsked, markUnasked, start } from './started.ts'
import { type Fetch, isMissing, newOrigin, NOBODY, type Origin, type PieceState } from './state.ts'
import type { Turn } from './turn.ts'
import { urgentPieces } from './urgent.ts'

/** Requests to one origin at a time: the second bridges the way there and back, or is for what is urgent. */
export const CONNECTIONS = 2
/** What it is asked for first, to learn how fast it is (bytes). A guess: enough to be more than one packet train. */
const PROBE = 65_536
/** With nobody else there it is asked for as much as it gives in so long (ms), and at least so much (bytes), */
const ALONE = 500
const LEAST_ALONE = 524_288
/** with peers there for as much as in so long (ms), so that they can take over (measured), */
const TOGETHER = 100
const LEAST_TOGETHER = 131_072
/** but never so little that two requests at a time leave it idle. */
const WAYS = 2
/** A new wire may take so long to say what the other side has (ms): who has nothing need not say so. A guess. */
const SHY = 500
/** One request is for no more (bytes). A guess. */
const LARGEST = 16_777_216
/** Over less than so long (ms) and so many bytes a speed is not measured. Guesses. */
const LEAST_TIME = 20
const LEAST_BYTES = 49_152
/** What a block tells of the speed counts so much. A guess. */
const LEARNING = 0.1
/** What is urgent is asked for when the origin would take so many times as long as it should, and so long (ms). Guesses. */
const HURRY = 2
const SPARE = 500
/** A request that brings nothing for so long has failed (ms). A guess. */
export const PATIENCE = 10_000
/** After a failure nothing is asked for so long, then twice as long (ms). Guesses. */
const RETRY = 500
const LONGEST_RETRY = 60_000
/** One that lies does so again: it counts as so many failures. A guess. */
const LIE = 4

export function addOrigin({ state }: Turn, id: SourceId): void {
  if (!state.origins.has(id)) state.origins.set(id, newOrigin(id))
}

export function removeOrigin(turn: Turn, id: SourceId): void {
  const origin = turn.state.origins.get(id)
  if (!origin) return
  for (const fetch of [...origin.fetches.values()]) abort(turn, origin, fetch)
  turn.state.origins.delete(id)
}

/** The bytes do not come: others may be asked for them. */
function endFetch(state: PieceState, origin: Origin, fetch: Fetch): void {
  if (!origin.fetches.delete(fetch.id)) return
  for (const [piece, block] of blocksLeft(state.layout, fetch)) markUnasked(state, piece, block)
}

function abort(turn: Turn, origin: Origin, fetch: Fetch): void {
  endFetch(turn.state, origin, fetch)
  turn.effects.push({ type: 'abort', origin: origin.id, fetch: fetch.id })
}

/** The blocks that are still to come. */
function* blocksLeft(layout: Layout, { piece, block, end }: Fetch): Generator<readonly [piece: number, block: number]> {
  for (let current = piece; current < end; current++) {
    for (let index = current === piece ? block : 0; index < blocksOf(layout, current); index++) yield [current, index]
  }
}

/** A block has come from an origin; says whether it was the next one of what is fetched. */
export function advanceFetch({ state, now }: Turn, origin: Origin, block: Block, index: number): boolean {
  for (const fetch of origin.fetches.values()) {
    if (fetch.piece !== block.piece || fetch.block !== index) continue
    if (fetch.got === 0) {
      fetch.firstAt = now
      origin.latency = now - fetch.startedAt
    }
    fetch.got += block.length
    fetch.left -= block.length
    fetch.lastAt = now
    if (++fetch.block >= blocksOf(state.layout, fetch.piece)) [fetch.piece, fetch.block] = [fetch.piece + 1, 0]
    if (fetch.left <= 0) origin.fetches.delete(fetch.id)
    origin.failures = 0
    measure(origin, fetch, block.length, now)
    markUnasked(state, block.piece, index)
    return true
  }
  return false
}

function measure(origin: Origin, fetch: Fetch, length: number, now: number): void {
  const time = now - fetch.firstAt
  if (time >= LEAST_TIME && fetch.got >= LEAST_BYTES) learn(origin, ((fetch.got - length) * 1000) / time)
  else if (fetch.left <= 0) {
    // Of small files it is the number of requests that counts.
    origin.smallBytes += fetch.got
    origin.smallTime += Math.max(1, now - fetch.startedAt)
    if (origin.smallBytes < LEAST_BYTES) return
    learn(origin, (origin.smallBytes * 1000) / origin.smallTime)
    origin.smallBytes = origin.smallTime = 0
  }
}

/** @param speed bytes a second */
function learn(origin: Origin, speed: number): void {
  origin.speed = origin.speed === 0 ? speed : origin.speed + (speed - origin.speed) * LEARNING
}

export function failFetch(turn: Turn, id: SourceId, fetchId: number, reason: OriginFailure): void {
  const { state } = turn
  const origin = state.origins.get(id)
  const fetch = origin?.fetches.get(fetchId)
  if (!origin || !fetch) return
  endFetch(state, origin, fetch)
  origin.failures += reason === 'lied' ? LIE : 1
  backOff(turn, origin, origin.failures)
}

/** A hash has proved that it sent what is wrong. Nobody else may have the rest: it is asked again after a while. */
export function doubt(turn: Turn, origin: Origin): void {
  for (const fetch of [...origin.fetches.values()]) abort(turn, origin, fetch)
  turn.effects.push({ type: 'doubt', origin: origin.id })
  // What came in a row was asked for before it was known.
  if (origin.retryAt > turn.now) return
  // What it sends before the next lie does not make up for this one.
  origin.lies++
  backOff(turn, origin, origin.lies * LIE)
}

function backOff({ now, random }: Turn, origin: Origin, failures: number): void {
  const wait = Math.min(LONGEST_RETRY, RETRY * 2 ** (failures - 1))
  origin.retryAt = now + wait * (0.75 + random() / 2)
}

/** Gives up what brings nothing, and what is not needed any more. */
export function checkFetches(turn: Turn): void {
  const { state, now } = turn
  for (const origin of state.origins.values()) {
    for (const fetch of [...origin.fetches.values()]) {
      const isNeeded = isFetchNeeded(state, fetch)
      if (isNeeded && fetch.lastAt + PATIENCE > now) continue
      if (isNeeded) failFetch(turn, origin.id, fetch.id, 'slow')
      else endFetch(state, origin, fetch)
      turn.effects.push({ type: 'abort', origin: origin.id, fetch: fetch.id })
    }
  }
}

function isFetchNeeded(state: PieceState, fetch: Fetch): boolean {
  for (const [piece, block] of blocksLeft(state.layout, fetch)) {
    if (isMissing(state, piece) && state.started.get(piece)?.from[block] === NOBODY) return true
  }
  return false
}

/** Asks the origins for what peers do not give in time. */
export function fetchAll(turn: Turn): void {
  const { state, now } = turn
  if (state.missingCount === 0 || state.allowance <= 0) return
  const origins = [...state.origins.values()].sort((a, b) => b.speed - a.speed)
  for (const origin of origins) {
    if (origin.retryAt > now) continue
    fetchSole(turn, origin)
    fetchUrgent(turn, origin)
    while (hasRoom(origin)) {
      const bytes = needed(turn, origin)
      if (bytes <= 0 || !fetchBulk(turn, origin, bytes)) break
    }
  }
}

/** One request at a time; the next a little before it is over. */
function hasRoom({ fetches, speed, latency }: Origin): boolean {
  if (fetches.size === 0) return true
  if (fetches.size >= CONNECTIONS) return false
  let left = 0
  for (const fetch of fetches.values()) left += fetch.left
  return speed > 0 && left < (speed * latency) / 1000
}

/** Whether nobody else can give anything. */
function isAlone({ expecting, wires }: PieceState, now: number): boolean {
  if (expecting > 0) return false
  for (const { useful, isSnubbed, hasSaid, openedAt } of wires.values()) {
    if ((useful > 0 && !isSnubbed) || (!hasSaid && openedAt + SHY > now)) return false
  }
  return true
}

/** How many bytes to ask an origin for: 0 while peers do. */
function needed({ state, now }: Turn, { speed, latency }: Origin): number {
  if (isAlone(state, now))
    return Math.min(LARGEST, Math.max(LEAST_ALONE, (speed * Math.max(ALONE, WAYS * latency)) / 1000))
  if (speed === 0) return PROBE
  if (!state.isPaced) return 0
  const late = behind(state, rateOf(state.downloaded, now))
  if (late <= 0) return 0
  return Math.min(LARGEST, Math.max(LEAST_TOGETHER, late, (speed * Math.max(TOGETHER, WAYS * latency)) / 1000))
}

/** Pieces that were corrupt and that this origin alone is to send. */
function fetchSole(turn: Turn, origin: Origin): void {
  for (const started of turn.state.started.values()) {
    if (origin.fetches.size >= CONNECTIONS) return
    if (started.sole === origin.id && started.unasked > 0)
      fetchFrom(turn, origin, started.piece, started.from.indexOf(NOBODY), 0)
  }
}

/** What somebody waits for and peers will hardly bring in time. */
function fetchUrgent(turn: Turn, origin: Origin): void {
  const { state, now } = turn
  for (const [piece, deadline] of urgentPieces(state)) {
    if (origin.fetches.size >= CONNECTIONS) return
    const started = state.started.get(piece)
    if (!mayFetch(started, origin) || started?.isVerifying || isFetching(state, piece)) continue
    const time = origin.speed > 0 ? origin.latency + (lengthOf(state.layout, piece) * 1000) / origin.speed : 1000
    if (now + HURRY * time + SPARE < deadline) continue
    const block = started ? started.from.indexOf(NOBODY) : 0
    fetchFrom(turn, origin, piece, block, (origin.speed * TOGETHER) / 1000)
  }
}

function fetchBulk(turn: Turn, origin: Origin, bytes: number): boolean {
  if (turn.state.rarity.openCount > 0) return fetchFrom(turn, origin, chooseRun(turn, origin, bytes), 0, bytes)
  const rest = chooseRest(turn.state, origin, bytes)
  if (!rest) return false
  const block = turn.state.started.get(rest.first)?.from.indexOf(NOBODY) ?? 0
  fetchRange(turn, origin, rest.first, Math.max(0, block), rest.end)
  return true
}

/** Fetches the piece from a block on, and the open pieces behind it, up to so many bytes. */
function fetchFrom(turn: Turn, origin: Origin, piece: number, block: number, bytes: number): boolean {
  const { layout, rarity } = turn.state
  let length = lengthOf(layout, piece) - block * BLOCK
  let end = piece + 1
  const last = layout.fileEnds[piece] ?? 0
  for (; end < last && hasBit(rarity.open, end) && length + lengthOf(layout, end) <= bytes; end++) {
    length += lengthOf(layout, end)
  }
  fetchRange(turn, origin, piece, block, end)
  return true
}

function fetchRange({ state, now, effects }: Turn, origin: Origin, piece: number, block: number, end: number): void {
  const { layout } = state
  const offset = block * BLOCK
  let length = -offset
  for (let at = piece; at < end; at++) length += lengthOf(layout, at)
  const id = state.nextFetch++
  const fetch: Fetch = { id, piece, block, end, got: 0, left: length, startedAt: now, firstAt: now, lastAt: now }
  origin.next = end
  state.allowance -= length
  for (const [at, index] of blocksLeft(layout, fetch)) {
    if (!hasBit(state.held, at)) markAsked(state, start(state, at), index, now)
  }
  origin.fetches.set(id, fetch)
  effects.push({ type: 'fetch', origin: origin.id, fetch: id, piece, offset, length })
}
