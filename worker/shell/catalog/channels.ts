import { decodeRelease, type Release } from '../../../protocol/content/release.ts'
import type { Sealed } from '../../../protocol/content/sealed.ts'
import type { Known } from '../../../protocol/content/trust.ts'
import type { Verified } from '../../core/catalog/publish.ts'
import type { Share } from '../../core/catalog/shares.ts'
import { summaryOf } from '../../core/catalog/summary.ts'
import { addColumn, firstOf } from './rows.ts'

/** The metadata of this many of a channel's newest releases is kept: who is behind by one can still finish it. */
const WITH_METADATA = 2

/** Bytes of releases that are kept of a channel, beside those that handed over: 100 of 1.3 kB. A guess. */
const MAX_HISTORY_BYTES = 131_072

export interface Channel {
  readonly id: number
  readonly known: Known
}

/** Who stores a release, and when. */
export interface Origin {
  /** As `storedNetwork` names it. */
  readonly network: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** The channels of a catalogue and their releases, in the object's SQLite. */
export class ChannelStorage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage, now: number) {
    this.#sql = sql
    // What is short stands before the texts: to read past those costs pages.
    sql.exec(`
      CREATE TABLE IF NOT EXISTS channels (
        id INTEGER PRIMARY KEY, publisher TEXT NOT NULL, channel TEXT NOT NULL, number INTEGER NOT NULL,
        digest TEXT NOT NULL, next_key TEXT NOT NULL, published INTEGER NOT NULL, expires INTEGER NOT NULL,
        is_public INTEGER NOT NULL, network TEXT NOT NULL DEFAULT '', renewed INTEGER NOT NULL DEFAULT 0,
        UNIQUE (publisher, channel)
      );
      CREATE TABLE IF NOT EXISTS releases (
        channel_id INTEGER NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, hands_over INTEGER NOT NULL,
        metadata_sha256 TEXT NOT NULL, metadata_length INTEGER NOT NULL, keeps_metadata INTEGER NOT NULL,
        signature TEXT NOT NULL, summary TEXT, text TEXT NOT NULL, UNIQUE (channel_id, number)
      );
    `)
    addColumn(sql, 'releases', 'summary', 'TEXT')
    addColumn(sql, 'channels', 'renewed', 'INTEGER NOT NULL DEFAULT 0')
    if (addColumn(sql, 'channels', 'network', "TEXT NOT NULL DEFAULT ''")) {
      // Nobody knows who made them: each counts as a network of its own.
      sql.exec("UPDATE channels SET network = '?' || id, renewed = ?", now)
    }
    sql.exec(`
      CREATE INDEX IF NOT EXISTS channels_by_expiry ON channels (expires);
      CREATE INDEX IF NOT EXISTS channels_by_age ON channels (is_public, published);
      CREATE INDEX IF NOT EXISTS channels_by_network ON channels (network, renewed);
      CREATE INDEX IF NOT EXISTS channels_by_renewal ON channels (renewed);
      CREATE INDEX IF NOT EXISTS releases_by_metadata ON releases (metadata_sha256) WHERE keeps_metadata = 1;
      CREATE INDEX IF NOT EXISTS releases_handing_over ON releases (channel_id, number) WHERE hands_over = 1;
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
  feedOf(channel: Channel): Sealed[] {
    const { number } = channel.known
    const handOvers = this.#sealed(
      'SELECT text, signature FROM releases WHERE channel_id = ? AND hands_over = 1 AND number < ? ORDER BY number',
      channel.id,
      number,
    )
    const newest = this.sealedOf(channel, number)
    return newest ? [...handOvers, newest] : handOvers
  }

  sealedOf({ id }: Channel, number: number): (Sealed & { readonly digest: string }) | null {
    const row = this.#row(id, number)
    return row && { release: row.text, signature: row.signature, digest: row.digest }
  }

  /** The summary of each release that is kept, as a text of JSON, the newest first. */
  historyOf({ id }: Channel): string[] {
    const rows = this.#sql.exec<{ number: number; summary: string | null }>(
      'SELECT number, summary FROM releases WHERE channel_id = ? ORDER BY number DESC',
      id,
    )
    return rows
      .toArray()
      .map(({ number, summary }) => summary ?? this.#summarise(id, number))
      .filter((summary) => summary !== null)
  }

  /** Makes the last of the releases the newest one of the channel. Returns the channel's id. */
  store(
    { publisher, channel }: { readonly publisher: string; readonly channel: string },
    { added, newest, known }: { readonly added: readonly Verified[]; readonly newest: Verified; readonly known: Known },
    { network, now }: Origin,
  ): number {
    const { release } = newest
    const { id } = this.#sql
      .exec<{ id: number }>(
        // Anybody may have published again what is known; what is newer comes from who holds the key.
        `INSERT INTO channels
           (publisher, channel, number, digest, next_key, published, expires, is_public, network, renewed)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET number = excluded.number, digest = excluded.digest, next_key = excluded.next_key,
           published = excluded.published, expires = excluded.expires, is_public = excluded.is_public,
           network = excluded.network, renewed = excluded.renewed
         RETURNING id`,
        publisher,
        channel,
        known.number,
        known.digest,
        known.key,
        release.published,
        release.expires,
        release.isPublic ? 1 : 0,
        network,
        now,
      )
      .one()
    for (const one of added) this.#insert(id, one)
    return id
  }

  /**
   * Drops what is older than so many releases, or than what may be kept of them, but for what handed over. Returns the
   * SHA-256s of metadata that the channel no longer keeps.
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
    const oldest = `SELECT MIN(number) FROM (
        SELECT number, ROW_NUMBER() OVER newest AS place, SUM(OCTET_LENGTH(text)) OVER newest AS bytes
        FROM releases WHERE channel_id = ?1 WINDOW newest AS (ORDER BY number DESC)
      ) WHERE place <= ?2 AND bytes <= ?3`
    this.#sql.exec(
      `DELETE FROM releases WHERE channel_id = ?1 AND hands_over = 0 AND number < (${oldest})`,
      id,
      history,
      MAX_HISTORY_BYTES,
    )
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

  /** How many channels count for each network. */
  shares(): Share[] {
    const rows = this.#sql.exec<{ network: string; amount: number }>(
      'SELECT network, COUNT(*) AS amount FROM channels GROUP BY network',
    )
    return rows.toArray()
  }

  /** The channel that was renewed longest ago; `null` if there is none. */
  renewedLongestAgo(): { readonly id: number; readonly renewed: number } | null {
    return firstOf(
      this.#sql.exec<{ id: number; renewed: number }>('SELECT id, renewed FROM channels ORDER BY renewed LIMIT 1'),
    )
  }

  /** The same of the channels that count for a network. */
  renewedLongestAgoOf(network: string): { readonly id: number; readonly renewed: number } | null {
    return firstOf(
      this.#sql.exec<{ id: number; renewed: number }>(
        'SELECT id, renewed FROM channels WHERE network = ? ORDER BY renewed LIMIT 1',
        network,
      ),
    )
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
      `INSERT INTO releases
         (channel_id, number, digest, hands_over, metadata_sha256, metadata_length, keeps_metadata, signature, summary, text)
       VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)`,
      id,
      release.number,
      digest,
      release.successor === null ? 0 : 1,
      release.metadata.sha256,
      release.metadata.length,
      signature,
      summaryOf(release, digest),
      text,
    )
  }

  /** Stores the summary of a release that an older build stored without it. */
  #summarise(id: number, number: number): string | null {
    const row = this.#row(id, number)
    const release = row && decodeRelease(row.text)
    if (!release) return null
    const summary = summaryOf(release, row.digest)
    this.#sql.exec('UPDATE releases SET summary = ? WHERE channel_id = ? AND number = ?', summary, id, number)
    return summary
  }

  #row(
    id: number,
    number: number,
  ): { readonly text: string; readonly signature: string; readonly digest: string } | null {
    return firstOf(
      this.#sql.exec<{ text: string; signature: string; digest: string }>(
        'SELECT text, signature, digest FROM releases WHERE channel_id = ? AND number = ?',
        id,
        number,
      ),
    )
  }

  #sealed(query: string, ...parameters: number[]): Sealed[] {
    const rows = this.#sql.exec<{ text: string; signature: string }>(query, ...parameters)
    return Array.from(rows, ({ text, signature }) => ({ release: text, signature }))
  }
}

const hasRelease = <One extends { release: Release | null }>(one: One): one is One & { release: Release } =>
  one.release !== null
