// What is used here of the package, which has no types of its own.
declare module 'webtorrent' {
  import type { EventEmitter } from 'node:events'
  import type Wire from 'bittorrent-protocol'

  interface Store {
    get(index: number, options: unknown, callback?: (error: Error) => void): void
    put(index: number, bytes: Uint8Array, callback?: (error: Error) => void): void
    close(callback?: (error: null) => void): void
    destroy(callback?: (error: null) => void): void
  }

  export interface TorrentOptions {
    readonly announce: readonly string[]
    readonly deselect: boolean
    readonly alwaysChokeSeeders: boolean
    readonly store: new () => Store
    readonly storeCacheSlots: number
    getAnnounceOpts(): { readonly left: number }
  }

  export interface Torrent extends EventEmitter {
    readonly ready: boolean
    readonly destroyed: boolean
    on(event: 'wire', listener: (wire: Wire & { readonly peerId: string | null }) => void): this
    on(event: 'ready', listener: () => void): this
    on(event: 'warning' | 'error', listener: (error: Error | string) => void): this
    /** What decides which pieces to ask for, and whom to serve. */
    _update(): void
    _updateWireInterest(): void
    _rechoke(): void
    _markVerified(piece: number): void
    destroy(): void
  }

  export default class WebTorrent extends EventEmitter {
    constructor(options: {
      readonly peerId: string
      readonly dht: boolean
      readonly lsd: boolean
      readonly utPex: boolean
      readonly natUpnp: boolean
      readonly natPmp: boolean
      readonly utp: boolean
      readonly webSeeds: boolean
      readonly tracker: { readonly rtcConfig: { readonly iceServers: readonly unknown[] } }
    })
    add(torrent: Uint8Array, options: TorrentOptions): Torrent
    destroy(callback: () => void): void
  }
}
