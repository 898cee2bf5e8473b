import { hasBit } from '../../../sdk/content/core/bits.ts'
import { brokenOf, ContentStage, oneFile } from './stage.ts'

export interface StreamingResult {
  /** Until the first piece was there, at the beginning and after a seek (ms). */
  readonly start: number
  readonly seek: number
  /** Pieces that came later than they were needed, of those that were played. */
  readonly late: number
  readonly played: number
  /** Part of all bytes that came from peers. */
  readonly fromPeers: number
  readonly broken: readonly string[]
}

const LATENCY = 25
const PIECE = 262_144
const SIZE = 100_000_000
/** The video takes so many bytes a second. */
const BITRATE = 500_000
/** Played so many pieces, then so many after the seek. */
const PLAYED = 20

/** A video plays, and somebody seeks in it; `peers` have it, with an uplink of so many bytes a second each. */
export function runStreaming(seed: number, peers: number, up: number): StreamingResult {
  const stage = new ContentStage(seed, oneFile(SIZE, PIECE))
  stage.addOrigin({ rate: 2_000_000, latency: LATENCY })
  for (let index = 0; index < peers; index++) stage.add({ up, latency: LATENCY, isSeed: true })
  stage.agenda.runUntil(1000)
  const viewer = stage.add({ up, latency: LATENCY })
  const every = (PIECE * 1000) / BITRATE
  const verifiedAt = new Map<number, number>()
  viewer.onVerified = (piece) => verifiedAt.set(piece, stage.agenda.now)
  let late = 0
  const play = (first: number): number => {
    const from = stage.agenda.now
    const window = { first, end: stage.layout.count, deadline: from, every }
    viewer.tell({ type: 'wanted', ranges: [], urgent: [window] })
    while (!hasBit(viewer.state.held, first) && stage.agenda.now < from + 60_000) {
      stage.agenda.runUntil(stage.agenda.now + 10)
    }
    // It begins to play when the first piece is there.
    const begin = stage.agenda.now
    viewer.tell({ type: 'wanted', ranges: [], urgent: [{ ...window, deadline: begin }] })
    stage.agenda.runUntil(begin + PLAYED * every)
    for (let piece = first; piece < first + PLAYED; piece++) {
      if ((verifiedAt.get(piece) ?? Infinity) > begin + (piece - first) * every) late++
    }
    return begin - from
  }
  const start = play(0)
  let target = Math.floor(stage.layout.count / 2)
  while (hasBit(viewer.state.held, target)) target++
  const seek = play(target)
  const { fromPeers, fromOrigin } = viewer
  return {
    start,
    seek,
    late,
    played: 2 * PLAYED,
    fromPeers: fromPeers / (fromPeers + fromOrigin),
    broken: brokenOf(stage),
  }
}
