declare module 'webtorrent' {
  import type { EventEmitter } from 'node:events'

  export interface Options {
    readonly dht?: boolean
    readonly lsd?: boolean
    readonly natUpnp?: boolean
    readonly natPmp?: boolean
    readonly utPex?: boolean
    readonly webSeeds?: boolean
    readonly utp?: boolean
    readonly tracker?: false | { readonly rtcConfig?: { readonly iceServers: readonly unknown[] } }
  }

  export interface TorrentFile extends AsyncIterable<Uint8Array> {
    readonly name: string
    readonly length: number
  }

  export interface Torrent extends EventEmitter {
    readonly infoHash: string
    readonly done: boolean
    readonly numPeers: number
    readonly files: readonly TorrentFile[]
  }

  export default class WebTorrent extends EventEmitter {
    constructor(options?: Options)
    readonly peerId: string
    seed(
      input: Buffer,
      options: { name: string; announceList: readonly (readonly string[])[] },
      onSeed: (torrent: Torrent) => void,
    ): Torrent
    add(torrent: string, options?: object): Torrent
    destroy(callback: (error?: Error | string) => void): void
  }
}

declare module 'bittorrent-tracker' {
  import type { EventEmitter } from 'node:events'

  export interface ClientOptions {
    readonly infoHash: string
    readonly peerId: string
    readonly port: number
    readonly announce: readonly string[]
    readonly rtcConfig?: { readonly iceServers: readonly unknown[] }
    readonly wrtc?: false
  }

  export class Client extends EventEmitter {
    constructor(options: ClientOptions)
    start(options?: object): void
    update(options?: object): void
    complete(options?: object): void
    stop(options?: object): void
    scrape(options?: { infoHash: string | readonly string[] }): void
    destroy(callback?: () => void): void
  }

  export class Server extends EventEmitter {
    constructor(options: { http?: boolean; udp?: boolean; ws?: boolean; stats?: boolean })
    listen(port: number, hostname: string, onListening: () => void): void
    readonly http: { address(): { port: number } }
    close(callback?: () => void): void
  }
}
