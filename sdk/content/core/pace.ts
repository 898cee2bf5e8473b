import type { PieceState } from './state.ts'

/**
 * The download may be so much behind one from the origin alone before the origin is asked: a part of its bytes. It is to
 * take at most 1.05 times as long; what is left of that the end takes (measured: docs/CONTENT.md).
 */
const SLACK = 0.035
/**
 * At the end there is no time to wait for peers: it may not be behind by more than such a part of what is missing
 * (measured).
 */
const END = 0.25
/** But never more than the origin gives in so long (ms). A guess. */
const MOST_SLACK = 2000
/** What was gained counts up to so much (ms): when peers become slow nobody waits for long. A guess. */
const MOST_AHEAD = 1000
/** So much of what peers give now they will go on giving. A guess. */
const TRUST = 0.8

/** Bytes a second of the fastest origin; 0 if that is not known. */
export function originSpeed({ origins, limit }: PieceState): number {
  let speed = 0
  for (const origin of origins.values()) speed = Math.max(speed, origin.speed)
  // What limits the download would limit that one too.
  return Math.min(speed, limit)
}

/** Lets the imaginary download go on to now. */
export function keepPace(state: PieceState, now: number): void {
  const { pace } = state
  if (state.missingCount === 0) {
    pace.since = pace.at = null
    return
  }
  if (pace.since === null) {
    pace.since = now
    pace.bytes = pace.got = 0
  }
  const speed = originSpeed(state)
  if (speed === 0) return
  // Before its speed was known it would have gone as fast.
  const from = pace.at ?? Math.min(now, pace.since + latencyOf(state))
  pace.bytes = Math.max(pace.bytes + (speed * (now - from)) / 1000, pace.got - (speed * MOST_AHEAD) / 1000)
  pace.at = now
}

function latencyOf({ origins }: PieceState): number {
  let latency = Infinity
  for (const origin of origins.values()) if (origin.speed > 0) latency = Math.min(latency, origin.latency)
  return Number.isFinite(latency) ? latency : 0
}

/**
 * How many bytes the origin should give now for the download to be as fast as from the origin alone.
 *
 * @param peers bytes a second that peers give
 */
export function behind(state: PieceState, peers: number): number {
  const { pace } = state
  const speed = originSpeed(state)
  const total = pace.got + state.missingBytes
  const slack = Math.min(SLACK * total, (speed * MOST_SLACK) / 1000)
  const late = pace.bytes - pace.got
  const most = Math.min(slack, state.missingBytes * END)
  if (late <= most) return 0
  // With peers as fast as now all is there in time.
  const left = (total - pace.bytes + slack) / speed
  if (peers * TRUST * left >= state.missingBytes) return 0
  return late - most
}
