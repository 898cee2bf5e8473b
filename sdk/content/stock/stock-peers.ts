import type WebTorrent from 'webtorrent'
import type { Torrent, TorrentOptions } from 'webtorrent'
import { bencode, toBytes } from '../../../protocol/http/bencode.ts'
import { encodeMetadata, type Metadata } from '../../../protocol/content/metadata.ts'
import type { IceServer } from '../../shell/rtc.ts'
import { randomBytes, utf8 } from '../../shell/bytes.ts'
import { type Bits, hasBit } from '../core/bits.ts'
import type { SourceId } from '../core/event.ts'
import { hex } from '../digest.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { retryFailed } from './retry.ts'
import { takeWire } from './stock-wire.ts'

/** What our peers call themselves to stock ones (BEP 20). They find each other over the mesh, and not here. */
const OURS = hex(utf8('-ES0001-'))

/** A torrent that is exchanged with stock peers. */
export interface StockTorrent {
  readonly infoHash: string
  readonly metadata: Metadata
  /** The pieces that are there. */
  readonly have: Bits
  readonly exchange: Exchange
  /** Told which peer is at the other end of a source. */
  readonly onWire: (source: SourceId, peer: string) => void
}

/** The torrent among stock peers, until it is closed. */
export interface StockPresence {
  /** The piece is there from now on. */
  verified(piece: number): void
  close(): void
}

/** How stock peers are met: webtorrent makes the wires, and the exchange uses them. */
export class StockPeers {
  readonly #tracker: string
  readonly #iceServers: () => Promise<readonly IceServer[]>
  readonly #problem: (text: string) => void
  #client: Promise<WebTorrent> | null = null
  #closing: Promise<void> | null = null

  /** @param tracker its address as in a link */
  constructor(tracker: string, iceServers: () => Promise<readonly IceServer[]>, problem: (text: string) => void) {
    this.#tracker = tracker
    this.#iceServers = iceServers
    this.#problem = problem
  }

  add(torrent: StockTorrent): StockPresence {
    let isClosed = false
    let added: Torrent | null = null
    const verified = new Set<number>()
    const { layout } = torrent.exchange
    this.#load().then(
      (client) => {
        if (isClosed || this.#closing) return
        added = this.#add(client, torrent)
        added.on('ready', () => {
          for (let piece = 0; piece < layout.count; piece++) if (hasBit(torrent.have, piece)) verified.add(piece)
          for (const piece of verified) added?._markVerified(piece)
        })
      },
      (error: unknown) => {
        this.#problem(`Stock peers can not be met: ${(error as Error).message}`)
      },
    )
    return {
      verified: (piece) => {
        verified.add(piece)
        if (added?.ready === true) added._markVerified(piece)
      },
      close: () => {
        isClosed = true
        added?.destroy()
      },
    }
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    const client = await this.#client?.catch(() => null)
    if (!client) return
    await new Promise<void>((resolve) => {
      client.destroy(() => {
        resolve()
      })
    })
  }

  #load(): Promise<WebTorrent> {
    this.#client ??= Promise.all([import('webtorrent'), this.#iceServers()]).then(
      ([{ default: Client }, iceServers]) => {
        const client = new Client({
          peerId: OURS + hex(randomBytes(12)),
          dht: false,
          lsd: false,
          utPex: true,
          natUpnp: false,
          natPmp: false,
          utp: false,
          webSeeds: false,
          tracker: { rtcConfig: { iceServers } },
        })
        client.on('error', (error: Error) => {
          this.#problem(`Stock peers can not be met: ${error.message}`)
        })
        return client
      },
    )
    return this.#client
  }

  #add(client: WebTorrent, stock: StockTorrent): Torrent {
    const torrent = client.add(torrentFile(stock.metadata), this.#options(stock.exchange))
    // What to ask for and whom to serve is decided elsewhere.
    const nothing = () => undefined
    torrent._update = torrent._updateWireInterest = torrent._rechoke = nothing
    retryFailed(torrent)
    torrent.on('warning', nothing)
    torrent.on('error', (error) => {
      this.#problem(`Stock peers can not be met: ${String(error)}`)
    })
    torrent.on('wire', (wire) => {
      if (wire.peerId?.startsWith(OURS) === true) wire.destroy()
      // webtorrent answers in the next microtask; what it listens to for that is taken from it in the one after.
      else
        queueMicrotask(() => {
          queueMicrotask(() => {
            takeWire(wire, stock)
          })
        })
    })
    return torrent
  }

  #options(exchange: Exchange): TorrentOptions {
    return {
      announce: announceUrls(this.#tracker),
      deselect: true,
      alwaysChokeSeeders: false,
      store: NoStore,
      storeCacheSlots: 0,
      getAnnounceOpts: () => ({ left: exchange.missingBytes }),
    }
  }
}

/** Nothing is read or written by webtorrent. */
class NoStore {
  get(_index: number, options: unknown, callback?: (error: Error) => void): void {
    const done = (typeof options === 'function' ? options : callback) as typeof callback
    queueMicrotask(() => done?.(new Error('The exchange has it.')))
  }
  put(_index: number, _bytes: Uint8Array, callback?: (error: Error) => void): void {
    queueMicrotask(() => callback?.(new Error('The exchange keeps it.')))
  }
  close(callback?: (error: null) => void): void {
    callback?.(null)
  }
  destroy(callback?: (error: null) => void): void {
    callback?.(null)
  }
}

function announceUrls(tracker: string): string[] {
  const socket = tracker.replace(/^http/, 'ws')
  return [`${socket}/announce`, `${tracker}/announce`]
}

/** A torrent file that holds the metadata to the byte. */
function torrentFile(metadata: Metadata): Uint8Array {
  const [head, info, tail] = [toBytes(`d${bencode('info')}`), encodeMetadata(metadata), toBytes('e')]
  const file = new Uint8Array(head.length + info.length + tail.length)
  file.set(head)
  file.set(info, head.length)
  file.set(tail, head.length + info.length)
  return file
}
