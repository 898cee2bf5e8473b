import Wire from 'bittorrent-protocol'
import { BLOCK } from '../core/layout.ts'
import { Outgoing } from '../exchange/outgoing.ts'

/** The other side says who it is and what it exchanges within so long, in milliseconds. */
const HANDSHAKE_WITHIN = 10_000
/** Bytes of a handshake (BEP 3): a length, that of `BitTorrent protocol`, which follows, flags, info hash, peer id. */
const PROTOCOL_LENGTH = 19
const HANDSHAKE = 1 + PROTOCOL_LENGTH + 8 + 20 + 20
/** Before a message: its length; before the bytes of a block: the kind of the message, piece and offset (BEP 3). */
const PREFIX = 4
const BLOCK_HEAD = 9

/** A wire whose two ways are the body of a request and that of its response. */
export interface MeshWire {
  readonly wire: Wire
  /** What goes to the other side. */
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  /** Settles once the transport has taken these bytes, or the wire is closed. */
  readonly taken: (bytes: Uint8Array) => Promise<void>
}

export function newMeshWire(): MeshWire {
  const wire = new Wire('mesh')
  // A wire that breaks says so by closing, too.
  wire.on('error', () => undefined)
  wire.setKeepAlive(true)
  const waiting = new Map<Uint8Array, () => void>()
  const outgoing = new Outgoing(wire, (chunk) => {
    waiting.get(chunk)?.()
    waiting.delete(chunk)
  })
  wire.on('close', () => {
    for (const resolve of waiting.values()) resolve()
    waiting.clear()
  })
  const taken = (bytes: Uint8Array): Promise<void> =>
    wire.destroyed ? Promise.resolve() : new Promise((resolve) => waiting.set(bytes, resolve))
  return { wire, stream: outgoing.stream, taken }
}

/** Follows the messages of a wire: `Wire` itself would gather one of 2 GiB, and copy what has come with every chunk. */
class Framer {
  readonly #most: number
  /** Bytes of what has begun that are still to come. */
  #left = HANDSHAKE
  #prefixLeft = 0
  #length = 0
  #isBegun = false

  /** @param most bytes of the longest message, without its prefix */
  constructor(most: number) {
    this.#most = most
  }

  /** Says whether all of it is as it may be. */
  follow(bytes: Uint8Array): boolean {
    if (!this.#isBegun && bytes.length > 0) {
      if (bytes[0] !== PROTOCOL_LENGTH) return false
      this.#isBegun = true
    }
    for (let at = 0; at < bytes.length;) {
      if (this.#left > 0) {
        const part = Math.min(this.#left, bytes.length - at)
        this.#left -= part
        at += part
        if (this.#left === 0) [this.#prefixLeft, this.#length] = [PREFIX, 0]
        continue
      }
      this.#length = this.#length * 256 + (bytes[at++] ?? 0)
      if (--this.#prefixLeft > 0) continue
      if (this.#length > this.#most) return false
      this.#left = this.#length
      // A message without a byte keeps the wire alive.
      if (this.#left === 0) this.#prefixLeft = PREFIX
      this.#length = 0
    }
    return true
  }
}

/**
 * Gives the wire what comes from the other side, no faster than it is read; ends with the wire.
 *
 * @param pieces how many the torrent has: no message is longer than a block, or a bit for each of them
 */
export async function pump(body: ReadableStream<Uint8Array>, wire: Wire, pieces: number): Promise<void> {
  const framer = new Framer(Math.max(BLOCK_HEAD + BLOCK, 1 + Math.ceil(pieces / 8)))
  const reader = body.getReader()
  wire.on('close', () => void reader.cancel().catch(() => undefined))
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (wire.destroyed || !framer.follow(read.value)) break
      if (!wire.write(read.value)) await drained(wire)
    }
  } catch {
    // The link is gone, and so is the wire.
  }
  wire.destroy()
}

function drained(wire: Wire): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      wire.off('drain', go)
      wire.off('close', go)
      resolve()
    }
    wire.on('drain', go)
    wire.on('close', go)
  })
}

/** Says which torrent it is about; settles once the other side has said the same. @throws {Error} if it says another */
export function shakeHands(wire: Wire, infoHash: string, peerId: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      fail('the other side says nothing')
    }, HANDSHAKE_WITHIN)
    const fail = (problem: string) => {
      clearTimeout(late)
      reject(new Error(problem))
    }
    wire.on('close', () => {
      fail('the wire was closed')
    })
    wire.on('handshake', (other: string) => {
      if (other !== infoHash) {
        fail('the other side means another torrent')
        return
      }
      clearTimeout(late)
      resolve()
    })
    wire.handshake(infoHash, peerId, { fast: true })
  })
}
