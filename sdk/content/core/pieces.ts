import { fill, fillAll } from './ask.ts'
import { blame, release } from './blame.ts'
import { admit, rechoke } from './choke.ts'
import type { PieceEffect, PieceEvent } from './event.ts'
import { blockAt } from './layout.ts'
import { addOrigin, failFetch, fetchAll, removeOrigin } from './origin.ts'
import { keepPace } from './pace.ts'
import { dropUnwanted, receive, verify } from './receive.ts'
import { leave, queue, serve, unqueue } from './serve.ts'
import { unask } from './started.ts'
import { keyOf, type PieceState } from './state.ts'
import { tick } from './tick.ts'
import type { Turn } from './turn.ts'
import { setWanted } from './want.ts'
import { closeWire, openWire, receiveBitfield, receiveHave, unaskAll } from './wires.ts'

/** Who refuses a block is asked for nothing for so long (ms). A guess. */
const REFUSED = 1000

/** How often `tick` should come (ms). */
export const TICK = 100

/**
 * Tells the piece policy of a torrent what happened. Changes `state` and returns what to do.
 *
 * @param now milliseconds
 */
export function handle(
  state: PieceState,
  event: PieceEvent,
  now: number,
  random: () => number,
): readonly PieceEffect[] {
  const turn: Turn = { state, now, random, effects: [] }
  tell(turn, event)
  return turn.effects
}

function tell(turn: Turn, event: PieceEvent): void {
  const { state } = turn
  switch (event.type) {
    case 'received':
      receive(turn, event)
      refill(turn, event.from)
      return
    case 'requested':
      queue(turn, event)
      serve(turn)
      return
    case 'cancelled':
      unqueue(turn, event)
      return
    case 'sent':
      leave(turn, event.wire, event.length)
      serve(turn)
      return
    case 'opened':
      openWire(turn, event)
      return
    case 'closed':
      closeWire(turn, event.wire)
      release(state, event.wire)
      fillAll(turn)
      fetchAll(turn)
      return
    case 'bitfield':
      receiveBitfield(turn, event)
      refill(turn, event.wire)
      return
    case 'have':
      receiveHave(turn, event.wire, event.piece)
      refill(turn, event.wire)
      return
    case 'choked':
    case 'unchoked':
      setChokesUs(turn, event.wire, event.type === 'choked')
      return
    case 'interested':
    case 'uninterested':
      setInterested(turn, event.wire, event.type === 'interested')
      return
    case 'rejected':
      reject(turn, event)
      return
    case 'origin-added':
      addOrigin(turn, event.origin)
      keepPace(state, turn.now)
      fetchAll(turn)
      return
    case 'origin-removed':
      removeOrigin(turn, event.origin)
      release(state, event.origin)
      fillAll(turn)
      return
    case 'fetched':
      fetchAll(turn)
      return
    case 'fetch-failed':
      failFetch(turn, event.origin, event.fetch, event.reason)
      release(state, event.origin)
      fillAll(turn)
      fetchAll(turn)
      return
    case 'verified':
      verify(turn, event)
      return
    case 'corrupt':
      blame(turn, event.piece)
      fillAll(turn)
      fetchAll(turn)
      return
    case 'wanted':
      setWanted(turn, event)
      dropUnwanted(turn)
      fillAll(turn)
      fetchAll(turn)
      return
    case 'expecting':
      state.expecting = event.wires
      fetchAll(turn)
      return
    case 'limits':
      state.limit = event.download
      state.isUploading = event.isUploading
      rechoke(turn)
      return
    case 'tick':
      tick(turn)
  }
}

function refill(turn: Turn, from: number): void {
  const wire = turn.state.wires.get(from)
  if (wire) fill(turn, wire)
  else fetchAll(turn)
}

function setChokesUs(turn: Turn, id: number, chokesUs: boolean): void {
  const wire = turn.state.wires.get(id)
  if (!wire || wire.chokesUs === chokesUs) return
  wire.chokesUs = chokesUs
  if (!chokesUs) {
    fill(turn, wire)
    return
  }
  unaskAll(turn, wire)
  release(turn.state, id)
  fillAll(turn)
}

function setInterested(turn: Turn, id: number, isInterested: boolean): void {
  const wire = turn.state.wires.get(id)
  if (!wire || wire.isInterested === isInterested) return
  wire.isInterested = isInterested
  admit(turn, wire)
}

function reject(turn: Turn, event: Extract<PieceEvent, { type: 'rejected' }>): void {
  const wire = turn.state.wires.get(event.wire)
  const block = blockAt(turn.state.layout, event.piece, event.offset, event.length)
  if (!wire || block < 0) return
  unask(turn, wire, keyOf(event.piece, block))
  wire.pausedUntil = turn.now + REFUSED
}
