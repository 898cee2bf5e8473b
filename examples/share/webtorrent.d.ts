// The package has no types of its own; these cover only what this page touches of its build for browsers.
declare module 'webtorrent' {
  export type StoreCallback = (error: Error | null, bytes?: Uint8Array<ArrayBuffer>) => void

  export interface ReadRange {
    offset?: number
    length?: number
  }

  export interface ChunkStore {
    readonly chunkLength: number
    put(index: number, bytes: Uint8Array<ArrayBuffer>, callback: StoreCallback): void
    get(index: number, range: ReadRange | null | StoreCallback, callback?: StoreCallback): void
    close(callback: StoreCallback): void
    destroy(callback: StoreCallback): void
  }

  export interface TorrentFile {
    readonly name: string
    /** With the torrent's name before it. */
    readonly path: string
    readonly length: number
    readonly offset: number
    readonly type: string
    readonly done: boolean
    readonly progress: number
  }

  export interface Wire {
    readonly isSeeder?: boolean
    readonly peerInterested: boolean
    readonly amInterested: boolean
    readonly peerExtendedHandshake: { readonly metadata_size?: number }
  }

  export interface TrackerConnection {
    readonly reconnecting: boolean
    readonly destroyed: boolean
    readonly reconnectTimer: number | null
    _openSocket(): void
  }

  export interface Connection {
    once(event: 'connect' | 'close' | 'error', listener: () => void): this
    off(event: 'close' | 'error', listener: () => void): this
  }

  export interface Torrent {
    announce: string[]
    readonly infoHash?: string
    readonly name?: string
    readonly length?: number
    readonly pieceLength: number
    readonly files: readonly TorrentFile[]
    readonly wires: readonly Wire[]
    readonly discovery?: {
      readonly tracker: { readonly _trackers: readonly TrackerConnection[]; update(): void } | null
    }
    readonly ready: boolean
    readonly done: boolean
    readonly destroyed: boolean
    readonly progress: number
    readonly downloaded: number
    readonly uploaded: number
    readonly downloadSpeed: number
    readonly uploadSpeed: number
    readonly timeRemaining: number
    readonly numPeers: number
    /** A connection that is being made: this page names no addresses, so it is one by WebRTC. */
    on(event: 'peer', listener: (peer: Connection) => void): this
    on(event: 'trackerAnnounce' | 'wire' | 'close', listener: () => void): this
    on(event: 'warning' | 'error', listener: (problem: Error | string) => void): this
    destroy(options: { destroyStore: boolean }): void
  }

  export interface AddOptions {
    store: new (chunkLength: number, options: StoreOptions) => ChunkStore
    storeOpts: StoreOptions
  }

  export interface StoreOptions {
    onOpen(store: ChunkStore): void
  }

  export interface ClientOptions {
    dht: false
    lsd: false
    natUpnp: false
    natPmp: false
    utp: false
    webSeeds: false
    tracker: { rtcConfig: RTCConfiguration }
  }

  export default class WebTorrent {
    static readonly WEBRTC_SUPPORT: boolean
    constructor(options: ClientOptions)
    add(magnet: string, options: AddOptions): Torrent
    on(event: 'error', listener: (problem: Error | string) => void): this
  }
}
