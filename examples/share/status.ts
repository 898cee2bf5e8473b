import { formatBytes, formatPercent } from '../base/bytes.ts'
import { formatBrowsers, formatFiles, formatSpeed, formatTimeLeft } from './format.ts'
import type { Snapshot } from './transfer.ts'

export type State = 'start' | 'hashing' | 'seeding' | 'waiting' | 'fetching' | 'done' | 'failed'

/** A transfer put into words. */
export interface Report {
  state: State
  title: string
  size: string
  status: string
  notice: string
  progress: number
  peers: string
  speedLabel: string
  speed: string
  movedLabel: string
  moved: string
  timeLeft: string
}

export function stateOf(snapshot: Snapshot): State {
  if (snapshot.error !== '') return 'failed'
  if (snapshot.direction === 'send') return snapshot.done ? 'seeding' : 'hashing'
  if (snapshot.done) return 'done'
  return snapshot.sources + snapshot.origins > 0 ? 'fetching' : 'waiting'
}

export function report(snapshot: Snapshot): Report {
  const state = stateOf(snapshot)
  const receiving = state === 'waiting' || state === 'fetching'
  return {
    state,
    title: state === 'failed' ? 'That did not work' : snapshot.name || 'A shared file',
    size: sizeOf(snapshot),
    status: statusOf(state, snapshot),
    notice: state === 'failed' ? '' : noticeOf(snapshot),
    progress: state === 'hashing' ? snapshot.hashed : snapshot.progress,
    peers: String(snapshot.peers),
    speedLabel: receiving ? 'Speed' : 'Sending at',
    speed: formatSpeed(receiving ? snapshot.downloadSpeed : snapshot.uploadSpeed),
    movedLabel: receiving ? 'Fetched' : 'Sent',
    moved: formatBytes(receiving ? snapshot.downloaded : snapshot.uploaded),
    timeLeft: formatTimeLeft(snapshot.timeLeft),
  }
}

/** What a screen reader is told of the progress: quarters, as every percent would never stop talking. */
export function spokenProgress({ state, progress }: Report): string {
  const quarter = Math.floor(progress * 4) / 4
  return state === 'fetching' && quarter > 0 && quarter < 1 ? `${formatPercent(quarter)} fetched` : ''
}

function sizeOf({ files, length, version }: Snapshot): string {
  if (files.length === 0) return ''
  const size = files.length === 1 ? formatBytes(length) : `${formatFiles(files.length)}, ${formatBytes(length)}`
  return version === '' ? size : `Version ${version} · ${size}`
}

function statusOf(state: State, snapshot: Snapshot): string {
  switch (state) {
    case 'hashing':
      return 'Reading the file to make its link. The tracker is told its name and checksums, and gets nothing of it.'
    case 'seeding':
      return sendingText(snapshot)
    case 'waiting':
      return waitingText(snapshot)
    case 'fetching':
      return fetchingText(snapshot)
    case 'done':
      return 'Received and checked. While this page stays open, it passes the file on to others.'
    case 'failed':
      return explain(snapshot)
    case 'start':
      return ''
  }
}

function sendingText({ peers, completePeers }: Snapshot): string {
  if (peers === 0) return 'Send this link to someone and keep this page open: the file comes from here.'
  const missing = peers - completePeers
  if (missing > 0) return `Sending to ${formatBrowsers(missing)}. Keep this page open until they have all of it.`
  return `${formatBrowsers(peers)} ${peers === 1 ? 'has' : 'have'} all of it. Keep this page open to send it to more.`
}

function fetchingText({ files, sources, origins }: Snapshot): string {
  if (files.length === 0 && sources > 0) return `Connected to ${formatBrowsers(sources)}. Asking what is in the file.`
  if (origins === 0) return `Fetching from ${formatBrowsers(sources)}.`
  return sources > 0 ? `Fetching from ${formatBrowsers(sources)} and the origin.` : 'Fetching from the origin.'
}

function waitingText({ files, peers, trackerAnswered, trackerLost }: Snapshot): string {
  if (peers > 0) return `Connected to ${formatBrowsers(peers)}, but nothing to fetch there yet. This page keeps trying.`
  if (files.length > 0) return 'Everyone with this file has left. It continues when one of them returns.'
  if (trackerAnswered) return 'No one with this file is online yet. This page keeps trying.'
  return trackerLost ? 'Waiting for the tracker.' : 'Asking the tracker who has this file.'
}

function noticeOf({ trackerLost, warning }: Snapshot): string {
  return trackerLost ? 'The tracker does not answer. This page tries again every few seconds.' : warning
}

function explain({ direction, done, error }: Snapshot): string {
  if (direction === 'send' && !done) return `The file could not be read. It may have changed or moved. (${error})`
  if (/quota|storage|space|memory/i.test(error)) return `This browser has no room for the file. (${error})`
  return `The transfer stopped: ${error}`
}
