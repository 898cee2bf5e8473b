import { formatCount, formatTenths } from './numbers.ts'

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

// Rounds down, so that 100% is only ever said of something complete.
export function formatPercent(fraction: number): string {
  return `${formatCount(Math.floor(fraction * 100))}%`
}

/** Cuts a long name in its middle, as its end says what kind of file it is. */
export function formatName(name: string): string {
  const characters = Array.from(name)
  if (characters.length <= longestName) return name
  const start = characters.slice(0, longestName - endOfName - 1).join('')
  return `${start.trimEnd()}…${characters.slice(-endOfName).join('').trimStart()}`
}
