/** What went wrong, and so what to do. */
export type ErrorCode =
  /** An argument or option can't be used; the message says what it must be. */
  | 'ERR_ARGUMENT'
  /** This platform lacks something; the message names it. */
  | 'ERR_UNSUPPORTED'
  /** No tracker answered, or each one refused. */
  | 'ERR_TRACKER'
  /** The mesh, the link or the stream is closed. */
  | 'ERR_CLOSED'
  /** No such peer is in the swarm, or no connection to it could be made. */
  | 'ERR_UNREACHABLE'
  /** The other side broke the protocol, or is not who it said it was. */
  | 'ERR_PROTOCOL'
  /** The other side serves no requests, or refused this one. */
  | 'ERR_REFUSED'
  /** Too much at once; it may work later. */
  | 'ERR_BUSY'
  /** It took longer than it may. */
  | 'ERR_TIMEOUT'
  /** What was to be sent is larger than it may be. */
  | 'ERR_TOO_LARGE'

/** Everything that the SDK throws, but for the reason of an `AbortSignal`, which is thrown as it is. */
export class EdgeswarmError extends Error {
  override readonly name = 'EdgeswarmError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
