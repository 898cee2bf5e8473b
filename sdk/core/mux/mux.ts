import { encodeFrame, FRAME_OVERHEAD } from '../../../protocol/mesh/frame.ts'
import type { MuxEffect, MuxEvent } from './event.ts'
import { acknowledge, receive } from './receive.ts'
import { closeIfDone, grant, push, stand } from './send.ts'
import {
  addStream,
  MAX_PAYLOAD,
  MAX_RETAINED,
  MAX_RETAINED_FRAMES,
  MAX_URGENT,
  type MuxState,
  removeStream,
  type Stream,
} from './state.ts'

/**
 * Decides what the streams of a link do about an event: changes `state`, and returns what is left to do
 * outside. What is to go over the connection waits in `state` until `take` fetches it.
 */
export function handle(state: MuxState, event: MuxEvent): MuxEffect[] {
  const effects: MuxEffect[] = []
  switch (event.type) {
    case 'connected':
      connect(state, event, effects)
      break
    case 'disconnected':
      state.connected = false
      state.fleeting = []
      break
    case 'frame':
      receive(state, event.frame, event.size, effects)
      break
    case 'ping':
      state.fleeting.push(encodeFrame({ type: 'ping', token: event.token, received: state.received }))
      break
    case 'control':
      push(state, event)
      break
    case 'open':
      addStream(state, event.stream, event.priority)
      push(state, event)
      break
    default:
      command(state, event, effects)
  }
  if (state.retained.length > MAX_RETAINED_FRAMES || state.retainedBytes > 2 * MAX_RETAINED) {
    effects.push({ type: 'fault', reason: 'the other side does not acknowledge' })
  }
  if (state.urgentBytes > MAX_URGENT) effects.push({ type: 'fault', reason: 'the other side does not read' })
  return effects
}

type Command = Exclude<MuxEvent, { type: 'connected' | 'disconnected' | 'frame' | 'ping' | 'control' | 'open' }>

/** What this side wants of a stream; of one that is closed it may want anything, to no effect. */
function command(state: MuxState, event: Command, effects: MuxEffect[]): void {
  const stream = state.streams.get(event.stream)
  if (!stream) return
  switch (event.type) {
    case 'header':
      push(state, event)
      return
    case 'write':
      write(state, stream, event.bytes)
      return
    case 'end':
      if (stream.sending !== 'open') return
      stream.sending = 'ending'
      stand(state, stream)
      return
    case 'stop':
      stop(state, stream, effects)
      return
    case 'reset':
      push(state, event)
      removeStream(state, stream)
      effects.push({ type: 'closed', stream: stream.id })
      return
    case 'consumed':
      grant(state, stream, event.bytes)
  }
}

function write(state: MuxState, stream: Stream, bytes: Uint8Array): void {
  if (stream.sending !== 'open' || bytes.length === 0) return
  stream.queue.push(bytes)
  stream.queued += bytes.length
  stand(state, stream)
}

function stop(state: MuxState, stream: Stream, effects: MuxEffect[]): void {
  if (stream.receiving !== 'open') return
  stream.receiving = 'discarding'
  push(state, { type: 'stop', stream: stream.id })
  closeIfDone(state, stream, effects)
}

function connect(
  state: MuxState,
  { received, maxMessage }: Extract<MuxEvent, { type: 'connected' }>,
  effects: MuxEffect[],
): void {
  state.connected = true
  state.fleeting = []
  state.maxPayload = Math.min(MAX_PAYLOAD, maxMessage - FRAME_OVERHEAD)
  acknowledge(state, received, effects)
  state.resend = 0
}
