/**
 * How many things a state holds: the items of all maps, sets and arrays in it, and of those in them. Bytes, and what is
 * signed, are one thing each.
 */
export function entriesOf(state: unknown): number {
  if (typeof state !== 'object' || state === null || state instanceof Uint8Array || 'signature' in state) return 0
  if (state instanceof Map) return state.size + entriesIn(state.values())
  if (state instanceof Set) return state.size
  if (Array.isArray(state)) return state.length + entriesIn(state)
  return entriesIn(Object.values(state))
}

function entriesIn(values: Iterable<unknown>): number {
  let entries = 0
  for (const value of values) entries += entriesOf(value)
  return entries
}
