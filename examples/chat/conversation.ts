import { element, setShown, textElement } from '../base/dom.ts'
import { piecesOf } from './links.ts'
import type { Message } from './protocol.ts'
import type { TransferCard } from './transfer-card.ts'
import { formatTime, type Notice, noticeOf } from './words.ts'

/** Entries that the page shows; the oldest go. */
const MAX_ENTRIES = 500
/** Messages of one author belong together for so long, and so do those who come at once; in milliseconds. */
const TOGETHER = 300_000
const AT_ONCE = 5000
/** Pixels from its end within which the log follows what is said. */
const NEAR = 80

interface Entry {
  readonly at: number
  readonly element: HTMLElement
  /** Who wrote it: what tells one author from another. */
  readonly author: string | null
  readonly onRemove?: () => void
}

/** What was said and what happened, in order of time. */
export class Conversation {
  readonly #log = element('log', HTMLElement)
  readonly #list = element('entries', HTMLElement)
  readonly #newer = element('newer', HTMLButtonElement)
  #entries: Entry[] = []
  #notice: { readonly kind: Notice; readonly names: string[]; readonly entry: Entry } | null = null

  constructor() {
    this.#newer.addEventListener('click', () => {
      this.#scrollToEnd()
    })
    this.#log.addEventListener('scroll', () => {
      if (this.#isAtEnd()) setShown(this.#newer, false)
    })
    // A keyboard that opens, or a card that grows, keeps the last words in sight.
    let wasAtEnd = true
    this.#log.addEventListener('scroll', () => (wasAtEnd = this.#isAtEnd()))
    const sizes = new ResizeObserver(() => {
      if (wasAtEnd) this.#scrollToEnd()
    })
    sizes.observe(this.#log)
    sizes.observe(this.#list)
  }

  clear(): void {
    for (const { onRemove } of this.#entries) onRemove?.()
    this.#entries = []
    this.#notice = null
    this.#list.replaceChildren()
    setShown(this.#newer, false)
  }

  addMessage(message: Message, isOwn: boolean): void {
    const { at, name } = message
    this.#insert({ at, element: messageElement(message, isOwn), author: isOwn ? '' : name }, isOwn)
  }

  /** Someone came or left; several at once share a line. */
  addNotice(kind: Notice, name: string): void {
    const now = Date.now()
    const last = this.#notice
    if (last?.kind === kind && last.entry === this.#entries.at(-1) && now - last.entry.at < AT_ONCE) {
      last.names.push(name)
      last.entry.element.textContent = noticeOf(kind, last.names)
      return
    }
    const entry = this.addLine(noticeOf(kind, [name]))
    this.#notice = { kind, names: [name], entry }
  }

  addLine(text: string): Entry {
    const entry = { at: Date.now(), element: textElement('p', 'line', text), author: null }
    this.#insert(entry, false)
    return entry
  }

  addTransfer(card: TransferCard): void {
    const onRemove = () => {
      card.release()
    }
    this.#insert(
      { at: Date.now(), element: card.element, author: null, onRemove },
      card.element.dataset['direction'] === 'sent',
    )
  }

  #insert(entry: Entry, follow: boolean): void {
    const wasAtEnd = this.#isAtEnd()
    const index = this.#entries.findLastIndex(({ at }) => at <= entry.at) + 1
    const next = this.#entries[index]
    if (next) next.element.before(entry.element)
    else this.#list.append(entry.element)
    this.#entries.splice(index, 0, entry)
    this.#connect(index)
    this.#connect(index + 1)
    for (const old of this.#entries.splice(0, this.#entries.length - MAX_ENTRIES)) {
      old.element.remove()
      old.onRemove?.()
    }
    if (wasAtEnd || follow) this.#scrollToEnd()
    else if (!next) setShown(this.#newer, true)
  }

  /** Shows whether the entry goes on with what the one before it says. */
  #connect(index: number): void {
    const [before, entry] = [this.#entries[index - 1], this.#entries[index]]
    if (!entry) return
    const goesOn = before && entry.author !== null && before.author === entry.author && entry.at - before.at < TOGETHER
    entry.element.classList.toggle('goes-on', goesOn === true)
  }

  #isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#log
    return scrollHeight - scrollTop - clientHeight < NEAR
  }

  #scrollToEnd(): void {
    this.#log.scrollTop = this.#log.scrollHeight
  }
}

function messageElement({ name, text, at }: Message, isOwn: boolean): HTMLElement {
  const made = document.createElement('article')
  made.className = isOwn ? 'message is-own' : 'message'
  made.dataset['testid'] = 'message'
  const head = textElement('p', 'message-head', '')
  const time = document.createElement('time')
  time.dateTime = new Date(at).toISOString()
  time.textContent = formatTime(at, Date.now())
  head.append(textElement('span', 'message-name', isOwn ? 'You' : name), ' ', time)
  const words = textElement('p', 'message-text', '')
  words.dataset['testid'] = 'message-text'
  // Only ever as text: it comes from strangers.
  words.append(...piecesOf(text).map((piece) => (piece.isLink ? linkElement(piece.text) : piece.text)))
  made.append(head, words)
  return made
}

function linkElement(address: string): HTMLAnchorElement {
  const link = document.createElement('a')
  link.href = address
  link.textContent = address
  // Links to another room of this page stay on it.
  if (new URL(address).origin !== location.origin) {
    link.target = '_blank'
    link.rel = 'noopener noreferrer'
  }
  return link
}
