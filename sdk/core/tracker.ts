import type { InfoHash } from '../../protocol/ids.ts'
import { backoff } from './backoff.ts'

/** What can happen to the connection to a tracker. */
export type TrackerEvent =
  | { readonly type: 'enter'; readonly infoHash: InfoHash }
  | { readonly type: 'leave'; readonly infoHash: InfoHash }
  | { readonly type: 'opened' }
  | { readonly type: 'closed' }
  /** Anything came in. */
  | { readonly type: 'heard' }
  /** `interval` is in seconds; `isRendezvous` whether the tracker knows the extension. */
  | {
      readonly type: 'announced'
      readonly infoHash: InfoHash
      readonly interval: number
      readonly isRendezvous: boolean
    }
  /** `retryIn` is in seconds. */
  | { readonly type: 'failed'; readonly infoHash: InfoHash; readonly retryIn: number | null }
  /** Announce now: somebody is looked for. */
  | { readonly type: 'ask'; readonly infoHash: InfoHash }
  /** The network is back, or the machine woke. */
  | { readonly type: 'online' }
  | { readonly type: 'tick' }

export type TrackerEffect =
  | { readonly type: 'connect' }
  | { readonly type: 'disconnect' }
  | { readonly type: 'ping' }
  /** `isStock`: with offers, as this tracker does not know the rendezvous extension. */
  | {
      readonly type: 'announce'
      readonly infoHash: InfoHash
      readonly event: 'started' | 'none'
      readonly isStock: boolean
    }
  | { readonly type: 'stop'; readonly infoHash: InfoHash }

interface Swarm {
  isStarted: boolean
  /** `null` until the tracker has answered. */
  isRendezvous: boolean | null
  announceAt: number | null
  failures: number
}

/** The connection to one tracker, and the swarms that it is for. Only `handle` writes to it. */
export interface TrackerState {
  readonly swarms: Map<InfoHash, Swarm>
  connection: 'none' | 'opening' | 'open'
  failures: number
  /** When to connect, in milliseconds; `null` while connected or while there is nothing to connect for. */
  connectAt: number | null
  since: number
  heard: number
  pinged: number
  interval: number
}

export const newTrackerState = (): TrackerState => ({
  swarms: new Map(),
  connection: 'none',
  failures: 0,
  connectAt: null,
  since: 0,
  heard: 0,
  pinged: 0,
  interval: 120,
})

/** A deploy closes all sockets of a tracker at once, and whoever is inside can wait. */
const FIRST_RETRY = 2000
const LONGEST_RETRY = 60_000
/** A socket may take so long to open, in milliseconds. */
const OPEN_WITHIN = 15_000
/** A ping may take so long to be answered. */
const PONG_WITHIN = 15_000
/** Proxies on the way close what is silent for longer, many after 100 s. */
const LONGEST_SILENCE = 90_000
/** Stock trackers ask for minutes; a lone peer looks for others more often. */
const SHORTEST_INTERVAL = 15

/** Decides what to do about an event: changes `state`, and returns what is left to do. */
export function handle(state: TrackerState, event: TrackerEvent, now: number, random: () => number): TrackerEffect[] {
  switch (event.type) {
    case 'enter':
      state.swarms.set(event.infoHash, { isStarted: false, isRendezvous: null, announceAt: now, failures: 0 })
      if (state.connection === 'none') state.connectAt ??= now
      return tick(state, now)
    case 'leave':
      return leave(state, event.infoHash)
    case 'opened':
      return opened(state, now)
    case 'closed':
      return closed(state, now, random)
    case 'heard':
      state.heard = now
      return []
    case 'announced':
      return announced(state, event, now)
    case 'failed':
      return failed(state, event, now, random)
    case 'ask': {
      const swarm = state.swarms.get(event.infoHash)
      if (swarm) swarm.announceAt = now
      return tick(state, now)
    }
    case 'online':
      return online(state, now)
    case 'tick':
      return tick(state, now)
  }
}

function leave(state: TrackerState, infoHash: InfoHash): TrackerEffect[] {
  const isStarted = state.swarms.get(infoHash)?.isStarted === true && state.connection === 'open'
  state.swarms.delete(infoHash)
  const effects: TrackerEffect[] = isStarted ? [{ type: 'stop', infoHash }] : []
  if (state.swarms.size > 0) return effects
  const isConnected = state.connection !== 'none'
  state.connection = 'none'
  state.connectAt = null
  return isConnected ? [...effects, { type: 'disconnect' }] : effects
}

function opened(state: TrackerState, now: number): TrackerEffect[] {
  state.connection = 'open'
  state.heard = now
  state.pinged = now
  for (const swarm of state.swarms.values()) {
    swarm.isStarted = false
    swarm.announceAt = now
  }
  return tick(state, now)
}

function closed(state: TrackerState, now: number, random: () => number): TrackerEffect[] {
  state.connection = 'none'
  state.failures++
  state.connectAt = state.swarms.size > 0 ? now + backoff(state.failures, FIRST_RETRY, LONGEST_RETRY, random) : null
  return []
}

function announced(
  state: TrackerState,
  { infoHash, interval, isRendezvous }: Extract<TrackerEvent, { type: 'announced' }>,
  now: number,
): TrackerEffect[] {
  const swarm = state.swarms.get(infoHash)
  if (!swarm) return []
  // Only a tracker that serves has earned a quick return when it goes away.
  state.failures = 0
  state.interval = interval
  const isFirst = swarm.isRendezvous === null
  swarm.isRendezvous = isRendezvous
  swarm.failures = 0
  // The open socket is the presence (rule R6); a stock tracker forgets who does not announce.
  swarm.announceAt = isRendezvous ? null : isFirst ? now : now + Math.max(interval, SHORTEST_INTERVAL) * 1000
  return tick(state, now)
}

function failed(
  state: TrackerState,
  { infoHash, retryIn }: Extract<TrackerEvent, { type: 'failed' }>,
  now: number,
  random: () => number,
): TrackerEffect[] {
  const swarm = state.swarms.get(infoHash)
  if (!swarm) return []
  swarm.failures++
  swarm.isStarted = false
  const wait = backoff(swarm.failures, FIRST_RETRY, LONGEST_RETRY, random)
  swarm.announceAt = now + Math.max(wait, (retryIn ?? 0) * 1000)
  return []
}

function online(state: TrackerState, now: number): TrackerEffect[] {
  state.failures = 0
  if (state.connection === 'none' && state.swarms.size > 0) state.connectAt = now
  // A socket that survived the gap answers; one that did not is closed by the missing answer.
  return state.connection === 'open' ? ping(state, now) : tick(state, now)
}

function tick(state: TrackerState, now: number): TrackerEffect[] {
  if (state.connection === 'none') {
    if (state.connectAt === null || state.connectAt > now) return []
    state.connection = 'opening'
    state.connectAt = null
    state.since = now
    return [{ type: 'connect' }]
  }
  if (state.connection === 'opening') return now - state.since > OPEN_WITHIN ? [{ type: 'disconnect' }] : []
  if (state.pinged > state.heard && now - state.pinged > PONG_WITHIN) return [{ type: 'disconnect' }]
  const effects = [...state.swarms].flatMap(([infoHash, swarm]) => dueAnnounce(infoHash, swarm, now))
  const silence = Math.min(LONGEST_SILENCE, state.interval * 750)
  return now - Math.max(state.pinged, state.heard) >= silence ? [...effects, ...ping(state, now)] : effects
}

/** Stock trackers know no pings: their answers to announces show that they live. */
function ping(state: TrackerState, now: number): TrackerEffect[] {
  if (![...state.swarms.values()].some(({ isRendezvous }) => isRendezvous === true)) return []
  state.pinged = now
  return [{ type: 'ping' }]
}

function dueAnnounce(infoHash: InfoHash, swarm: Swarm, now: number): TrackerEffect[] {
  if (swarm.announceAt === null || swarm.announceAt > now) return []
  const event = swarm.isStarted ? 'none' : 'started'
  swarm.isStarted = true
  // Answered or not, the next one comes: an answer or a failure sets it anew.
  swarm.announceAt = now + LONGEST_RETRY
  return [{ type: 'announce', infoHash, event, isStock: swarm.isRendezvous === false }]
}
