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
