export type Direction = 'send' | 'receive'

export interface SharedFile {
  name: string
  /** Its media type, by its name; an empty text if that says nothing. */
  type: string
  length: number
  progress: number
  done: boolean
}

/** Someone who gave bytes, or took some. */
export interface Giver {
  kind: 'peer' | 'stock' | 'origin' | 'disk'
  /** The id of a peer, or the address of an origin. */
  id: string
  /** Bytes that came from there, and that went there. */
  gave: number
  took: number
}

/** Everything the page shows about a transfer, read at one moment. */
export interface Snapshot {
  direction: Direction
  /** What is passed on, to open with this page. */
  link: string
  /** The same for other WebTorrent clients. */
  magnet: string
  name: string
  /** For people; an empty text if there is none to speak of. */
  version: string
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
  /** Peers that have something of it that is missing here, and HTTP servers that have it all. */
  sources: number
  origins: number
  /** `null` where nobody counts them. */
  givers: readonly Giver[] | null
  trackerAnswered: boolean
  trackerLost: boolean
  /** What went wrong, though it goes on; an empty text if nothing did. */
  warning: string
  error: string
}

/** Files on their way. */
export interface Transfer {
  readonly direction: Direction
  /** True while someone still needs this browser for the rest of the files. */
  readonly isNeeded: boolean
  snapshot(): Snapshot
  /** A file that has arrived. */
  contentOf(index: number): Promise<Blob | undefined>
  stop(): void
}
