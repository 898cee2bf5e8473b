import { element } from '../base/dom.ts'

export type Chosen = { kind: 'files'; files: File[] } | { kind: 'nothing'; reason: string }

/** Hands over files from the button, from a drop anywhere on the page and from pasting, while `isOpen`. */
export function watchForFiles(isOpen: () => boolean, onChosen: (chosen: Chosen) => void): void {
  const input = element('file-input', HTMLInputElement)
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])]
    // Emptied, or choosing the same file a second time would not count as a change.
    input.value = ''
    if (files.length > 0) onChosen(check(files))
  })
  watchDrops(isOpen, onChosen)
  document.addEventListener('paste', (event) => {
    const files = [...(event.clipboardData?.files ?? [])]
    if (isOpen() && files.length > 0) onChosen(check(files))
  })
}

function watchDrops(isOpen: () => boolean, onChosen: (chosen: Chosen) => void): void {
  const zone = element('drop', HTMLElement)
  // The whole page takes the drop, as a file that misses the zone would make the browser leave the page.
  document.addEventListener('dragover', (event) => {
    event.preventDefault()
    const welcome = isOpen() && (event.dataTransfer?.types.includes('Files') ?? false)
    if (event.dataTransfer) event.dataTransfer.dropEffect = welcome ? 'copy' : 'none'
    zone.classList.toggle('is-over', welcome)
  })
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) zone.classList.remove('is-over')
  })
  document.addEventListener('drop', (event) => {
    event.preventDefault()
    zone.classList.remove('is-over')
    if (!isOpen() || !event.dataTransfer || event.dataTransfer.files.length === 0) return
    onChosen(holdsFolder(event.dataTransfer) ? folderRefused : check([...event.dataTransfer.files]))
  })
}

const folderRefused: Chosen = {
  kind: 'nothing',
  reason: 'A folder cannot be shared as it is. Drop the files in it, or a zip of it.',
}

function holdsFolder(dropped: DataTransfer): boolean {
  return [...dropped.items].some((item) => item.webkitGetAsEntry()?.isDirectory ?? false)
}

function check(files: File[]): Chosen {
  const length = files.reduce((sum, file) => sum + file.size, 0)
  if (length > 0) return { kind: 'files', files }
  return { kind: 'nothing', reason: 'There is nothing in that file, so there is nothing to share.' }
}
