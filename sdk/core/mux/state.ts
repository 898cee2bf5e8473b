import { type Priority, type StreamId } from '../../../protocol/mesh/frame.ts'

/** Streams that one side may have open at once. A guess: browsers allow a server about as many (HTTP/2). */
export const MAX_STREAMS = 256
/** What a stream may receive before its reader took anything, in bytes. */
export const FIRST_WINDOW = 65_536
/** What a stream may receive ahead of its reader once that has shown that it reads. */
export const MAX_WINDOW = 1_048_576
/** What all windows of a link may grow by together. */
export const WINDOW_BUDGET = 8_388_608
/** Sent and not yet acknowledged: kept to be sent again. At more, no further data is sent. */
export const MAX_RETAINED = 4_194_304
/** At more, or at twice the bytes, the other side does not acknowledge what it gets. */
export const MAX_RETAINED_FRAMES = 65_536
/** Headers, credits and control messages that wait to be sent. At more, the other side does not read. */
export const MAX_URGENT = 4_194_304
/** An acknowledgement is sent after so many bytes, or so many frames. */
export const ACK_BYTES = 262_144
export const ACK_FRAMES = 64
/** A stream's writer is asked to wait while more than this is queued, in bytes. */
export const WRITE_AHEAD = 262_144
/** Data in a frame: all browsers take it, a chunk of most streams fits whole, and it keeps turns short. */
export const MAX_PAYLOAD = 65_536

/** One stream of a link. */
export interface Stream {
  readonly id: StreamId
  readonly priority: Priority
  /** Written, and not yet sent. */
  readonly queue: Uint8Array[]
  queued: number
  /** What the other side takes now, in bytes. */
  credit: number
  /** `ending`: an end follows what is queued. */
  sending: 'open' | 'ending' | 'done'
  /** `discarding`: this side reads no further, and the other has not ended yet. */
  receiving: 'open' | 'discarding' | 'done'
  /** What the other side may still send, in bytes. */
  granted: number
  /** What it may be ahead of the reader at most, in bytes. */
  window: number
  /** Taken by the reader and not yet granted anew. */
  consumed: number
  /** Whether it stands in a line for sending. */
  waiting: boolean
}

/** A numbered frame that the other side may not have yet. */
export type Retained = Uint8Array<ArrayBuffer>

/** The streams of one link. Only `handle` and `take` write to it. */
export interface MuxState {
  /** Whether this side opens the even streams. */
  readonly even: boolean
  readonly streams: Map<StreamId, Stream>
  /** Streams with something to send, by priority, in turn. */
  readonly lines: readonly [Stream[], Stream[], Stream[]]
  /** Numbered frames that go before all data. */
  urgent: Uint8Array<ArrayBuffer>[]
  urgentBytes: number
  /** Frames that are not numbered, and worth nothing on another connection. */
  fleeting: Uint8Array<ArrayBuffer>[]
  connected: boolean
  /** Data that goes in a frame on this connection. */
  maxPayload: number
  /** The oldest first; those from `resend` on are not sent on this connection yet. */
  readonly retained: Retained[]
  retainedBytes: number
  resend: number
  /** How many numbered frames the other side has acknowledged. */
  acknowledged: number
  received: number
  unacknowledgedBytes: number
  unacknowledgedFrames: number
  /** The last stream that each side opened. */
  lastOwn: number
  lastOther: number
  ownStreams: number
  otherStreams: number
  windowBudget: number
}

/** @param even whether this side opens the even streams: that with the lower peer id does. */
export const newMuxState = (even: boolean): MuxState => ({
  even,
  streams: new Map(),
  lines: [[], [], []],
  urgent: [],
  urgentBytes: 0,
  fleeting: [],
  connected: false,
  maxPayload: MAX_PAYLOAD,
  retained: [],
  retainedBytes: 0,
  resend: 0,
  acknowledged: 0,
  received: 0,
  unacknowledgedBytes: 0,
  unacknowledgedFrames: 0,
  lastOwn: even ? -2 : -1,
  lastOther: even ? -1 : -2,
  ownStreams: 0,
  otherStreams: 0,
  windowBudget: WINDOW_BUDGET,
})

export const isOwn = ({ even }: MuxState, stream: StreamId): boolean => (stream % 2 === 0) === even

/** The number of the next stream that this side may open; `null` while it has as many open as it may. */
export const nextStream = ({ lastOwn, ownStreams }: MuxState): StreamId | null =>
  ownStreams < MAX_STREAMS ? ((lastOwn + 2) as StreamId) : null

/** Whether everything that this side said has arrived. */
export const isSettled = ({ urgent, lines, retained }: MuxState): boolean =>
  urgent.length === 0 && retained.length === 0 && lines.every((line) => line.every(isStuck))

// What waits for credit waits for a reader, who may take any time.
const isStuck = ({ queued, credit }: Stream): boolean => queued > 0 && credit === 0

export function addStream(state: MuxState, id: StreamId, priority: Priority): Stream {
  const stream: Stream = {
    id,
    priority,
    queue: [],
    queued: 0,
    credit: FIRST_WINDOW,
    sending: 'open',
    receiving: 'open',
    granted: FIRST_WINDOW,
    window: FIRST_WINDOW,
    consumed: 0,
    waiting: false,
  }
  state.streams.set(id, stream)
  if (isOwn(state, id)) {
    state.ownStreams++
    state.lastOwn = id
  } else {
    state.otherStreams++
    state.lastOther = id
  }
  return stream
}

export function removeStream(state: MuxState, stream: Stream): void {
  if (!state.streams.delete(stream.id)) return
  if (isOwn(state, stream.id)) state.ownStreams--
  else state.otherStreams--
  state.windowBudget += stream.window - FIRST_WINDOW
  stream.queue.length = 0
  stream.queued = 0
  stream.sending = 'done'
  stream.receiving = 'done'
}
