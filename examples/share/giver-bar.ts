import { formatBytes } from '../base/bytes.ts'
import { element, setShown, setText } from '../base/dom.ts'
import type { Giver } from './transfer.ts'

const groups: readonly { readonly id: string; readonly kinds: readonly Giver['kind'][] }[] = [
  { id: 'peers', kinds: ['peer', 'stock'] },
  { id: 'origin', kinds: ['origin'] },
  { id: 'disk', kinds: ['disk'] },
]

/** Where all that is here came from, as parts of one bar. */
export class GiverBar {
  readonly #bar = element('shares', HTMLElement)
  readonly #words = element('shares-words', HTMLElement)

  render(givers: readonly Giver[]): void {
    let isAny = false
    for (const { id, kinds } of groups) {
      const bytes = givers.reduce((sum, { kind, gave }) => sum + (kinds.includes(kind) ? gave : 0), 0)
      isAny ||= bytes > 0
      element(`share-${id}`, HTMLElement).style.flexGrow = String(bytes)
      setShown(element(`share-${id}`, HTMLElement), bytes > 0)
      setShown(element(`key-${id}`, HTMLElement), bytes > 0)
      setText(element(`bytes-${id}`, HTMLElement), formatBytes(bytes))
    }
    setShown(this.#bar, isAny)
    setShown(this.#words, isAny)
  }
}
