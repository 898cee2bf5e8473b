import { decodeRelease, type Release } from '../../../protocol/content/release.ts'
import { MOST_FOUND } from '../../core/catalog/search.ts'

/** A release as a search tells it; `publisher` and `channel` make its link. */
export type Found = Pick<
  Release,
  | 'publisher'
  | 'channel'
  | 'version'
  | 'number'
  | 'published'
  | 'expires'
  | 'name'
  | 'summary'
  | 'tags'
  | 'infoHash'
  | 'bytes'
  | 'files'
>

/** The newest releases of public channels, by the words in them: an FTS5 table whose rows are named by channel. */
export class SearchStorage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE VIRTUAL TABLE IF NOT EXISTS search USING fts5 (
        name, summary, tags, channel, version, paths, tokenize = 'unicode61 remove_diacritics 2'
      )
    `)
  }

  /** @param paths of the files, as a text */
  put(id: number, { name, summary, tags, channel, version }: Release, paths: string): void {
    this.drop(id)
    this.#sql.exec(
      'INSERT INTO search (rowid, name, summary, tags, channel, version, paths) VALUES (?, ?, ?, ?, ?, ?, ?)',
      id,
      name,
      summary,
      tags.join('\n'),
      channel,
      version,
      paths,
    )
  }

  drop(id: number): void {
    this.#sql.exec('DELETE FROM search WHERE rowid = ?', id)
  }

  /**
   * The best first: a word of the name counts most, one of a path least. The weights are guesses.
   *
   * @param expression of FTS5; `null` finds all, the newest first
   */
  find(expression: string | null, now: number): Found[] {
    const newest = 'JOIN releases r ON r.channel_id = c.id AND r.number = c.number'
    const rows =
      expression === null
        ? this.#sql.exec<{ text: string }>(
            `SELECT r.text FROM channels c ${newest} WHERE c.is_public = 1 AND c.expires > ?
             ORDER BY c.published DESC LIMIT ?`,
            now,
            MOST_FOUND,
          )
        : this.#sql.exec<{ text: string }>(
            `SELECT r.text FROM search JOIN channels c ON c.id = search.rowid ${newest}
             WHERE search MATCH ? AND c.expires > ? ORDER BY bm25(search, 10, 3, 5, 4, 2, 1) LIMIT ?`,
            expression,
            now,
            MOST_FOUND,
          )
    return Array.from(rows, ({ text }) => foundOf(text)).filter((found) => found !== null)
  }
}

function foundOf(text: string): Found | null {
  const release = decodeRelease(text)
  if (!release) return null
  const { publisher, channel, version, number, published, expires, name, summary, tags, infoHash, bytes, files } =
    release
  return { publisher, channel, version, number, published, expires, name, summary, tags, infoHash, bytes, files }
}
