// What is used of the package here, in tests and in benches; it has no types of its own.
declare module 'webtorrent' {
  import type { EventEmitter } from 'node:events'
  import type Wire from 'bittorrent-protocol'

  interface Store {
    get(index: number, options: unknown, callback?: (error: Error) => void): void
    put(index: number, bytes: Uint8Array, callback?: (error: Error) => void): void
    close(callback?: (error: null) => void): void
    destroy(callback?: (error: null) => void): void
  }

  export interface Options {
    readonly peerId?: string
    readonly dht?: boolean
    readonly lsd?: boolean
    readonly natUpnp?: boolean
    readonly natPmp?: boolean
    readonly utPex?: boolean
    readonly webSeeds?: boolean
    readonly utp?: boolean
    /** Bytes a second. */
    readonly uploadLimit?: number
    readonly tracker?: false | { readonly rtcConfig?: { readonly iceServers: readonly unknown[] } }
  }

  export interface TorrentOptions {
    readonly announce?: readonly string[]
    readonly deselect?: boolean
    readonly alwaysChokeSeeders?: boolean
    readonly store?: new () => Store
    readonly storeCacheSlots?: number
    readonly path?: string
    readonly strategy?: 'rarest' | 'sequential'
    getAnnounceOpts?(): { readonly left: number }
  }

  export interface TorrentFile extends AsyncIterable<Uint8Array> {
    readonly name: string
    readonly length: number
  }

  export interface Torrent extends EventEmitter {
    readonly infoHash: string
    readonly done: boolean
    readonly ready: boolean
    readonly destroyed: boolean
    readonly numPeers: number
    readonly uploaded: number
    readonly torrentFile: Uint8Array
    readonly files: readonly TorrentFile[]
    /** `null` before there is one; its tracker is once it is destroyed. */
    readonly discovery: { readonly tracker: { update(): void } | null } | null
    /** An address, or a connection by WebRTC that is being made. */
    on(event: 'peer', listener: (peer: string | EventEmitter) => void): this
    on(event: 'wire', listener: (wire: Wire & { readonly peerId: string | null }) => void): this
    on(event: string, listener: (...values: never[]) => void): this
    addPeer(address: string): boolean
    destroy(): void
    /** What decides which pieces to ask for, and whom to serve. */
    _update(): void
    _updateWireInterest(): void
    _rechoke(): void
    _markVerified(piece: number): void
  }

  export default class WebTorrent extends EventEmitter {
    constructor(options?: Options)
    readonly peerId: string
    /** Where it listens for TCP; 0 before it does. */
    readonly torrentPort: number
    seed(
      input: Uint8Array,
      options: {
        readonly name: string
        readonly announceList: readonly (readonly string[])[]
        readonly path?: string
      },
      onSeed: (torrent: Torrent) => void,
    ): Torrent
    add(torrent: string | Uint8Array, options?: TorrentOptions): Torrent
    destroy(callback: (error?: Error | string) => void): void
  }
}
