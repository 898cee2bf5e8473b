import { formatBytes } from '../base/bytes.ts'
import { formatCount, formatTenths, unknown } from '../base/numbers.ts'

export function formatSpeed(bytesPerSecond: number): string {
  if (bytesPerSecond < 1) return unknown
  // One unit less keeps a slow, jumping speed from jumping between units too.
  return bytesPerSecond < 1000 ? `${formatTenths(bytesPerSecond / 1000)} kB/s` : `${formatBytes(bytesPerSecond)}/s`
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
