import { textElement } from '../base/dom.ts'
import { formatBytes } from '../base/bytes.ts'
import type { SharedFile } from './transfer.ts'

const largestPreview = 200_000_000
const largestText = 200_000

type Kind = 'image' | 'video' | 'audio' | 'pdf' | 'text'

const textTypes = new Set(['application/json', 'application/xml', 'application/javascript', 'application/x-sh'])

export function canPreview(file: SharedFile): boolean {
  return kindOf(file) !== undefined && file.length > 0 && file.length <= largestPreview
}

function kindOf({ type }: SharedFile): Kind | undefined {
  if (type.startsWith('image/')) return 'image'
  if (type.startsWith('video/')) return 'video'
  if (type.startsWith('audio/')) return 'audio'
  if (type === 'application/pdf') return navigator.pdfViewerEnabled ? 'pdf' : undefined
  // Markup is shown as the text it is, never as a page: a blob page would run with this site's rights.
  return type.startsWith('text/') || textTypes.has(type) ? 'text' : undefined
}

/** One preview at a time, in one place of the page. */
export class Preview {
  readonly #place: HTMLElement
  #address = ''
  /** Counts what was to be shown. */
  #turn = 0

  constructor(place: HTMLElement) {
    this.#place = place
  }

  /** Shows a file once its content is at hand, if nothing else is to be shown by then. */
  async showFrom(file: SharedFile, contentOf: () => Promise<Blob | undefined>): Promise<void> {
    this.clear()
    const turn = this.#turn
    const content = await contentOf()
    if (content && turn === this.#turn) this.#show(file, content)
  }

  #show(file: SharedFile, content: Blob): void {
    const kind = kindOf(file)
    if (kind === undefined) return
    this.#place.hidden = false
    if (kind === 'text') void this.#showText(content)
    else this.#showMedia(kind, file, content)
  }

  clear(): void {
    this.#turn += 1
    if (this.#address !== '') URL.revokeObjectURL(this.#address)
    this.#address = ''
    this.#place.replaceChildren()
    this.#place.hidden = true
  }

  #showMedia(kind: Exclude<Kind, 'text'>, file: SharedFile, content: Blob): void {
    this.#address = URL.createObjectURL(content)
    const address = this.#address
    const shown = mediaElement(kind, file.name)
    shown.addEventListener('error', () => {
      // A preview that has been replaced since also fails, as its address is gone.
      if (this.#address === address) this.#apologise()
    })
    shown.src = address
    this.#place.append(shown)
  }

  async #showText(content: Blob): Promise<void> {
    const shown = document.createElement('pre')
    // Scrolled with the arrow keys, so it must be able to have the focus.
    shown.tabIndex = 0
    shown.setAttribute('aria-label', 'The text of the file')
    this.#place.append(shown)
    try {
      shown.textContent = await content.slice(0, largestText).text()
    } catch {
      if (shown.isConnected) this.#apologise()
      return
    }
    if (content.size > largestText && shown.isConnected) {
      this.#place.append(textElement('p', 'fine', `The first ${formatBytes(largestText)} of it. Save it for the rest.`))
    }
  }

  #apologise(): void {
    this.#place.replaceChildren(textElement('p', 'fine', 'This browser cannot show the file. Saving it works.'))
  }
}

function mediaElement(
  kind: Exclude<Kind, 'text'>,
  name: string,
): HTMLImageElement | HTMLMediaElement | HTMLIFrameElement {
  if (kind === 'image') {
    const image = document.createElement('img')
    image.alt = `Preview of ${name}`
    return image
  }
  if (kind === 'pdf') {
    const frame = document.createElement('iframe')
    frame.title = `Preview of ${name}`
    return frame
  }
  const media = document.createElement(kind)
  media.controls = true
  media.preload = 'metadata'
  media.setAttribute('aria-label', `Preview of ${name}`)
  return media
}
