import WebTorrent, { type Torrent, type TorrentFile, type Wire } from 'webtorrent'
import { isLoopback, magnetLink, torrentAddress, trackerAddress } from './link.ts'
import { keepCallingTracker, retryFailedPeers, trackerIsLost } from './reconnect.ts'
import { PieceStore } from './stores.ts'
import type { Snapshot, Transfer } from './transfer.ts'

const padding = /[/\\]\.pad[/\\]/

let sharedClient: WebTorrent | undefined

function webtorrent(): WebTorrent {
  sharedClient ??= new WebTorrent({
    dht: false,
    lsd: false,
    natUpnp: false,
    natPmp: false,
    utp: false,
    webSeeds: false,
    tracker: { rtcConfig: { iceServers: iceServers(location.hostname) } },
  })
  return sharedClient
}

function iceServers(hostname: string): RTCIceServer[] {
  // A STUN server that cannot be reached holds every offer back for five seconds.
  if (isLoopback(hostname)) return []
  return [{ urls: ['stun:stun.cloudflare.com:3478', 'stun:stun.l.google.com:19302'] }]
}

function messageOf(problem: Error | string): string {
  return typeof problem === 'string' ? problem : problem.message
}

/** A torrent that any WebTorrent client seeds, for whoever opens its info hash here. */
export class TorrentDownload implements Transfer {
  readonly direction = 'receive'
  readonly #torrent: Torrent
  readonly #infoHash: string
  readonly #stopCalling: () => void
  #pieces: PieceStore | undefined
  #trackerAnswered = false
  #warning = ''
  #error = ''

  constructor(infoHash: string) {
    this.#infoHash = infoHash
    this.#torrent = webtorrent().add(magnetLink(infoHash, trackerAddress(location, infoHash)), {
      store: PieceStore,
      storeOpts: {
        onOpen: (store) => {
          if (store instanceof PieceStore) this.#pieces = store
        },
      },
    })
    this.#stopCalling = keepCallingTracker(this.#torrent)
    retryFailedPeers(this.#torrent)
    this.#listen()
  }

  get isNeeded(): boolean {
    const wires = this.#torrent.wires
    if (!this.#torrent.done || wires.some((wire) => wire.isSeeder)) return false
    return wires.some((wire) => wire.peerInterested)
  }

  contentOf(index: number): Promise<Blob | undefined> {
    const file = this.#files[index]
    return Promise.resolve(file?.done ? this.#pieces?.stretch(file.offset, file.length, file.type) : undefined)
  }

  stop(): void {
    this.#stopCalling()
    this.#torrent.destroy({ destroyStore: true })
  }

  snapshot(): Snapshot {
    const torrent = this.#torrent
    const files = this.#files
    return {
      direction: this.direction,
      link: torrentAddress(location.origin, this.#infoHash),
      magnet: '',
      name: (files.length === 1 ? files[0]?.name : torrent.ready ? torrent.name : undefined) ?? '',
      version: '',
      length: files.reduce((sum, { length }) => sum + length, 0),
      files,
      hashed: 0,
      done: torrent.done,
      progress: torrent.progress,
      downloaded: torrent.downloaded,
      uploaded: torrent.uploaded,
      downloadSpeed: torrent.downloadSpeed,
      uploadSpeed: torrent.uploadSpeed,
      timeLeft: torrent.timeRemaining,
      peers: torrent.numPeers,
      completePeers: torrent.wires.filter((wire) => wire.isSeeder).length,
      sources: torrent.wires.filter((wire) => canGive(wire, torrent.ready)).length,
      origins: 0,
      givers: null,
      trackerAnswered: this.#trackerAnswered,
      trackerLost: trackerIsLost(torrent),
      warning: this.#warning,
      error: this.#error,
    }
  }

  /** Without what only fills pieces up (BEP 47). */
  get #files(): readonly TorrentFile[] {
    return this.#torrent.ready ? this.#torrent.files.filter(({ path }) => !padding.test(path)) : []
  }

  #listen(): void {
    const forgetWarning = () => {
      this.#warning = ''
    }
    this.#torrent.on('trackerAnnounce', () => {
      this.#trackerAnswered = true
      forgetWarning()
    })
    this.#torrent.on('wire', forgetWarning)
    this.#torrent.on('warning', (problem) => {
      this.#warning = `A note from the connection: ${messageOf(problem)}`
    })
    this.#torrent.on('error', (problem) => {
      this.#error = messageOf(problem)
      this.#stopCalling()
    })
  }
}

// Before the description of the files is here, the one thing to want from a peer is that description.
function canGive(wire: Wire, described: boolean): boolean {
  return wire.amInterested || (!described && (wire.peerExtendedHandshake.metadata_size ?? 0) > 0)
}
