import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebTorrent, { type Options, type Torrent } from 'webtorrent'

/**
 * A stock webtorrent client that meets others through the tracker only, and speaks WebRTC over loopback.
 *
 * In Node it takes five seconds to make an offer, and five to answer one: it waits for an end of ICE gathering
 * that its WebRTC never tells. And two clients of one process share the socket of an announce URL.
 */
export class TestClient implements AsyncDisposable {
  readonly #client: WebTorrent
  /** Where its files are: in webtorrent's own folder all clients and runs on a machine would write to the same ones. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'edgeswarm-'))

  constructor(options: Options = {}) {
    this.#client = new WebTorrent({
      dht: false,
      lsd: false,
      natUpnp: false,
      natPmp: false,
      utPex: false,
      tracker: { rtcConfig: { iceServers: [] } },
      ...options,
    })
  }

  get peerId(): string {
    return this.#client.peerId
  }

  /** Seeds the bytes; settles when the torrent is ready to serve. */
  seed(bytes: Uint8Array, name: string, announce: string): Promise<Torrent> {
    return new Promise((resolve, reject) => {
      this.#client.once('error', reject)
      this.#client.seed(Buffer.from(bytes), { name, announceList: [[announce]], path: this.#folder }, resolve)
    })
  }

  add(magnet: string): Torrent {
    return this.#client.add(magnet, { path: this.#folder })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#client.destroy((error) => {
        if (error) reject(error instanceof Error ? error : new Error(error))
        else resolve()
      })
    })
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** All bytes of a torrent's only file, once it is complete. */
export async function received(torrent: Torrent): Promise<Uint8Array> {
  if (!torrent.done) await once(torrent, 'done')
  const [file] = torrent.files
  if (!file) throw new Error('The torrent has no file.')
  const chunks: Uint8Array[] = []
  for await (const chunk of file) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export const magnetOf = (infoHash: string, announce: string): string =>
  `magnet:?xt=urn:btih:${infoHash}&tr=${encodeURIComponent(announce)}`

/** The info hash that a seeder of these bytes will have, for a leecher that is to start before it. */
export async function infoHashOf(bytes: Uint8Array, name: string): Promise<string> {
  await using client = new TestClient({ tracker: false })
  const { infoHash } = await client.seed(bytes, name, 'ws://127.0.0.1:1/announce')
  return infoHash
}
