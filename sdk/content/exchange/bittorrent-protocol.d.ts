// What is used here of the package, which has no types of its own.
declare module 'bittorrent-protocol' {
  import type { EventEmitter } from 'node:events'

  /** One end of the BitTorrent wire protocol: what goes over the transport is read from it and written to it. */
  export default class Wire extends EventEmitter {
    constructor(type?: string)
    readonly hasFast: boolean
    readonly amChoking: boolean
    readonly peerChoking: boolean
    readonly peerInterested: boolean
    readonly destroyed: boolean
    /** What the other side has, or a stand-in without bytes if it said that it has all. */
    readonly peerPieces: { readonly buffer: Uint8Array; readonly setAll?: unknown }
    write(bytes: Uint8Array): boolean
    pause(): void
    resume(): void
    end(): void
    destroy(): void
    setKeepAlive(isOn: boolean): void
    handshake(infoHash: string, peerId: string, extensions: { readonly fast: boolean }): void
    choke(): void
    unchoke(): void
    interested(): void
    uninterested(): void
    have(piece: number): void
    bitfield(bytes: Uint8Array): void
    haveAll(): void
    haveNone(): void
    request(piece: number, offset: number, length: number, done: (error: Error | null) => void): void
    cancel(piece: number, offset: number, length: number): void
  }
}
