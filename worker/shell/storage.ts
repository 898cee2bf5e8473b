import { formatAddress, parseAddress } from '../../protocol/address.ts'
import type { Role } from '../../protocol/announce.ts'
import { type InfoHash, infoHashFromHex, peerIdFromHex, toHex } from '../../protocol/ids.ts'
import type { Effect, StoredPeer } from '../core/event.ts'

type StorageEffect = Extract<Effect, { type: 'storePeer' | 'deletePeer' | 'storeDownloads' }>

/** The part of a hub that outlives its memory: HTTP peers and completed downloads, in the object's SQLite. */
export class HubStorage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(`
      CREATE TABLE IF NOT EXISTS http_peers (
        info_hash TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL, peer_id TEXT NOT NULL,
        role TEXT NOT NULL, completed INTEGER NOT NULL, heard INTEGER NOT NULL,
        PRIMARY KEY (info_hash, address, port)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS downloads (info_hash TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
    `)
  }

  apply(effect: StorageEffect): void {
    switch (effect.type) {
      case 'storePeer':
        this.#storePeer(effect.peer)
        break
      case 'deletePeer':
        this.#sql.exec(
          'DELETE FROM http_peers WHERE info_hash = ? AND address = ? AND port = ?',
          toHex(effect.infoHash),
          formatAddress(effect.address),
          effect.port,
        )
        break
      case 'storeDownloads':
        this.#storeDownloads(effect.infoHash, effect.downloads)
        break
    }
  }

  *httpPeers(): Iterable<StoredPeer> {
    for (const row of this.#sql.exec<PeerRow>('SELECT * FROM http_peers')) {
      const infoHash = infoHashFromHex(row.info_hash)
      const peerId = peerIdFromHex(row.peer_id)
      const address = parseAddress(row.address)
      if (!infoHash || !peerId || !address) continue
      const { port, role, completed, heard } = row
      yield { infoHash, peerId, address, port, role, completed: completed === 1, heard }
    }
  }

  *downloads(): Iterable<readonly [InfoHash, number]> {
    for (const row of this.#sql.exec<{ info_hash: string; count: number }>('SELECT * FROM downloads')) {
      const infoHash = infoHashFromHex(row.info_hash)
      if (infoHash) yield [infoHash, row.count]
    }
  }

  #storePeer({ infoHash, address, port, peerId, role, completed, heard }: StoredPeer): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO http_peers VALUES (?, ?, ?, ?, ?, ?, ?)',
      toHex(infoHash),
      formatAddress(address),
      port,
      toHex(peerId),
      role,
      completed ? 1 : 0,
      heard,
    )
  }

  #storeDownloads(infoHash: InfoHash, downloads: number): void {
    if (downloads === 0) this.#sql.exec('DELETE FROM downloads WHERE info_hash = ?', toHex(infoHash))
    else this.#sql.exec('INSERT OR REPLACE INTO downloads VALUES (?, ?)', toHex(infoHash), downloads)
  }
}

type PeerRow = {
  info_hash: string
  address: string
  port: number
  peer_id: string
  role: Role
  completed: number
  heard: number
}
