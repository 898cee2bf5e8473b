import { button, element, setShown, setText, textElement } from '../base/dom.ts'
import { formatHere, formatWay, type Size } from './words.ts'

/** Who is here, as the page shows it. */
export interface Person {
  readonly id: string
  readonly name: string
  readonly isLinked: boolean
  /** Milliseconds; `null` if not measured yet, or not linked. */
  readonly roundTrip: number | null
}

/** So many people are searched by name, and shown more closely. */
const MANY = 7

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

interface Row {
  readonly element: HTMLLIElement
  readonly picture: HTMLElement
  readonly name: HTMLElement
  readonly note: HTMLElement
  readonly send: HTMLButtonElement
}

/**
 * The list of who is here, those that are linked first, each with a way to send a file: a button, or a file dropped on
 * the row.
 */
export class People {
  readonly #list = element('people-list', HTMLUListElement)
  readonly #count = element('here', HTMLElement)
  readonly #summary = element('here-summary', HTMLElement)
  readonly #find = element('find', HTMLInputElement)
  readonly #nobody = element('nobody', HTMLElement)
  readonly #input = element('file-input', HTMLInputElement)
  readonly #rows = new Map<string, Row>()
  readonly #onFiles: (peer: string, files: readonly File[]) => void
  #chosen = ''

  constructor(onFiles: (peer: string, files: readonly File[]) => void) {
    this.#onFiles = onFiles
    this.#input.addEventListener('change', () => {
      const files = [...(this.#input.files ?? [])]
      // Emptied, or choosing the same file a second time would not count as a change.
      this.#input.value = ''
      if (files.length > 0) onFiles(this.#chosen, files)
    })
    this.#find.addEventListener('input', () => {
      this.#filter()
    })
    watchDrags()
  }

  show(people: readonly Person[], size: Size): void {
    const ids = new Set(people.map(({ id }) => id))
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue
      row.element.remove()
      this.#rows.delete(id)
    }
    for (const person of people) this.#update(person)
    this.#sort(people)
    this.#filter()
    const text = formatHere(size)
    setText(this.#count, text)
    setText(this.#summary, text)
    setShown(element('alone', HTMLElement), people.length === 0)
  }

  /** Moves only who is not at their place, so that nothing loses a press or the focus for no reason. */
  #sort(people: readonly Person[]): void {
    const sorted = [...people].sort(
      (one, other) => Number(other.isLinked) - Number(one.isLinked) || names.compare(one.name, other.name),
    )
    const focused = document.activeElement
    sorted.forEach(({ id }, index) => {
      const row = this.#rows.get(id)?.element
      const there = this.#list.children[index]
      if (row && row !== there) this.#list.insertBefore(row, there ?? null)
    })
    if (focused instanceof HTMLElement && this.#list.contains(focused)) focused.focus({ preventScroll: true })
  }

  #filter(): void {
    const isMany = this.#rows.size >= MANY
    setShown(this.#find, isMany)
    this.#list.classList.toggle('is-many', isMany)
    const wanted = isMany ? this.#find.value.trim().toLowerCase() : ''
    let found = 0
    for (const { element: row, name } of this.#rows.values()) {
      const isFound = name.textContent.toLowerCase().includes(wanted)
      setShown(row, isFound)
      if (isFound) found++
    }
    setShown(this.#nobody, wanted !== '' && found === 0)
  }

  #update({ id, name, isLinked, roundTrip }: Person): void {
    const row = this.#rows.get(id) ?? this.#add(id)
    setText(row.picture, Array.from(name)[0]?.toUpperCase() ?? '')
    setText(row.name, name)
    setText(row.note, formatWay(isLinked, roundTrip))
    row.note.title = isLinked
      ? 'There and back, straight between the two of you'
      : 'What you say is passed on to them; a file goes straight, over a link of its own'
    row.element.classList.toggle('is-linked', isLinked)
    row.send.setAttribute('aria-label', `Send a file to ${name}`)
  }

  #add(id: string): Row {
    const made = document.createElement('li')
    made.className = 'person'
    made.dataset['testid'] = 'person'
    const send = button('Send file', 'small', () => {
      this.#chosen = id
      this.#input.click()
    })
    const row: Row = {
      element: made,
      picture: textElement('span', 'picture', ''),
      name: textElement('p', 'person-name', ''),
      note: textElement('p', 'person-note', ''),
      send,
    }
    row.picture.setAttribute('aria-hidden', 'true')
    made.append(row.picture, row.name, row.note, send, textElement('span', 'drop-hint', 'Drop to send'))
    this.#takeDrops(made, id)
    this.#rows.set(id, row)
    this.#list.append(made)
    return row
  }

  #takeDrops(row: HTMLElement, id: string): void {
    row.addEventListener('dragover', (event) => {
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
      row.classList.add('is-over')
      event.preventDefault()
      event.stopPropagation()
    })
    row.addEventListener('dragleave', ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && row.contains(relatedTarget))) row.classList.remove('is-over')
    })
    row.addEventListener('drop', (event) => {
      row.classList.remove('is-over')
      const items = [...(event.dataTransfer?.items ?? [])]
      // A folder is no file, and can't be read as one.
      const files = items.flatMap((item) =>
        item.webkitGetAsEntry()?.isDirectory === true ? [] : (item.getAsFile() ?? []),
      )
      if (files.length > 0) this.#onFiles(id, files)
    })
  }
}

/** Shows where a file can be dropped while one is dragged, and keeps the browser from leaving the page with it. */
function watchDrags(): void {
  const show = (isDragging: boolean) => document.body.classList.toggle('is-dragging', isDragging)
  document.addEventListener('dragenter', (event) => {
    if (event.dataTransfer?.types.includes('Files') === true) show(true)
  })
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer) event.dataTransfer.dropEffect = 'none'
    event.preventDefault()
  })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) show(false)
  })
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    show(false)
  })
}
