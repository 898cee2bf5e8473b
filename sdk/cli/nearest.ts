/** Changes of a letter that still count as a slip. A guess. */
const MOST_CHANGES = 2

/** The name that was most likely meant; `null` if none is near. */
export function nearest(text: string, names: readonly string[]): string | null {
  let best: string | null = null
  let least = Infinity
  for (const name of names) {
    const changes = name.startsWith(text) && text.length > 1 ? 0 : distance(text, name)
    if (changes < least) [best, least] = [name, changes]
  }
  // Of a short name two letters are most of it.
  return least <= Math.min(MOST_CHANGES, Math.floor(text.length / 2)) ? best : null
}

/** A sentence to add to a complaint: empty if nothing is near. */
export function suggestion(text: string, names: readonly string[]): string {
  const name = nearest(text, names)
  return name === null ? '' : ` Did you mean ${name}?`
}

/** Letters to put in, take out or change (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let from = 0; from < one.length; from++) {
    const next = [from + 1]
    for (let to = 0; to < other.length; to++) {
      const changed = (row[to] ?? 0) + (one[from] === other[to] ? 0 : 1)
      next.push(Math.min(changed, (row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
