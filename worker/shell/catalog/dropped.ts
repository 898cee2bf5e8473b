import type { Known } from '../../../protocol/content/trust.ts'
import { firstOf } from './rows.ts'

/**
 * What the last channels knew that were dropped to make room, in the object's SQLite: a stranger may publish an old
 * release of such a channel again, and new followers would take it for the newest.
 */
export class DroppedStorage {
  readonly #sql: SqlStorage
  readonly #most: number

  /** @param most how many are remembered */
  constructor(sql: SqlStorage, most: number) {
    this.#sql = sql
    this.#most = most
    sql.exec(`
      CREATE TABLE IF NOT EXISTS dropped (
        id INTEGER PRIMARY KEY, publisher TEXT NOT NULL, channel TEXT NOT NULL, number INTEGER NOT NULL,
        digest TEXT NOT NULL, next_key TEXT NOT NULL, UNIQUE (publisher, channel)
      )
    `)
  }

  find(publisher: string, channel: string): Known | null {
    const row = firstOf(
      this.#sql.exec<{ number: number; digest: string; next_key: string }>(
        'SELECT number, digest, next_key FROM dropped WHERE publisher = ? AND channel = ?',
        publisher,
        channel,
      ),
    )
    return row && { number: row.number, digest: row.digest, key: row.next_key }
  }

  /** Remembers a channel that is about to be dropped, and forgets what was dropped so many channels before it. */
  remember(channelId: number): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO dropped (publisher, channel, number, digest, next_key)
       SELECT publisher, channel, number, digest, next_key FROM channels WHERE id = ?`,
      channelId,
    )
    // By id, and not by count: to count them would read them all.
    this.#sql.exec('DELETE FROM dropped WHERE id <= (SELECT MAX(id) FROM dropped) - ?', this.#most)
  }
}
