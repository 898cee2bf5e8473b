import { firstOf } from './rows.ts'

/** Bytes of a row; the platform takes rows of 2 MB. */
export const CHUNK = 1_048_576

/** The metadata that releases name by its SHA-256, in the object's SQLite. */
export class MetadataStorage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS metadata (
        sha256 TEXT PRIMARY KEY, length INTEGER NOT NULL, paths TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS chunks (
        sha256 TEXT NOT NULL, position INTEGER NOT NULL, bytes BLOB NOT NULL, UNIQUE (sha256, position)
      );
    `)
  }

  /** Bytes of all that is stored. */
  total(): number {
    return this.#sql.exec<{ total: number }>('SELECT TOTAL(length) AS total FROM metadata').one().total
  }

  lengthOf(sha256: string): number | null {
    return (
      firstOf(this.#sql.exec<{ length: number }>('SELECT length FROM metadata WHERE sha256 = ?', sha256))?.length ??
      null
    )
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

  storeChunk(sha256: string, position: number, bytes: Uint8Array): void {
    this.#sql.exec('INSERT OR REPLACE INTO chunks VALUES (?, ?, ?)', sha256, position, bytes)
  }

  /** Says that all chunks are here. */
  complete(sha256: string, length: number, paths: string): void {
    this.#sql.exec('INSERT OR REPLACE INTO metadata VALUES (?, ?, ?)', sha256, length, paths)
  }

  /** Drops all of it, and what was stored of it if it never became complete. */
  drop(sha256: string): void {
    this.#sql.exec('DELETE FROM metadata WHERE sha256 = ?', sha256)
    this.#sql.exec('DELETE FROM chunks WHERE sha256 = ?', sha256)
  }
}
