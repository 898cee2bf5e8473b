/** Does something with each item, so many at once. The first failure ends it, once all that had begun have settled. */
export async function inParallel<Item>(
  items: Iterable<Item>,
  atOnce: number,
  action: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  let hasFailed = false
  async function work(): Promise<void> {
    for (let next = iterator.next(); !next.done && !hasFailed; next = iterator.next()) {
      try {
        await action(next.value)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: atOnce }, work))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
