import type { Item } from '../../core/catalog/shares.ts'
import { addColumn, firstOf } from './rows.ts'

/** Bytes of a row; the platform takes rows of 2 MB. */
export const CHUNK = 1_048_576

/** The metadata that releases name by its SHA-256, in the object's SQLite. */
export class MetadataStorage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS metadata (
        sha256 TEXT PRIMARY KEY, length INTEGER NOT NULL, paths TEXT NOT NULL, is_complete INTEGER NOT NULL DEFAULT 1,
        network TEXT NOT NULL DEFAULT ''
      );
      CREATE TABLE IF NOT EXISTS chunks (
        sha256 TEXT NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (sha256, position)
      );
    `)
    addColumn(sql, 'metadata', 'is_complete', 'INTEGER NOT NULL DEFAULT 1')
    if (addColumn(sql, 'metadata', 'network', "TEXT NOT NULL DEFAULT ''")) {
      // Nobody knows who stored it: each counts as a network's of its own.
      sql.exec("UPDATE metadata SET network = '?' || sha256")
    }
  }

  /** Bytes of all that is stored or reserved. */
  total(): number {
    return this.#sql.exec<{ total: number }>('SELECT TOTAL(length) AS total FROM metadata').one().total
  }

  /** All that is stored or reserved, the longest first. */
  items(): Item[] {
    const rows = this.#sql.exec<{ id: string; network: string; amount: number }>(
      'SELECT sha256 AS id, network, length AS amount FROM metadata ORDER BY length DESC',
    )
    return rows.toArray()
  }

  /** `null` for what is not, or not all, here. */
  lengthOf(sha256: string): number | null {
    const query = 'SELECT length FROM metadata WHERE sha256 = ? AND is_complete = 1'
    return firstOf(this.#sql.exec<{ length: number }>(query, sha256))?.length ?? null
  }

  /** The paths of the files, as a text to be found by; empty while the metadata is not here. */
  pathsOf(sha256: string): string {
    return (
      firstOf(this.#sql.exec<{ paths: string }>('SELECT paths FROM metadata WHERE sha256 = ?', sha256))?.paths ?? ''
    )
  }

  chunkOf(sha256: string, position: number): ArrayBuffer | null {
    return (
      firstOf(
        this.#sql.exec<{ bytes: ArrayBuffer }>(
          'SELECT bytes FROM chunks WHERE sha256 = ? AND position = ?',
          sha256,
          position,
        ),
      )?.bytes ?? null
    )
  }

  /** Whether it is here, or reserved. */
  has(sha256: string): boolean {
    return firstOf(this.#sql.exec('SELECT 1 FROM metadata WHERE sha256 = ?', sha256)) !== null
  }

  /** Keeps room for what is about to come. Until it is complete it is not served, and takes room. */
  reserve(sha256: string, length: number, network: string): void {
    this.#sql.exec(
      "INSERT INTO metadata (sha256, length, paths, is_complete, network) VALUES (?, ?, '', 0, ?)",
      sha256,
      length,
      network,
    )
  }

  /** Stores nothing if the room for it was given to others meanwhile. */
  storeChunk(sha256: string, position: number, bytes: Uint8Array): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO chunks SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM metadata WHERE sha256 = ?1)',
      sha256,
      position,
      bytes,
    )
  }

  /** Says that all chunks have come. Returns whether they are here. */
  complete(sha256: string, paths: string): boolean {
    const completed = this.#sql.exec(
      `UPDATE metadata SET is_complete = 1, paths = ?2 WHERE sha256 = ?1
       AND length = (SELECT TOTAL(LENGTH(bytes)) FROM chunks WHERE sha256 = ?1)`,
      sha256,
      paths,
    )
    return completed.rowsWritten > 0
  }

  /** Drops all of it, and what was stored of it if it never became complete. */
  drop(sha256: string): void {
    this.#sql.exec('DELETE FROM metadata WHERE sha256 = ?', sha256)
    this.#sql.exec('DELETE FROM chunks WHERE sha256 = ?', sha256)
  }
}
