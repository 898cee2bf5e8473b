import type { Frame, Priority, ResetCode, StreamId } from '../../../protocol/mesh/frame.ts'

/** What can happen to the streams of a link. `header` and `body` are encoded values. */
export type MuxEvent =
  /** A connection carries the link from now on. `received`: numbered frames of ours that the other side has. */
  | { readonly type: 'connected'; readonly received: number; readonly maxMessage: number }
  | { readonly type: 'disconnected' }
  | { readonly type: 'frame'; readonly frame: Frame; readonly size: number }
  /** From here on what this side wants. `stream` of an `open` is the next number that {@link nextStream} gave. */
  | { readonly type: 'open'; readonly stream: StreamId; readonly header: Uint8Array; readonly priority: Priority }
  | { readonly type: 'header'; readonly stream: StreamId; readonly header: Uint8Array }
  | { readonly type: 'write'; readonly stream: StreamId; readonly bytes: Uint8Array }
  | { readonly type: 'end'; readonly stream: StreamId }
  | { readonly type: 'reset'; readonly stream: StreamId; readonly code: ResetCode }
  /** This side reads no further; the other may go on reading. */
  | { readonly type: 'stop'; readonly stream: StreamId }
  /** The reader took so many bytes. */
  | { readonly type: 'consumed'; readonly stream: StreamId; readonly bytes: number }
  | { readonly type: 'control'; readonly body: Uint8Array }
  | { readonly type: 'ping'; readonly token: number }

/** What the streams want done, in this order. What is to be sent is taken with `take`. */
export type MuxEffect =
  | { readonly type: 'opened'; readonly stream: StreamId; readonly header: Uint8Array; readonly priority: Priority }
  | { readonly type: 'header'; readonly stream: StreamId; readonly header: Uint8Array }
  | { readonly type: 'data'; readonly stream: StreamId; readonly bytes: Uint8Array }
  | { readonly type: 'ended'; readonly stream: StreamId }
  | { readonly type: 'reset'; readonly stream: StreamId; readonly code: number }
  /** The other side reads no further. */
  | { readonly type: 'stopped'; readonly stream: StreamId }
  /** Less is queued than before: write on. */
  | { readonly type: 'writable'; readonly stream: StreamId }
  /** Both halves are done; the number means nothing from here on. */
  | { readonly type: 'closed'; readonly stream: StreamId }
  | { readonly type: 'control'; readonly body: Uint8Array }
  | { readonly type: 'pong'; readonly token: number }
  /** The other side broke the protocol: close the link, with this reason. */
  | { readonly type: 'fault'; readonly reason: string }
