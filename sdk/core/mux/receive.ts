import { encodeFrame, type Frame, isNumbered, type NumberedFrame, type StreamId } from '../../../protocol/mesh/frame.ts'
import type { MuxEffect } from './event.ts'
import { closeIfDone, stand } from './send.ts'
import {
  ACK_BYTES,
  ACK_FRAMES,
  addStream,
  isOwn,
  MAX_STREAMS,
  type MuxState,
  removeStream,
  type Stream,
} from './state.ts'

const fault = (effects: MuxEffect[], reason: string): void => {
  effects.push({ type: 'fault', reason })
}

/** A frame came in: rules L3–L9 of PROTOCOL.md. */
export function receive(state: MuxState, frame: Frame, size: number, effects: MuxEffect[]): void {
  if (isNumbered(frame)) {
    count(state, size)
    receiveNumbered(state, frame, effects)
    return
  }
  switch (frame.type) {
    case 'ping':
      acknowledge(state, frame.received, effects)
      state.fleeting.push(encodeFrame({ type: 'pong', token: frame.token, received: state.received }))
      // Whoever sends pings and takes no answers would have them pile up here.
      if (state.fleeting.length > 64) fault(effects, 'too many pings')
      return
    case 'pong':
      acknowledge(state, frame.received, effects)
      effects.push({ type: 'pong', token: frame.token })
      return
    case 'ack':
      acknowledge(state, frame.received, effects)
      return
    case 'hello':
    case 'close':
      fault(effects, 'this frame does not belong here')
  }
}

function count(state: MuxState, size: number): void {
  state.received++
  state.unacknowledgedFrames++
  state.unacknowledgedBytes += size
  if (state.unacknowledgedFrames < ACK_FRAMES && state.unacknowledgedBytes < ACK_BYTES) return
  state.unacknowledgedFrames = 0
  state.unacknowledgedBytes = 0
  state.fleeting.push(encodeFrame({ type: 'ack', received: state.received }))
}

/** The other side has our first `received` numbered frames: they need not be sent again. */
export function acknowledge(state: MuxState, received: number, effects: MuxEffect[]): void {
  const arrived = received - state.acknowledged
  // Acknowledgements that crossed on two connections may come late, but none may be of what was never sent.
  if (arrived > state.retained.length) {
    fault(effects, 'an acknowledgement of what was never sent')
    return
  }
  if (arrived <= 0) return
  for (const frame of state.retained.splice(0, arrived)) state.retainedBytes -= frame.length
  state.resend = Math.max(0, state.resend - arrived)
  state.acknowledged = received
}

function receiveNumbered(state: MuxState, frame: NumberedFrame, effects: MuxEffect[]): void {
  switch (frame.type) {
    case 'unknown':
      return
    case 'control':
      effects.push({ type: 'control', body: frame.body })
      return
    case 'open':
      open(state, frame, effects)
      return
    default:
      receiveForStream(state, frame, effects)
  }
}

function open(state: MuxState, frame: Extract<Frame, { type: 'open' }>, effects: MuxEffect[]): void {
  const { stream, priority, header } = frame
  if (isOwn(state, stream) || stream <= state.lastOther) {
    fault(effects, 'a stream with a wrong number')
    return
  }
  if (state.otherStreams >= MAX_STREAMS) {
    fault(effects, 'too many streams')
    return
  }
  addStream(state, stream, priority)
  effects.push({ type: 'opened', stream, header, priority })
}

type StreamFrame = Exclude<NumberedFrame, { type: 'unknown' | 'control' | 'open' }>

function receiveForStream(state: MuxState, frame: StreamFrame, effects: MuxEffect[]): void {
  const stream = state.streams.get(frame.stream)
  if (!stream) {
    // It may have been sent before the other side heard that the stream is closed.
    if (!wasOpened(state, frame.stream)) fault(effects, 'a frame of a stream that was never opened')
    return
  }
  switch (frame.type) {
    case 'header':
      effects.push({ type: 'header', stream: stream.id, header: frame.header })
      return
    case 'data':
      receiveData(stream, frame.bytes, effects)
      return
    case 'end':
      if (stream.receiving === 'open') effects.push({ type: 'ended', stream: stream.id })
      stream.receiving = 'done'
      closeIfDone(state, stream, effects)
      return
    case 'stop':
      // What is queued is not wanted; an end follows all the same, so that both sides know that the half is done.
      stream.queue.length = 0
      stream.queued = 0
      if (stream.sending === 'open') stream.sending = 'ending'
      stand(state, stream)
      effects.push({ type: 'stopped', stream: stream.id }, { type: 'writable', stream: stream.id })
      return
    case 'reset':
      removeStream(state, stream)
      effects.push({ type: 'reset', stream: stream.id, code: frame.code }, { type: 'closed', stream: stream.id })
      return
    case 'credit':
      stream.credit += frame.credit
      if (!Number.isSafeInteger(stream.credit)) {
        fault(effects, 'more credit than there are numbers')
        return
      }
      stand(state, stream)
  }
}

const wasOpened = (state: MuxState, stream: StreamId): boolean =>
  stream <= (isOwn(state, stream) ? state.lastOwn : state.lastOther)

function receiveData(stream: Stream, bytes: Uint8Array, effects: MuxEffect[]): void {
  if (stream.receiving === 'done') {
    fault(effects, 'data after the end of a stream')
    return
  }
  stream.granted -= bytes.length
  if (stream.granted < 0) {
    fault(effects, 'more data than was granted')
    return
  }
  if (stream.receiving === 'open' && bytes.length > 0) effects.push({ type: 'data', stream: stream.id, bytes })
}
