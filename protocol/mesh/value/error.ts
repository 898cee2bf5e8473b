/** A value that can't be sent, or bytes that are no value. `cause` is what told so, or what a getter threw. */
export class ValueError extends Error {
  readonly code = 'ERR_VALUE'
  override readonly name = 'ValueError'
}

/** Runs it. Whatever it throws (itself, a getter of the value, DataView, TextDecoder) is told as a {@link ValueError}. */
export function guard<Result>(message: string, run: () => Result): Result {
  try {
    return run()
  } catch (cause) {
    throw new ValueError(message, { cause })
  }
}

/** Ends what a {@link guard} runs. */
export function refuse(): never {
  throw new Error()
}
