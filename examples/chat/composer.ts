import { element } from '../base/dom.ts'
import { MAX_NAME, MAX_TEXT, readName } from './protocol.ts'

/**
 * The field that messages are written in: Enter sends, Shift and Enter begin a line.
 *
 * @param onMessage says whether it takes the message; if not, it stays in the field
 */
export function watchComposer(onMessage: (text: string) => boolean): void {
  const form = element('composer', HTMLFormElement)
  const field = element('text', HTMLTextAreaElement)
  field.maxLength = MAX_TEXT
  const send = () => {
    const text = field.value.trim()
    if (text !== '' && onMessage(text)) field.value = ''
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send()
    field.focus()
  })
  field.addEventListener('keydown', (event) => {
    // While an input method composes a word, Enter ends the word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    send()
  })
}

/** The field with the person's own name; what is given takes effect when the field is left, or at Enter. */
export function watchName(name: string, onName: (name: string) => void): void {
  const field = element('name', HTMLInputElement)
  field.maxLength = MAX_NAME
  field.value = name
  let current = name
  field.addEventListener('change', () => {
    const given = readName(field.value) ?? current
    field.value = given
    if (given === current) return
    current = given
    onName(given)
  })
  field.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') field.blur()
  })
}
