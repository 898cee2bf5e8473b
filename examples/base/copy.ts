import { element, setText } from './dom.ts'

const confirmFor = 2_000

/**
 * Makes a copy button work, also where the page may not touch the clipboard.
 *
 * @param from the id of the field that is copied
 * @param by the id of the button
 */
export function watchCopyButton(say: (text: string) => void, from = 'link', by = 'copy'): void {
  const field = element(from, HTMLInputElement)
  const copy = element(by, HTMLButtonElement)
  const words = copy.textContent
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
        setText(copy, words)
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
