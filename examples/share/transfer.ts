import WebTorrent, { type Torrent, type Wire } from 'webtorrent/dist/webtorrent.min.js'
import { iceServers, magnetLink, trackerAddress } from './link.ts'
import { keepCallingTracker, trackerIsLost } from './reconnect.ts'
import { FileStore, PieceStore } from './stores.ts'

export type Direction = 'send' | 'receive'

export interface SharedFile {
  name: string
  type: string
  length: number
  progress: number
  done: boolean
}

/** Everything the page shows about a transfer, read at one moment. */
export interface Snapshot {
  direction: Direction
  infoHash: string
  name: string
  length: number
  files: readonly SharedFile[]
  hashed: number
  done: boolean
  progress: number
  downloaded: number
  uploaded: number
  downloadSpeed: number
  uploadSpeed: number
  timeLeft: number
  peers: number
  completePeers: number
  sources: number
  trackerAnswered: boolean
  trackerLost: boolean
  warning: string
  fileUnreadable: boolean
  error: string
}

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

function messageOf(problem: Error | string): string {
  return typeof problem === 'string' ? problem : problem.message
}

export class Transfer {
  readonly #direction: Direction
  readonly #torrent: Torrent
  readonly #wantedHash: string
  readonly #fallbackName: string
  readonly #stopCalling: () => void
  #pieces: PieceStore | undefined
  #hashed = 0
  #trackerAnswered = false
  #fileUnreadable = false
  #warning = ''
  #error = ''

  static send(files: readonly File[]): Transfer {
    return new Transfer('send', '', nameFor(files), (transfer) => transfer.#seed(files))
  }

  static receive(infoHash: string): Transfer {
    return new Transfer('receive', infoHash, '', (transfer) => transfer.#add(infoHash))
  }

  private constructor(direction: Direction, wantedHash: string, name: string, begin: (transfer: Transfer) => Torrent) {
    this.#direction = direction
    this.#wantedHash = wantedHash
    this.#fallbackName = name
    this.#torrent = begin(this)
    this.#stopCalling = keepCallingTracker(this.#torrent)
    this.#listen()
  }

  get infoHash(): string {
    return this.#torrent.infoHash ?? this.#wantedHash
  }

  /** True while someone still needs this browser for the rest of the file. */
  get isNeeded(): boolean {
    const wires = this.#torrent.wires
    if (!this.#torrent.done || wires.some((wire) => wire.isSeeder)) return false
    return wires.some((wire) => wire.peerInterested)
  }

  contentOf(index: number): Blob | undefined {
    const file = this.#torrent.files[index]
    if (!file?.done) return undefined
    return this.#pieces?.stretch(file.offset, file.length, file.type)
  }

  stop(): void {
    this.#stopCalling()
    this.#torrent.destroy({ destroyStore: true })
  }

  snapshot(): Snapshot {
    const torrent = this.#torrent
    return {
      direction: this.#direction,
      infoHash: this.infoHash,
      name: (torrent.ready ? torrent.name : undefined) ?? this.#fallbackName,
      length: torrent.length ?? 0,
      files: torrent.ready ? torrent.files : [],
      hashed: this.#hashed,
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
      trackerAnswered: this.#trackerAnswered,
      trackerLost: trackerIsLost(torrent),
      warning: this.#warning,
      fileUnreadable: this.#fileUnreadable,
      error: this.#error,
    }
  }

  #seed(files: readonly File[]): Torrent {
    const store = new FileStore(files, () => {
      this.#fileUnreadable = true
    })
    const torrent = webtorrent().seed(files, {
      name: this.#fallbackName,
      // Left out, webtorrent would announce to its list of public trackers.
      announceList: [],
      filterJunkFiles: false,
      preloadedStore: store,
      onProgress: (hashedBytes, totalBytes) => {
        this.#hashed = hashedBytes / totalBytes
      },
    })
    // The tracker's address contains the info hash, which exists only now; announcing starts right after this.
    torrent.on('infoHash', () => {
      store.chunkLength = torrent.pieceLength
      torrent.announce = [trackerAddress(location, torrent.infoHash ?? '')]
    })
    return torrent
  }

  #add(infoHash: string): Torrent {
    return webtorrent().add(magnetLink(infoHash, trackerAddress(location, infoHash)), {
      store: PieceStore,
      storeOpts: {
        onOpen: (store) => {
          if (store instanceof PieceStore) this.#pieces = store
        },
      },
    })
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
      this.#warning = messageOf(problem)
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

function nameFor(files: readonly File[]): string {
  const first = files[0]?.name ?? 'file'
  return files.length > 1 ? `${first} and ${String(files.length - 1)} more` : first
}
