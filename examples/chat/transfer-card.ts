import { formatBytes, formatName, formatPercent } from '../base/bytes.ts'
import { button, setShown, setText, textElement } from '../base/dom.ts'
import { type TransferState, transferStatus } from './words.ts'

export interface CardFile {
  readonly direction: 'sent' | 'received'
  readonly name: string
  readonly size: number
  readonly peerName: string
}

/** A file on its way, in the conversation: what becomes of it, its progress, and what a person can do about it. */
export class TransferCard {
  readonly element = document.createElement('article')
  readonly #file: CardFile
  readonly #status = textElement('p', 'transfer-status', '')
  readonly #progress = document.createElement('progress')
  readonly #moved = textElement('span', 'transfer-moved', '')
  readonly #row = document.createElement('div')
  readonly #actions = document.createElement('div')
  #state: TransferState = { kind: 'asking' }
  #bytes = 0
  #address = ''
  /** What the button does while the file is on its way. */
  onCancel: () => void = () => undefined

  constructor(file: CardFile) {
    this.#file = file
    this.element.className = 'transfer'
    this.element.dataset['testid'] = 'transfer'
    this.element.dataset['direction'] = file.direction
    this.#progress.max = Math.max(file.size, 1)
    this.#progress.setAttribute('aria-label', `Progress of ${file.name}`)
    // The log would be read out at each percent.
    this.#row.setAttribute('aria-live', 'off')
    this.#row.className = 'transfer-row'
    this.#row.append(this.#progress, this.#moved)
    this.#actions.className = 'transfer-actions'
    const name = textElement('p', 'transfer-name', formatName(file.name))
    name.title = file.name
    this.element.append(name, this.#status, this.#row, this.#actions)
    this.#show({ kind: 'asking' })
  }

  /** @returns whether the person accepts; `false` too once `signal` is aborted */
  decision(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const decide = (accepts: boolean) => () => {
        resolve(accepts)
      }
      signal.addEventListener('abort', decide(false), { once: true })
      if (signal.aborted) resolve(false)
      this.#setActions(this.#button('Accept', 'primary', decide(true)), this.#button('Decline', 'quiet', decide(false)))
    })
  }

  /** The receiver has said yes. */
  accepted(): void {
    this.#show({ kind: 'moving', bytes: this.#bytes })
  }

  moved(bytes: number): void {
    this.#bytes = bytes
    // What is sent ahead of an answer fills the receiver's window, and is no progress.
    if (this.#state.kind === 'moving') this.#showProgress(bytes)
  }

  /** @param file what came; `null` at the sender */
  done(file: Blob | null): void {
    this.#show({ kind: 'done', file })
  }

  end(reason: string): void {
    this.#show({ kind: 'ended', reason })
  }

  /** Lets go of the file that came. */
  release(): void {
    if (this.#address !== '') URL.revokeObjectURL(this.#address)
  }

  #show(state: TransferState): void {
    const hadFocus = this.#actions.contains(document.activeElement)
    this.#state = state
    this.element.dataset['state'] = state.kind
    const { direction, size, peerName } = this.#file
    const text = transferStatus({ direction, peerName, size, state })
    setText(this.#status, state.kind === 'asking' ? `${text} (${formatBytes(size)})` : text)
    setShown(this.#row, state.kind === 'moving')
    if (state.kind === 'moving') this.#showProgress(state.bytes)
    this.#showActions(state)
    // The focus stays in the card when the button that had it goes.
    if (hadFocus) this.#actions.querySelector<HTMLElement>('button, a')?.focus()
  }

  #showProgress(bytes: number): void {
    this.#progress.value = bytes
    const { size } = this.#file
    setText(this.#moved, `${formatBytes(bytes)} of ${formatBytes(size)} (${formatPercent(bytes / Math.max(size, 1))})`)
  }

  #showActions(state: TransferState): void {
    const cancel = () => {
      this.onCancel()
    }
    if (state.kind === 'ended') this.#setActions()
    else if (state.kind === 'done') this.#setActions(...(state.file ? [this.#saveLink(state.file)] : []))
    else this.#setActions(this.#button('Cancel', 'quiet', cancel))
  }

  #setActions(...actions: readonly HTMLElement[]): void {
    this.#actions.replaceChildren(...actions)
    setShown(this.#actions, actions.length > 0)
  }

  #button(text: string, className: string, onPress: () => void): HTMLButtonElement {
    const made = button(text, className, onPress)
    made.setAttribute('aria-label', `${text} ${this.#file.name}`)
    return made
  }

  #saveLink(file: Blob): HTMLAnchorElement {
    const link = document.createElement('a')
    link.className = 'button primary'
    this.#address = URL.createObjectURL(file)
    link.href = this.#address
    link.download = this.#file.name
    link.textContent = 'Save file'
    link.setAttribute('aria-label', `Save ${this.#file.name}`)
    return link
  }
}
