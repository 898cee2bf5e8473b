/** Characters of a query that count, and words of it. Guesses. */
const LONGEST_QUERY = 200
const MOST_WORDS = 8
/** How many releases a search finds at most (rule U12). */
export const MOST_FOUND = 20

/** What SQLite's tokenizer `unicode61` takes for parts of a word. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu

/**
 * The query as an expression of FTS5: every word has to be there, or to begin one. `null` if there is no word in it.
 * Whatever was typed, the expression is right: words hold nothing but letters and digits, and stand in quotes.
 */
export function matchExpression(query: string): string | null {
  const words = query.slice(0, LONGEST_QUERY).toWellFormed().normalize('NFC').match(WORD) ?? []
  return words.length === 0
    ? null
    : words
        .slice(0, MOST_WORDS)
        .map((word) => `"${word}" *`)
        .join(' ')
}

/** Characters of file paths that a release is found by. A guess: 2,000 files; the platform ends at 2 MB. */
const LONGEST_INDEXED = 100_000

/** The paths of files as a text to be found by. */
export function indexedPaths(paths: readonly string[]): string {
  let text = ''
  for (const path of paths) {
    if (text.length + path.length >= LONGEST_INDEXED) break
    text += `${path}\n`
  }
  return text
}
