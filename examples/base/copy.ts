import { element, setText } from './dom.ts'

const confirmFor = 2_000

/** Makes the copy button work, also where the page may not touch the clipboard. */
export function watchCopyButton(say: (text: string) => void): void {
  const field = element('link', HTMLInputElement)
  const copy = element('copy', HTMLButtonElement)
  let timer: ReturnType<typeof setTimeout> | undefined

  field.addEventListener('focus', () => {
    field.select()
  })
  copy.addEventListener('click', () => {
    void copyText(field).then((copied) => {
      setText(copy, copied ? 'Copied' : 'Selected')
      say(copied ? 'Link copied' : 'Link selected. Copy it with the keyboard.')
      clearTimeout(timer)
      timer = setTimeout(() => {
        setText(copy, 'Copy link')
      }, confirmFor)
    })
  })
}

async function copyText(field: HTMLInputElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(field.value)
    return true
  } catch {
    // Missing without https, or not allowed: the selected text is one keystroke from copied.
    field.focus()
    field.select()
    return false
  }
}
