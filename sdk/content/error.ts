/** What stopped content from being made, checked or kept. */
export type ContentErrorCode =
  /** A file or a name can't be published; the message names each. */
  | 'ERR_FILES'
  /** A publisher's key is missing, damaged or open to others. */
  | 'ERR_KEY'
  /** A release, or what it names, is not what it says. */
  | 'ERR_RELEASE'
  /** A folder is in the way, belongs to another channel, or another process works in it. */
  | 'ERR_PLACE'
  /** There is no room left. */
  | 'ERR_FULL'
  /** The disk refuses something else; `cause` says what. */
  | 'ERR_DISK'

/** What content throws beside `EdgeswarmError`. What was verified before is still there. */
export class ContentError extends Error {
  override readonly name = 'ContentError'
  readonly code: ContentErrorCode

  constructor(code: ContentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
