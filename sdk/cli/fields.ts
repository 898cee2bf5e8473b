/** The longest moment that a date can be (ECMA-262 §21.4.1.1), in milliseconds. */
const LAST_MOMENT = 8.64e15

/** A number that a tracker tells, which may be anything: 0 if it is none. */
export function numberIn(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name]
  return typeof value === 'number' && value >= 0 && value <= LAST_MOMENT ? value : 0
}

/** A text that a tracker tells, on one line: empty if it is none. */
export function textIn(fields: Readonly<Record<string, unknown>>, name: string): string {
  const value = fields[name]
  return typeof value === 'string' ? value.replaceAll('\n', ' ').slice(0, 500) : ''
}
