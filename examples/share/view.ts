import { element, setShown, setText } from '../base/dom.ts'
import { FileList, showName, type ContentOf } from './files.ts'
import { GiverTable } from './giver-table.ts'
import { formatPercent } from '../base/bytes.ts'
import { Preview, canPreview } from './preview.ts'
import { report, spokenProgress, type Report, type State } from './status.ts'
import type { Snapshot } from './transfer.ts'

const siteName = document.title

const parts = {
  start: element('start', HTMLElement),
  startProblem: element('start-problem', HTMLElement),
  input: element('file-input', HTMLInputElement),
  transfer: element('transfer', HTMLElement),
  title: element('title', HTMLElement),
  size: element('size', HTMLElement),
  status: element('status', HTMLElement),
  notice: element('notice', HTMLElement),
  spoken: element('spoken', HTMLElement),
  progressRow: element('progress-row', HTMLElement),
  progress: element('progress', HTMLProgressElement),
  percent: element('percent', HTMLElement),
  numbers: element('numbers', HTMLElement),
  peers: element('peers', HTMLElement),
  speedLabel: element('speed-label', HTMLElement),
  speed: element('speed', HTMLElement),
  movedLabel: element('moved-label', HTMLElement),
  moved: element('moved', HTMLElement),
  timeLeftItem: element('time-left-item', HTMLElement),
  timeLeft: element('time-left', HTMLElement),
  linkRow: element('link-row', HTMLElement),
  link: element('link', HTMLInputElement),
  magnetRow: element('magnet-row', HTMLElement),
  magnet: element('magnet', HTMLInputElement),
  preview: element('preview', HTMLElement),
  again: element('again', HTMLButtonElement),
}
const preview = new Preview(parts.preview)
const fileList = new FileList(element('files', HTMLElement), preview)
const giverTable = new GiverTable()

let previewOffered = false
let onChange: (() => void) | undefined

/** Calls the listener when the page's state changes, and when it finds its first peer or loses its last. */
export function watchState(listener: () => void): void {
  onChange = listener
}

export function currentState(): string {
  return document.documentElement.dataset['state'] ?? 'start'
}

export function say(text: string): void {
  setText(parts.spoken, text)
}

export function showStart(problem: string): void {
  clearTransfer()
  setState('start')
  setText(parts.startProblem, problem)
  setShown(parts.startProblem, problem !== '')
  document.title = siteName
}

export function showFailure(title: string, explanation: string): void {
  clearTransfer()
  setState('failed')
  showName(parts.title, title)
  setText(parts.status, explanation)
  document.title = siteName
}

export function showTransfer(snapshot: Snapshot, contentOf: ContentOf): void {
  const now = report(snapshot)
  const stopped = now.state === 'failed'
  const received = now.state === 'done'
  setState(now.state)
  showWords(now)
  showNumbers(now)
  showLinks(snapshot, now.state === 'seeding' || received)
  // A single file that is being sent or fetched is already named in the title.
  const listed = !stopped && (received || snapshot.files.length > 1)
  fileList.render(listed ? snapshot.files : [], snapshot.direction === 'receive' ? contentOf : undefined)
  giverTable.render(stopped ? null : snapshot.givers, snapshot.direction)
  if (received) void offerPreview(snapshot, contentOf)
  if (stopped) preview.clear()
}

/** For keyboard and screen reader users: the element they were on is gone, so put them where the page changed. */
export function focusOnChange(): void {
  if (currentState() === 'start') parts.input.focus()
  else parts.title.focus()
}

function setState(state: State): void {
  if (currentState() === state) return
  document.documentElement.dataset['state'] = state
  // Who sends wants the link first; who receives wants the file first.
  if (state === 'done') parts.preview.after(parts.linkRow, parts.magnetRow, parts.numbers)
  else parts.progressRow.after(parts.linkRow, parts.magnetRow, parts.numbers)
  setShown(parts.start, state === 'start')
  setShown(parts.transfer, state !== 'start')
  setShown(parts.progressRow, state === 'hashing' || state === 'fetching')
  setShown(parts.numbers, state === 'seeding' || state === 'fetching' || state === 'done')
  setShown(parts.timeLeftItem, state === 'fetching')
  setText(parts.again, wayBack(state))
  onChange?.()
}

function wayBack(state: State): string {
  if (state === 'hashing' || state === 'waiting' || state === 'fetching') return 'Cancel'
  return state === 'failed' ? 'Share a file' : 'Share another file'
}

function showLinks({ link, magnet }: Snapshot, isShared: boolean): void {
  if (parts.link.value !== link) parts.link.value = link
  if (parts.magnet.value !== magnet) parts.magnet.value = magnet
  setShown(parts.linkRow, isShared)
  setShown(parts.magnetRow, isShared && magnet !== '')
}

function showWords(now: Report): void {
  showName(parts.title, now.title)
  setText(parts.size, now.size)
  setText(parts.status, now.status)
  setText(parts.notice, now.notice)
  setShown(parts.notice, now.notice !== '')
  const spoken = spokenProgress(now)
  if (spoken !== '') say(spoken)
  const part = now.state === 'fetching' || now.state === 'hashing' ? `${formatPercent(now.progress)} · ` : ''
  const title = `${part}${now.title} · ${siteName}`
  if (document.title !== title) document.title = title
}

function showNumbers(now: Report): void {
  // Without a source there is nothing to tell, but for who has a part already.
  if (now.state === 'waiting') setShown(parts.progressRow, now.progress > 0)
  parts.progress.value = now.progress
  setText(parts.percent, formatPercent(now.progress))
  const wasAlone = parts.peers.textContent === '0'
  setText(parts.peers, now.peers)
  if (wasAlone !== (now.peers === '0')) onChange?.()
  setText(parts.speedLabel, now.speedLabel)
  setText(parts.speed, now.speed)
  setText(parts.movedLabel, now.movedLabel)
  setText(parts.moved, now.moved)
  setText(parts.timeLeft, now.timeLeft)
}

async function offerPreview({ files }: Snapshot, contentOf: ContentOf): Promise<void> {
  if (previewOffered) return
  previewOffered = true
  const index = files.findIndex(canPreview)
  const file = files[index]
  if (file) await preview.showFrom(file, () => contentOf(index))
}

function clearTransfer(): void {
  previewOffered = false
  preview.clear()
  fileList.clear()
  giverTable.clear()
  for (const emptied of [parts.size, parts.status, parts.notice, parts.spoken]) setText(emptied, '')
  setShown(parts.notice, false)
  setShown(parts.linkRow, false)
  setShown(parts.magnetRow, false)
  parts.link.value = ''
  parts.magnet.value = ''
  parts.progress.value = 0
}
