import type { Given } from './command.ts'
import { parseDuration, parseSize } from './units.ts'
import { UsageError } from './usage-error.ts'

/** Bytes a second that an option names; `undefined` if it is not given. @throws {UsageError} */
export function rateOf(given: Given, option: string): number | undefined {
  const text = given.get(option)
  if (text === undefined) return undefined
  const bytes = parseSize(text.replace(/\/s$/, ''))
  if (bytes !== null) return bytes
  throw new UsageError(`--${option} must be a size above 0, such as 500kB or 1.5MB (a second), and this is ${text}.`)
}

/** Milliseconds that an option names; `undefined` if it is not given. @throws {UsageError} */
export function durationOf(given: Given, option: string): number | undefined {
  const text = given.get(option)
  if (text === undefined) return undefined
  const milliseconds = parseDuration(text)
  if (milliseconds !== null) return milliseconds
  throw new UsageError(`--${option} must be a time above 0, such as 12h, 90d or 1y, and this is ${text}.`)
}
