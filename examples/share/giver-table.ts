import { formatBytes } from '../base/bytes.ts'
import { element, setShown, setText, textElement } from '../base/dom.ts'
import { unknown } from '../base/numbers.ts'
import { GiverBar } from './giver-bar.ts'
import type { Direction, Giver } from './transfer.ts'

/** Rows of a table that a person reads. A guess. */
const mostRows = 8

interface Row {
  readonly name: string
  readonly title: string
  readonly gave: number
  readonly took: number
}

/** Who gave bytes to this browser, and who took some from it. */
export class GiverTable {
  readonly #place = element('givers', HTMLElement)
  readonly #title = element('givers-title', HTMLElement)
  readonly #body = element('givers-rows', HTMLElement)
  readonly #bar = new GiverBar()
  #shown = ''

  clear(): void {
    this.render(null, 'receive')
  }

  render(givers: readonly Giver[] | null, direction: Direction): void {
    const moved = (givers ?? []).filter(({ gave, took }) => gave + took > 0)
    setShown(this.#place, moved.length > 0)
    // Nobody gives to who has it all from the start.
    this.#place.classList.toggle('is-sending', direction === 'send')
    setText(this.#title, direction === 'send' ? 'Who got what' : 'Who gave what')
    this.#bar.render(moved)
    const rows = rowsOf(moved)
    // Built anew only where it says something else: a screen reader would begin again.
    const text = JSON.stringify(rows)
    if (text !== this.#shown) this.#body.replaceChildren(...rows.map(rowElement))
    this.#shown = text
  }
}

function rowsOf(givers: readonly Giver[]): Row[] {
  const rows = givers.slice(0, mostRows).map(({ kind, id, gave, took }) => ({ ...wordsFor(kind, id), gave, took }))
  const rest = givers.slice(mostRows)
  if (rest.length === 0) return rows
  const gave = rest.reduce((sum, giver) => sum + giver.gave, 0)
  const took = rest.reduce((sum, giver) => sum + giver.took, 0)
  return [...rows, { name: `${String(rest.length)} more`, title: '', gave, took }]
}

function wordsFor(kind: Giver['kind'], id: string): { name: string; title: string } {
  switch (kind) {
    case 'disk':
      return { name: 'This browser, from before', title: '' }
    case 'origin':
      return { name: `Origin ${URL.canParse(id) ? new URL(id).host : id}`, title: id }
    case 'stock':
      return { name: `WebTorrent client ${id.slice(-6)}`, title: `Peer ${id}` }
    case 'peer':
      return { name: `Peer ${id.slice(0, 6)}`, title: `Peer ${id}` }
  }
}

function rowElement({ name, title, gave, took }: Row): HTMLElement {
  const row = document.createElement('tr')
  const who = document.createElement('th')
  who.scope = 'row'
  who.textContent = name
  who.title = title
  row.append(who, ...[gave, took].map((bytes) => textElement('td', '', bytes > 0 ? formatBytes(bytes) : unknown)))
  return row
}
