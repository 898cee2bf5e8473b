/** Bytes of each unit: decimal as disks and networks have them, and binary for who says so (IEC 80000-13). */
const BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

const DAY = 24 * 3_600_000

/** Milliseconds of each unit. A year is 365 days. */
const MILLISECONDS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: DAY,
  w: 7 * DAY,
  y: 365 * DAY,
}

/** Bytes in a text such as `1.5MB` or `64 KiB`; `null` if it is none, or none at all. */
export const parseSize = (text: string): number | null => {
  const bytes = parse(text.toLowerCase(), BYTES)
  return bytes === null ? null : Math.round(bytes) || null
}

/** Milliseconds in a text such as `90d` or `1.5h`; `null` if it is none, or none at all. */
export const parseDuration = (text: string): number | null => {
  const milliseconds = parse(text, MILLISECONDS)
  return milliseconds === null ? null : Math.round(milliseconds) || null
}

function parse(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,6})?) ?([a-z]+)$/.exec(text) ?? []
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  return digits === undefined || factor === undefined ? null : Number(digits) * factor
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** `34.2 MB`: three digits at least where there are so many. */
export function formatSize(bytes: number): string {
  let size = bytes
  let unit = 0
  // What would be rounded to 1,000 is one of the next unit.
  while (size >= 999.5 && unit < SIZES.length - 1) {
    size /= 1000
    unit++
  }
  const digits = unit === 0 || size >= 99.95 ? 0 : 1
  return `${size.toFixed(digits)} ${SIZES[unit] ?? ''}`
}

/** `2 h 5 min`, `48 s`: the two largest units. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return withRest(minutes, 'min', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return withRest(hours, 'h', minutes % 60, 'min')
  return withRest(Math.floor(hours / 24), 'days', hours % 24, 'h')
}

const withRest = (count: number, unit: string, rest: number, smaller: string): string =>
  rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${smaller}`

/** A whole number with its noun: `1 file`, `1,204 files`. */
export const formatCount = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** A day, by the clock of the world: `2026-11-24`. */
export const formatDay = (time: number): string => new Date(time).toISOString().slice(0, 10)
