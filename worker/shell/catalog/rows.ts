/** The first row of a query; `null` if it found none. */
export function firstOf<Row extends Record<string, SqlStorageValue>>(rows: SqlStorageCursor<Row>): Row | null {
  const { done, value } = rows.next()
  return done ? null : value
}

/** Adds a column to a table that an older build made without it. Returns whether it was not there. */
export function addColumn(sql: SqlStorage, table: string, column: string, definition: string): boolean {
  const columns = sql.exec<{ name: string }>(`PRAGMA table_info(${table})`).toArray()
  if (columns.some(({ name }) => name === column)) return false
  sql.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${definition}`)
  return true
}
