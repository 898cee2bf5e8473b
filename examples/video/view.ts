import type { Subscription } from 'edgeswarm/content'
import { formatBytes } from '../base/bytes.ts'
import { element, setShown, setText } from '../base/dom.ts'
import { formatCount } from '../base/numbers.ts'

const total = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, bytes) => sum + bytes, 0)

export function hideAll(): void {
  for (const id of ['ask', 'watch', 'given', 'notice']) setShown(element(id, HTMLElement), false)
}

/** What stands in the place of the video; it is shown once there is nothing to say. */
export function say(text: string): void {
  setText(element('opening', HTMLElement), text)
  setShown(element('opening', HTMLElement), text !== '')
}

export function showNotice(text: string): void {
  setText(element('notice', HTMLElement), text)
  setShown(element('notice', HTMLElement), true)
}

/** Shows the counters of what was fetched. */
export function showGiven({ traffic, peers }: Subscription): void {
  setShown(element('given', HTMLElement), true)
  setText(element('peers', HTMLElement), peersText(peers))
  document.documentElement.dataset['answering'] = peers > 0 ? 'yes' : 'no'
  const parts = {
    peers: total(traffic.fromPeers),
    origin: total(traffic.fromOrigins),
    disk: traffic.fromDisk,
  }
  const all = parts.peers + parts.origin + parts.disk
  for (const [name, bytes] of Object.entries(parts)) {
    showSum(`from-${name}`, bytes)
    element(`bar-${name}`, HTMLElement).style.flexGrow = `${all === 0 ? 0 : bytes / all}`
  }
  showSum('to-peers', total(traffic.toPeers))
  showGivers(traffic)
}

function peersText(peers: number): string {
  if (peers === 0) return 'nobody else is here'
  return peers === 1 ? '1 other is here' : `${formatCount(peers)} others are here`
}

function showSum(id: string, bytes: number): void {
  const place = element(id, HTMLElement)
  setText(place, formatBytes(bytes))
  place.dataset['bytes'] = `${bytes}`
}

function showGivers({ fromPeers, fromOrigins, toPeers }: Subscription['traffic']): void {
  const peers = [...new Set([...fromPeers.keys(), ...toPeers.keys()])].map((id) => ({
    name: `Viewer ${id.slice(0, 8)}`,
    gave: fromPeers.get(id) ?? 0,
    got: toPeers.get(id) ?? 0,
  }))
  const origins = [...fromOrigins].map(([address, gave]) => ({ name: new URL(address).host, gave, got: 0 }))
  const rows = [...origins, ...peers].sort((one, other) => other.gave - one.gave || other.got - one.got).map(rowOf)
  element('rows', HTMLTableSectionElement).replaceChildren(...rows)
  setShown(element('givers', HTMLElement), rows.length > 0)
}

function rowOf({ name, gave, got }: { readonly name: string; readonly gave: number; readonly got: number }) {
  const row = document.createElement('tr')
  const head = document.createElement('th')
  head.scope = 'row'
  head.textContent = name
  row.append(head)
  for (const bytes of [gave, got]) row.insertCell().textContent = bytes === 0 ? '–' : formatBytes(bytes)
  return row
}
