import { fitsUtf8 } from './text.ts'

/** What file systems of our time take of a name (ext4, APFS, NTFS: 255), in bytes of UTF-8. */
const LONGEST_SEGMENT = 255
/** Linux's PATH_MAX, in bytes of UTF-8. */
const LONGEST_PATH = 4096
/** Names in a path: each is looked up as a folder. A guess: twice what deep trees of packages have. */
const MOST_SEGMENTS = 64

const CONTROL = /\p{Cc}/u
// What Windows refuses; ":" would name a stream of a file there.
const REFUSED = /[/\\:*?"<>|]/
// Devices of Windows, whatever extension follows (Microsoft, "Naming Files, Paths, and Namespaces").
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i
/** The first segments that are kept for us: the state of an installation, and padding (BEP 47). */
const OURS: ReadonlySet<string> = new Set(['.edgeswarm', '.pad'])

/**
 * Why a file of a release can't have this path, as a sentence that names it; `null` if it can, on every system
 * (rule U7).
 *
 * @param segments the names of its folders and its own
 */
export function checkPath(segments: readonly string[]): string | null {
  const path = segments.join('/')
  if (segments.length === 0) return 'a path is empty'
  if (segments.length > MOST_SEGMENTS) return `${JSON.stringify(path)} has more than ${MOST_SEGMENTS} names in it`
  for (const segment of segments) {
    const problem = problemOf(segment)
    if (problem) return `${JSON.stringify(path)} ${problem}`
  }
  if (!fitsUtf8(path, LONGEST_PATH)) return `${JSON.stringify(path)} is longer than ${LONGEST_PATH} bytes`
  return null
}

function problemOf(segment: string): string | null {
  if (segment === '') return 'has an empty name in it'
  if (segment === '.' || segment === '..') return `has "${segment}" in it`
  if (!segment.isWellFormed()) return 'is no Unicode text'
  if (CONTROL.test(segment)) return 'has a control character in it'
  const refused = REFUSED.exec(segment)
  if (refused) return `has ${JSON.stringify(refused[0])} in a name, which not every system takes`
  if (/[. ]$/.test(segment)) return 'has a name that ends in a dot or a space, which Windows drops'
  if (DEVICE.test(segment)) return 'has the name of a device of Windows in it'
  if (!fitsUtf8(segment, LONGEST_SEGMENT)) return `has a name longer than ${LONGEST_SEGMENT} bytes`
  if (segment !== segment.normalize('NFC')) return 'is not in normal form C of Unicode'
  return null
}

/**
 * Why files of these paths can't be together in a release; `null` if they can (rule U7).
 *
 * @param paths each joined by `/`
 */
export function checkPaths(paths: readonly string[]): string | null {
  const files = new Map<string, string>()
  for (const path of paths) {
    const segments = path.split('/')
    const problem = checkPath(segments)
    if (problem) return problem
    if (OURS.has(fold(segments[0] ?? ''))) return `${JSON.stringify(path)} begins with a name that Edgeswarm keeps`
    const folded = fold(path)
    const other = files.get(folded)
    if (other !== undefined) {
      return `${JSON.stringify(other)} and ${JSON.stringify(path)} are one file where upper and lower case are the same`
    }
    files.set(folded, path)
  }
  for (const [folded, path] of files) {
    for (let end = folded.indexOf('/'); end !== -1; end = folded.indexOf('/', end + 1)) {
      const file = files.get(folded.slice(0, end))
      if (file !== undefined) return `${JSON.stringify(file)} is a file, and the folder of ${JSON.stringify(path)}`
    }
  }
  return null
}

// Upper case first: ς and σ are one letter.
const fold = (text: string): string => text.toUpperCase().toLowerCase().normalize('NFC')

/** The order of files in a release: by the bytes of their paths in UTF-8, which is that of code points. */
export function comparePaths(one: string, other: string): number {
  const least = Math.min(one.length, other.length)
  let at = 0
  while (at < least && one.charCodeAt(at) === other.charCodeAt(at)) at++
  if (at === least) return one.length - other.length
  return rank(one.charCodeAt(at)) - rank(other.charCodeAt(at))
}

// In UTF-16 surrogates come before U+E000–FFFF, and what they stand for comes after.
const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800)
