import { button, setText, textElement } from '../base/dom.ts'
import { formatBytes, formatName, formatPercent } from '../base/bytes.ts'
import { formatFiles } from './format.ts'
import { canPreview, type Preview } from './preview.ts'
import type { SharedFile } from './transfer.ts'

// Browsers look the address up some time after the click; once they have, revoking it does no harm.
const saveBeginsWithin = 60_000
/** Files that a person looks through. A guess. */
const mostListed = 200

export type ContentOf = (index: number) => Promise<Blob | undefined>

/** Shows the name as far as there is room for it; pointing at it tells the rest. */
export function showName(place: HTMLElement, name: string): void {
  const shown = formatName(name)
  setText(place, shown)
  place.title = shown === name ? '' : name
}

interface Row {
  note: HTMLElement
  actions: HTMLElement
}

/** The files of a transfer, one row each, with what can be done with those that are here. */
export class FileList {
  readonly #place: HTMLElement
  readonly #preview: Preview
  #rows: Row[] = []
  /** What the rows are of. */
  #names = ''

  constructor(place: HTMLElement, preview: Preview) {
    this.#place = place
    this.#preview = preview
  }

  clear(): void {
    this.#rows = []
    this.#names = ''
    this.#place.replaceChildren()
    this.#place.hidden = true
  }

  render(files: readonly SharedFile[], contentOf: ContentOf | undefined): void {
    const names = files.map(({ name }) => name).join('\n')
    if (this.#names !== names) this.#build(files)
    this.#names = names
    files.slice(0, mostListed).forEach((file, index) => {
      const row = this.#rows[index]
      if (!row) return
      const note = file.done ? formatBytes(file.length) : partOf(file)
      if (row.note.textContent !== note) row.note.textContent = note
      if (file.done && contentOf && row.actions.childElementCount === 0) this.#offer(row, file, index, contentOf)
    })
  }

  #build(files: readonly SharedFile[]): void {
    const listed = files.slice(0, mostListed)
    this.#rows = listed.map(() => ({
      note: textElement('span', 'file-note', ''),
      actions: textElement('span', 'file-actions', ''),
    }))
    this.#place.replaceChildren(
      ...this.#rows.map((row, index) => {
        const item = document.createElement('li')
        const name = textElement('span', 'file-name', '')
        showName(name, files[index]?.name ?? '')
        item.append(name, row.note, row.actions)
        return item
      }),
    )
    if (files.length > listed.length) this.#place.append(restOf(files.length - listed.length))
    // One file is named in the title already; all it needs here is its button.
    this.#place.classList.toggle('is-single', files.length === 1)
    this.#place.hidden = files.length === 0
  }

  #offer(row: Row, file: SharedFile, index: number, contentOf: ContentOf): void {
    const save = button(this.#rows.length > 1 ? 'Save' : 'Save file', 'primary', () => {
      void contentOf(index).then((content) => {
        if (content) saveAs(content, file.name)
      })
    })
    save.dataset['testid'] = 'save'
    save.setAttribute('aria-label', `Save ${file.name}`)
    if (this.#rows.length > 1 && canPreview(file)) row.actions.append(this.#previewButton(file, index, contentOf))
    row.actions.append(save)
  }

  #previewButton(file: SharedFile, index: number, contentOf: ContentOf): HTMLButtonElement {
    const look = button('Preview', 'quiet', () => {
      void this.#preview.showFrom(file, () => contentOf(index))
    })
    look.setAttribute('aria-label', `Preview ${file.name}`)
    return look
  }
}

function restOf(count: number): HTMLElement {
  const item = document.createElement('li')
  const words = `and ${formatFiles(count)} more: “npx edgeswarm get” with the link fetches them all into a folder.`
  item.append(textElement('span', 'file-note', words))
  return item
}

function partOf({ progress, length }: SharedFile): string {
  return `${formatPercent(progress)} of ${formatBytes(length)}`
}

function saveAs(content: Blob, name: string): void {
  const address = URL.createObjectURL(content)
  const anchor = document.createElement('a')
  anchor.href = address
  anchor.download = name.split('/').at(-1) ?? name
  anchor.click()
  setTimeout(() => {
    URL.revokeObjectURL(address)
  }, saveBeginsWithin)
}
