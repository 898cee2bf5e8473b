import { decodeRelease, type Release } from '../../../protocol/content/release.ts'
import type { Sealed } from '../../../protocol/content/sealed.ts'
import type { Known } from '../../../protocol/content/trust.ts'
import type { Verified } from '../../core/catalog/publish.ts'

import { firstOf } from './rows.ts'

/** The metadata of this many of a channel's newest releases is kept: who is behind by one can still finish it. */
const WITH_METADATA = 2

/** A release as a list of them tells it. */
export type ReleaseSummary = Pick<
  Release,
  'number' | 'version' | 'published' | 'expires' | 'summary' | 'infoHash' | 'bytes' | 'files'
> & { readonly digest: string }

export interface Channel {
  readonly id: number
  readonly known: Known
}

/** The channels of a catalogue and their releases, in the object's SQLite. */
export class ChannelStorage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS channels (
        id INTEGER PRIMARY KEY, publisher TEXT NOT NULL, channel TEXT NOT NULL, number INTEGER NOT NULL,
        digest TEXT NOT NULL, next_key TEXT NOT NULL, published INTEGER NOT NULL, expires INTEGER NOT NULL,
        is_public INTEGER NOT NULL, UNIQUE (publisher, channel)
      );
      CREATE INDEX IF NOT EXISTS channels_by_expiry ON channels (expires);
      CREATE INDEX IF NOT EXISTS channels_by_age ON channels (is_public, published);
      CREATE TABLE IF NOT EXISTS releases (
        channel_id INTEGER NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, text TEXT NOT NULL,
        signature TEXT NOT NULL, hands_over INTEGER NOT NULL, metadata_sha256 TEXT NOT NULL,
        metadata_length INTEGER NOT NULL, keeps_metadata INTEGER NOT NULL, UNIQUE (channel_id, number)
      );
      CREATE INDEX IF NOT EXISTS releases_by_metadata ON releases (metadata_sha256) WHERE keeps_metadata = 1;
    `)
  }

  find(publisher: string, channel: string): Channel | null {
    const row = firstOf(
      this.#sql.exec<{ id: number; number: number; digest: string; next_key: string }>(
        'SELECT id, number, digest, next_key FROM channels WHERE publisher = ? AND channel = ?',
        publisher,
        channel,
      ),
    )
    return row && { id: row.id, known: { number: row.number, digest: row.digest, key: row.next_key } }
  }

  count(): number {
    return this.#sql.exec<{ count: number }>('SELECT COUNT(*) AS count FROM channels').one().count
  }

  countOf(publisher: string): number {
    const query = 'SELECT COUNT(*) AS count FROM channels WHERE publisher = ?'
    return firstOf(this.#sql.exec<{ count: number }>(query, publisher))?.count ?? 0
  }

  handOversOf({ id }: Channel): Sealed[] {
    return this.#sealed(
      'SELECT text, signature FROM releases WHERE channel_id = ? AND hands_over = 1 ORDER BY number',
      id,
    )
  }

  /** What the channel serves: all that handed over, and the newest. */
  feedOf({ id, known }: Channel): Sealed[] {
    return this.#sealed(
      'SELECT text, signature FROM releases WHERE channel_id = ? AND (hands_over = 1 OR number = ?) ORDER BY number',
      id,
      known.number,
    )
  }

  sealedOf({ id }: Channel, number: number): (Sealed & { readonly digest: string }) | null {
    const row = firstOf(
      this.#sql.exec<{ text: string; signature: string; digest: string }>(
        'SELECT text, signature, digest FROM releases WHERE channel_id = ? AND number = ?',
        id,
        number,
      ),
    )
    return row && { release: row.text, signature: row.signature, digest: row.digest }
  }

  /** The newest first. */
  historyOf({ id }: Channel): ReleaseSummary[] {
    const rows = this.#sql.exec<{ text: string; digest: string }>(
      'SELECT text, digest FROM releases WHERE channel_id = ? ORDER BY number DESC',
      id,
    )
    return Array.from(rows, ({ text, digest }) => summaryOf(text, digest)).filter((summary) => summary !== null)
  }

  /** Makes the last of the releases the newest one of the channel. Returns the channel's id. */
  store(publisher: string, channel: string, added: readonly Verified[], newest: Verified, known: Known): number {
    const { release } = newest
    const { id } = this.#sql
      .exec<{ id: number }>(
        `INSERT INTO channels (publisher, channel, number, digest, next_key, published, expires, is_public)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET number = excluded.number, digest = excluded.digest, next_key = excluded.next_key,
           published = excluded.published, expires = excluded.expires, is_public = excluded.is_public
         RETURNING id`,
        publisher,
        channel,
        known.number,
        known.digest,
        known.key,
        release.published,
        release.expires,
        release.isPublic ? 1 : 0,
      )
      .one()
    for (const one of added) this.#insert(id, one)
    return id
  }

  /**
   * Drops what is older than so many releases, but for what handed over. Returns the SHA-256s of metadata that the
   * channel no longer keeps.
   */
  trim(id: number, history: number): string[] {
    const nth = 'SELECT number FROM releases WHERE channel_id = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2 - 1'
    const left = this.#sql.exec<{ metadata_sha256: string }>(
      `UPDATE releases SET keeps_metadata = 0 WHERE channel_id = ?1 AND keeps_metadata = 1 AND number < (${nth})
       RETURNING metadata_sha256`,
      id,
      WITH_METADATA,
    )
    const sha256s = Array.from(left, (row) => row.metadata_sha256)
    this.#sql.exec(`DELETE FROM releases WHERE channel_id = ?1 AND hands_over = 0 AND number < (${nth})`, id, history)
    return sha256s
  }

  /** The channels whose newest release has expired, those that did so first first. */
  expired(now: number, most: number): number[] {
    const rows = this.#sql.exec<{ id: number }>(
      'SELECT id FROM channels WHERE expires <= ? ORDER BY expires LIMIT ?',
      now,
      most,
    )
    return Array.from(rows, ({ id }) => id)
  }

  /** Drops a channel. Returns the SHA-256s of metadata that it no longer keeps. */
  drop(id: number): string[] {
    const rows = this.#sql.exec<{ metadata_sha256: string; keeps_metadata: number }>(
      'DELETE FROM releases WHERE channel_id = ? RETURNING metadata_sha256, keeps_metadata',
      id,
    )
    const left = Array.from(rows).filter((row) => row.keeps_metadata === 1)
    this.#sql.exec('DELETE FROM channels WHERE id = ?', id)
    return left.map((row) => row.metadata_sha256)
  }

  /**
   * How long the metadata of this SHA-256 is at most, by the releases whose metadata is kept; `null` if none names it.
   * Anybody may say a length of it, and only the SHA-256 tells who is right.
   */
  lengthOfMetadata(sha256: string): number | null {
    const query = 'SELECT MAX(metadata_length) AS length FROM releases WHERE metadata_sha256 = ? AND keeps_metadata = 1'
    return firstOf(this.#sql.exec<{ length: number | null }>(query, sha256))?.length ?? null
  }

  /** The public channels whose newest release has this metadata, and these releases. */
  newestWith(sha256: string): { readonly id: number; readonly release: Release }[] {
    const rows = this.#sql.exec<{ id: number; text: string }>(
      `SELECT c.id, r.text FROM releases r JOIN channels c ON c.id = r.channel_id AND c.number = r.number
       WHERE r.metadata_sha256 = ? AND r.keeps_metadata = 1 AND c.is_public = 1`,
      sha256,
    )
    return Array.from(rows, ({ id, text }) => ({ id, release: decodeRelease(text) })).filter(hasRelease)
  }

  #insert(id: number, { release, digest, text, signature }: Verified): void {
    this.#sql.exec(
      'INSERT INTO releases VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)',
      id,
      release.number,
      digest,
      text,
      signature,
      release.successor === null ? 0 : 1,
      release.metadata.sha256,
      release.metadata.length,
    )
  }

  #sealed(query: string, ...parameters: number[]): Sealed[] {
    const rows = this.#sql.exec<{ text: string; signature: string }>(query, ...parameters)
    return Array.from(rows, ({ text, signature }) => ({ release: text, signature }))
  }
}

const hasRelease = <One extends { release: Release | null }>(one: One): one is One & { release: Release } =>
  one.release !== null

function summaryOf(text: string, digest: string): ReleaseSummary | null {
  const release = decodeRelease(text)
  if (!release) return null
  const { number, version, published, expires, summary, infoHash, bytes, files } = release
  return { number, version, published, expires, summary, infoHash, bytes, files, digest }
}
