import type { Report } from '../../../protocol/content/report.ts'
import { firstOf } from './rows.ts'

/** What peers have reported, summed up: as reported, for nobody can verify it. */
export interface Reported {
  readonly bytesFromPeers: number
  readonly bytesFromOrigin: number
  readonly bytesFromDisk: number
  readonly reports: number
}

/** The sums of reports, in the object's SQLite. They count from the first one on, and stop at what a number holds. */
export class ReportStorage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS reported (
        only INTEGER PRIMARY KEY, peers INTEGER NOT NULL, origin INTEGER NOT NULL, disk INTEGER NOT NULL,
        reports INTEGER NOT NULL
      )
    `)
  }

  add({ fromPeers, fromOrigin, fromDisk }: Report): void {
    const sum = (column: string): string => `MIN(${Number.MAX_SAFE_INTEGER}, ${column} + excluded.${column})`
    this.#sql.exec(
      `INSERT INTO reported VALUES (1, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET
         peers = ${sum('peers')}, origin = ${sum('origin')}, disk = ${sum('disk')}, reports = reports + 1`,
      fromPeers,
      fromOrigin,
      fromDisk,
    )
  }

  total(): Reported {
    const row = firstOf(
      this.#sql.exec<{ peers: number; origin: number; disk: number; reports: number }>('SELECT * FROM reported'),
    )
    const { peers, origin, disk, reports } = row ?? { peers: 0, origin: 0, disk: 0, reports: 0 }
    return { bytesFromPeers: peers, bytesFromOrigin: origin, bytesFromDisk: disk, reports }
  }
}
