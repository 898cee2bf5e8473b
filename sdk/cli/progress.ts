import { formatDuration, formatSize } from './units.ts'

/** How far something has come. */
export interface Progress {
  /** What is done, with what: `Fetching app 1.4.0`. */
  readonly title: string
  readonly bytes: number
  readonly total: number
  /** Bytes a second; `null` if not known. */
  readonly rate: number | null
  /** `null` if it is no download. */
  readonly sources: Sources | null
  /** What else there is to say. */
  readonly details: readonly string[]
}

/** Where the bytes of a download came from. */
export interface Sources {
  readonly fromPeers: number
  readonly fromOrigin: number
  /** Of an earlier version or attempt. */
  readonly fromDisk: number
}

/** Characters of a bar. */
const BAR = 10
/** Columns of a title, at most. */
const TITLE = 28
/** How long it takes is only told if it is less, in seconds: a download that crawls is not waited for. */
const LONGEST_LEFT = 7 * 24 * 3600

/** As one line of a terminal that is so many columns wide: what matters less is left out where there is no room. */
export function progressLine({ title, bytes, total, rate, sources, details }: Progress, columns: number): string {
  const share = shareOf(bytes, total)
  const parts = [
    shorten(title, TITLE),
    `${bar(share)} ${percent(share)}`,
    ...speed(bytes, total, rate),
    ...(sources ? listed(sources, SHORT) : []),
    ...timeLeft(bytes, total, rate),
    `${formatSize(bytes)} of ${formatSize(total)}`,
    ...details,
  ]
  while (parts.length > 2 && parts.join('  ').length >= columns) parts.pop()
  return parts.join('  ').slice(0, Math.max(0, columns - 1))
}

/** As a line for where nothing can be rewritten: a file, or the log of a build. */
export function progressText({ title, bytes, total, rate, sources, details }: Progress): string {
  const amount = `${formatSize(bytes)} of ${formatSize(total)}`
  return [
    `${title}: ${percent(shareOf(bytes, total))}`,
    amount,
    ...speed(bytes, total, rate),
    ...(sources ? describeSources(sources) : []),
    ...timeLeft(bytes, total, rate),
    ...details,
  ].join(', ')
}

/** `80 % from peers`, `20 % from origins`: of the bytes that are there. */
export const describeSources = (sources: Sources): string[] => listed(sources, LONG)

const LONG = ['from peers', 'from origins', 'from this disk'] as const
const SHORT = ['peers', 'origins', 'disk'] as const

function listed({ fromPeers, fromOrigin, fromDisk }: Sources, names: readonly [string, string, string]): string[] {
  const all = fromPeers + fromOrigin + fromDisk
  const parts: string[] = []
  for (const [index, bytes] of [fromPeers, fromOrigin, fromDisk].entries()) {
    if (bytes > 0) parts.push(`${Math.round((100 * bytes) / all)} % ${names[index] ?? ''}`)
  }
  return parts
}

const shareOf = (bytes: number, total: number): number => (total === 0 ? 1 : Math.min(1, bytes / total))

/** Rounded down: 100 % is when nothing is missing. */
const percent = (share: number): string => `${Math.floor(share * 100)} %`

function bar(share: number): string {
  const full = Math.floor(share * BAR)
  return '█'.repeat(full) + '░'.repeat(BAR - full)
}

const speed = (bytes: number, total: number, rate: number | null): string[] =>
  rate === null || bytes >= total ? [] : [`${formatSize(rate)}/s`]

function timeLeft(bytes: number, total: number, rate: number | null): string[] {
  const seconds = rate === null || bytes >= total ? Infinity : (total - bytes) / rate
  return seconds < LONGEST_LEFT ? [`${formatDuration(1000 * seconds)} left`] : []
}

const shorten = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)
