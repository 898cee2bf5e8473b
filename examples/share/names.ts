// File systems take 255 bytes of a name, and a release 128 characters; what is left is for the words added to it.
const longestName = 200
const longestTitle = 100
// As an extension says what kind of file it is.
const endOfName = 20

/** What Windows refuses in a name, and control characters, which nobody wants to see in one. */
const refused = /[/\\:*?"<>|\p{Cc}]/gu
const device = /^(con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?= *(?:\.|$))/i
/** Names that a release keeps for itself. */
const kept = /^\.(edgeswarm|pad)$/i

/** A name that every system takes for a file, as like the given one as can be. */
function safeName(name: string): string {
  const clean = name
    .toWellFormed()
    .normalize('NFC')
    .replace(refused, '_')
    .replace(/[. ]+$/, '')
  const safe = clean.replace(device, '$1_').replace(kept, '_$1')
  return safe === '' ? 'file' : shorten(safe, (text) => new TextEncoder().encode(text).length <= longestName)
}

/** Names for files that come together: no two are one where upper and lower case are the same. */
export function safeNames(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const wanted = safeName(name)
    let given = wanted
    for (let number = 2; taken.has(fold(given)); number += 1) given = numbered(wanted, number)
    taken.add(fold(given))
    return given
  })
}

/** What files with these safe names are called together. */
export function titleOf([first = 'file', ...rest]: readonly string[]): string {
  const shown = shorten(first, (text) => text.length <= longestTitle)
  return rest.length > 0 ? `${shown} and ${String(rest.length)} more` : shown
}

/** The folder that other clients put them in: not called as a file that it holds, which would be in the way of one. */
export function folderOf(names: readonly string[]): string {
  const title = titleOf(names)
  return names.length === 1 ? stemOf(title)[0] : title
}

const fold = (name: string): string => name.toUpperCase().toLowerCase().normalize('NFC')

function numbered(name: string, number: number): string {
  const [stem, extension] = stemOf(name)
  return `${stem} (${String(number)})${extension}`
}

function stemOf(name: string): [stem: string, extension: string] {
  const [, stem = name, extension = ''] = /^(.+?)(\.[^.]*)?$/.exec(name) ?? []
  // A stem that ends in a dot or a space is no name for a folder of Windows.
  return /[. ]$/.test(stem) ? [name, ''] : [stem, extension]
}

/** Cuts a name in its middle, until it fits. */
function shorten(name: string, fits: (text: string) => boolean): string {
  const characters = Array.from(name)
  const end = characters.slice(-endOfName).join('')
  let shown = name
  for (let length = characters.length - endOfName; length > 0 && !fits(shown); length -= 1) {
    shown = `${characters.slice(0, length - 1).join('')}…${end}`
  }
  return shown
}
