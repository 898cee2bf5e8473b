const byteUnits = ['bytes', 'kB', 'MB', 'GB', 'TB']
const wholeNumber = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const oneDecimal = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 })

export const unknown = '–'

export function formatCount(count: number): string {
  return wholeNumber.format(count)
}

export function formatRate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? oneDecimal.format(perSecond) : wholeNumber.format(perSecond)
}

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit > 0 && value < 99.95 ? oneDecimal : wholeNumber
  return `${digits.format(value)} ${byteUnits[unit] ?? ''}`
}

export function formatSpeed(bytesPerSecond: number): string {
  if (bytesPerSecond < 1) return unknown
  // One unit less keeps a slow, jumping speed from jumping between units too.
  return bytesPerSecond < 1000 ? `${oneDecimal.format(bytesPerSecond / 1000)} kB/s` : `${formatBytes(bytesPerSecond)}/s`
}

// Rounds down, so that 100% is only ever said of something complete.
export function formatPercent(fraction: number): string {
  return `${wholeNumber.format(Math.floor(fraction * 100))}%`
}

export function formatTimeLeft(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return unknown
  const seconds = Math.ceil(milliseconds / 1000)
  if (seconds < 60) return `${wholeNumber.format(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${wholeNumber.format(minutes)} min ${wholeNumber.format(seconds % 60)} s`
  return `${wholeNumber.format(Math.floor(minutes / 60))} h ${wholeNumber.format(minutes % 60)} min`
}

export function formatBrowsers(count: number): string {
  return count === 1 ? '1 browser' : `${wholeNumber.format(count)} browsers`
}

export function formatFiles(count: number): string {
  return count === 1 ? '1 file' : `${wholeNumber.format(count)} files`
}
