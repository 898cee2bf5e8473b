import { formatCount, formatTenths, unknown } from '../base/numbers.ts'

const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB']
const longestName = 56
// Long enough for an extension, and for what tells "report, second draft.pdf" from "report, final.pdf".
const endOfName = 20

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000
    unit += 1
  }
  const format = unit > 0 && value < 99.95 ? formatTenths : formatCount
  return `${format(value)} ${byteUnits[unit] ?? ''}`
}

export function formatSpeed(bytesPerSecond: number): string {
  if (bytesPerSecond < 1) return unknown
  // One unit less keeps a slow, jumping speed from jumping between units too.
  return bytesPerSecond < 1000 ? `${formatTenths(bytesPerSecond / 1000)} kB/s` : `${formatBytes(bytesPerSecond)}/s`
}

// Rounds down, so that 100% is only ever said of something complete.
export function formatPercent(fraction: number): string {
  return `${formatCount(Math.floor(fraction * 100))}%`
}

export function formatTimeLeft(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return unknown
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds < 60) return `${formatCount(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${formatCount(minutes)} min ${formatCount(seconds % 60)} s`
  return `${formatCount(Math.floor(minutes / 60))} h ${formatCount(minutes % 60)} min`
}

export function formatBrowsers(count: number): string {
  return count === 1 ? '1 browser' : `${formatCount(count)} browsers`
}

export function formatFiles(count: number): string {
  return count === 1 ? '1 file' : `${formatCount(count)} files`
}

/** Cuts a long name in its middle, as its end says what kind of file it is. */
export function formatName(name: string): string {
  const characters = Array.from(name)
  if (characters.length <= longestName) return name
  const start = characters.slice(0, longestName - endOfName - 1).join('')
  return `${start.trimEnd()}…${characters.slice(-endOfName).join('').trimStart()}`
}
