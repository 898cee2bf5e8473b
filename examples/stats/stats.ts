import { formatBytes, formatPercent } from '../base/bytes.ts'
import { element, setShown, setText } from '../base/dom.ts'
import { type Figures, isRecord, pollFigures } from '../base/figures.ts'
import { formatCount, formatRate, unknown } from '../base/numbers.ts'

const moment = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

function show(figures: Figures | undefined): void {
  for (const place of document.querySelectorAll<HTMLElement>('[data-figure]')) {
    const name = place.dataset['figure'] ?? ''
    setText(place, format(name, figures?.[name]))
  }
  setText(element('state', HTMLElement), figures ? 'Asked again every 5 seconds' : 'The tracker is not answering')
  showReported(figures?.['reported'])
  showReasons(figures?.['refusedBy'])
  showSince(figures?.['since'])
}

function format(name: string, value: unknown): string {
  if (typeof value !== 'number') return unknown
  return name === 'announcesPerSecond' ? formatRate(value) : formatCount(value)
}

function showReported(reported: unknown): void {
  const sums = isRecord(reported) ? reported : {}
  const sumOf = (name: string): number => {
    const sum = sums[name]
    return typeof sum === 'number' ? sum : 0
  }
  const [peers, origin, disk] = [sumOf('bytesFromPeers'), sumOf('bytesFromOrigin'), sumOf('bytesFromDisk')]
  const bytes = peers + origin + disk
  const texts: Readonly<Record<string, string>> = {
    bytesFromPeers: formatBytes(peers),
    bytesFromOrigin: formatBytes(origin),
    bytesFromDisk: formatBytes(disk),
    spared: bytes === 0 ? unknown : formatPercent((peers + disk) / bytes),
    reports: formatCount(sumOf('reports')),
  }
  for (const place of document.querySelectorAll<HTMLElement>('[data-reported]')) {
    setText(place, texts[place.dataset['reported'] ?? ''] ?? unknown)
  }
  setShown(element('content', HTMLElement), sumOf('reports') > 0)
}

function showReasons(refusedBy: unknown): void {
  const counted = Object.entries(isRecord(refusedBy) ? refusedBy : {})
    .map(([reason, times]) => ({ reason, times: typeof times === 'number' ? times : 0 }))
    .filter(({ times }) => times > 0)
    .sort((one, other) => other.times - one.times)
  element('reasons', HTMLElement).replaceChildren(...counted.map(({ reason, times }) => reasonRow(reason, times)))
  setShown(element('refusals', HTMLElement), counted.length > 0)
}

function reasonRow(reason: string, times: number): HTMLTableRowElement {
  const row = document.createElement('tr')
  const name = document.createElement('th')
  name.scope = 'row'
  name.textContent = reason
  row.append(name)
  row.insertCell().textContent = formatCount(times)
  return row
}

function showSince(since: unknown): void {
  if (typeof since !== 'string') return
  const date = new Date(since)
  if (Number.isNaN(date.getTime())) return
  const time = element('since', HTMLTimeElement)
  time.dateTime = since
  time.title = 'When this tracker was last loaded'
  setText(time, moment.format(date))
}

pollFigures(show)
