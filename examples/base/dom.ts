/** The element of the page with this id, as the class the caller needs. */
export function element<Kind extends Element>(id: string, kind: abstract new () => Kind): Kind {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`The page has no ${kind.name} with the id ${id}`)
}

// Writing the same text again would make screen readers repeat it and lose a selection.
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text
}

export function setShown(target: HTMLElement, shown: boolean): void {
  if (target.hidden === shown) target.hidden = !shown
}

export function button(text: string, className: string, onPress: () => void): HTMLButtonElement {
  const made = document.createElement('button')
  made.type = 'button'
  made.className = className
  made.textContent = text
  made.addEventListener('click', onPress)
  return made
}

export function textElement(tag: 'p' | 'span' | 'td', className: string, text: string): HTMLElement {
  const made = document.createElement(tag)
  made.className = className
  made.textContent = text
  return made
}
