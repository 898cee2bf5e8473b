import { encodeFrame, type NumberedFrame } from '../../../protocol/mesh/frame.ts'
import type { MuxEffect } from './event.ts'
import { MAX_RETAINED, MAX_WINDOW, type MuxState, removeStream, type Stream, WRITE_AHEAD } from './state.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Queues a frame that goes before all data. */
export function push(state: MuxState, frame: Exclude<NumberedFrame, { type: 'unknown' }>): void {
  const bytes = encodeFrame(frame)
  state.urgent.push(bytes)
  state.urgentBytes += bytes.length
}

/** Puts a stream that has something to send in its line. */
export function stand(state: MuxState, stream: Stream): void {
  if (stream.waiting || !isReady(stream)) return
  stream.waiting = true
  state.lines[stream.priority].push(stream)
}

const isReady = ({ queued, credit, sending }: Stream): boolean =>
  sending !== 'done' && (queued > 0 ? credit > 0 : sending === 'ending')

/** The reader took so many bytes: the other side may send as many, and more if the reader keeps up. */
export function grant(state: MuxState, stream: Stream, bytes: number): void {
  stream.consumed += bytes
  if (stream.receiving !== 'open' || stream.consumed * 2 < stream.window) return
  const growth = Math.min(stream.window, MAX_WINDOW - stream.window, state.windowBudget)
  stream.window += growth
  state.windowBudget -= growth
  const credit = stream.consumed + growth
  stream.consumed = 0
  stream.granted += credit
  push(state, { type: 'credit', stream: stream.id, credit })
}

export function closeIfDone(state: MuxState, stream: Stream, effects: MuxEffect[]): void {
  if (stream.sending !== 'done' || stream.receiving !== 'done') return
  removeStream(state, stream)
  effects.push({ type: 'closed', stream: stream.id })
}

/** What goes over the connection now. */
export interface Taken {
  readonly frames: readonly Bytes[]
  readonly effects: readonly MuxEffect[]
}

const NOTHING: Taken = { frames: [], effects: [] }

/**
 * Takes frames of up to `room` bytes, and at least one if there is room at all: what was lost with the last
 * connection first, then what is urgent, then data, by priority and in turn.
 */
export function take(state: MuxState, room: number): Taken {
  if (!state.connected || room <= 0) return NOTHING
  const frames: Bytes[] = state.fleeting
  const effects: MuxEffect[] = []
  state.fleeting = []
  let left = room
  while (left > 0) {
    const frame = takeAgain(state) ?? takeUrgent(state) ?? takeData(state, effects)
    if (!frame) break
    frames.push(frame)
    left -= frame.length
  }
  return { frames, effects }
}

const takeAgain = (state: MuxState): Bytes | undefined => {
  const frame = state.retained[state.resend]
  if (frame) state.resend++
  return frame
}

function takeUrgent(state: MuxState): Bytes | undefined {
  const frame = state.urgent.shift()
  if (!frame) return undefined
  state.urgentBytes -= frame.length
  return retain(state, frame)
}

function takeData(state: MuxState, effects: MuxEffect[]): Bytes | undefined {
  if (state.retainedBytes >= MAX_RETAINED) return undefined
  for (const line of state.lines) {
    for (let stream = line.shift(); stream; stream = line.shift()) {
      stream.waiting = false
      if (isReady(stream)) return retain(state, nextFrame(state, stream, effects))
    }
  }
  return undefined
}

function retain(state: MuxState, frame: Bytes): Bytes {
  state.retained.push(frame)
  state.retainedBytes += frame.length
  state.resend = state.retained.length
  return frame
}

/** The stream's next frame; it stands at the end of its line if there are more. */
function nextFrame(state: MuxState, stream: Stream, effects: MuxEffect[]): Bytes {
  if (stream.queued === 0) {
    stream.sending = 'done'
    closeIfDone(state, stream, effects)
    return encodeFrame({ type: 'end', stream: stream.id })
  }
  const bytes = cut(stream, Math.min(stream.credit, state.maxPayload))
  const before = stream.queued
  stream.queued -= bytes.length
  stream.credit -= bytes.length
  if (before > WRITE_AHEAD && stream.queued <= WRITE_AHEAD) effects.push({ type: 'writable', stream: stream.id })
  stand(state, stream)
  return encodeFrame({ type: 'data', stream: stream.id, bytes })
}

/** Up to `most` bytes off the front of the queue; small writes go together in one frame. */
function cut({ queue }: Stream, most: number): Uint8Array {
  const [first = new Uint8Array(), second] = queue
  if (first.length >= most) {
    queue[0] = first.subarray(most)
    if (first.length === most) queue.shift()
    return first.subarray(0, most)
  }
  queue.shift()
  if (!second || first.length + second.length > most) return first
  const parts = [first]
  let length = first.length
  for (let next = queue[0]; next && length + next.length <= most; next = queue[0]) {
    parts.push(next)
    length += next.length
    queue.shift()
  }
  const joined = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
