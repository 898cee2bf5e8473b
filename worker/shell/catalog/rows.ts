/** The first row of a query; `null` if it found none. */
export function firstOf<Row extends Record<string, SqlStorageValue>>(rows: SqlStorageCursor<Row>): Row | null {
  const { done, value } = rows.next()
  return done ? null : value
}
