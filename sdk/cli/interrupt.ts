/** Ends the process as a shell's Ctrl+C does: by convention 128 and the number of the signal. */
export const INTERRUPTED = 130

/**
 * What comes sooner after the first, in milliseconds, is the same Ctrl+C: npx passes it on to a process that the
 * terminal has told already.
 */
const SAME = 500

/**
 * Aborts at the first Ctrl+C, or when a supervisor asks for the end, so that what is open is saved and left; ends the
 * process at the second.
 *
 * @param onFirst is told of it
 */
export function untilInterrupted(onFirst: () => void): AbortSignal {
  const controller = new AbortController()
  let first = Infinity
  const interrupt = () => {
    const now = performance.now()
    if (controller.signal.aborted) {
      if (now - first > SAME) process.exit(INTERRUPTED)
      return
    }
    first = now
    controller.abort()
    onFirst()
  }
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt)
  return controller.signal
}
