import Wire from 'bittorrent-protocol'
import { Outgoing } from '../exchange/outgoing.ts'

/** The other side says who it is and what it exchanges within so long, in milliseconds. */
const HANDSHAKE_WITHIN = 10_000

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

/** Gives the wire what comes from the other side, no faster than it is read; ends with the wire. */
export async function pump(body: ReadableStream<Uint8Array>, wire: Wire): Promise<void> {
  const reader = body.getReader()
  wire.on('close', () => void reader.cancel().catch(() => undefined))
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (wire.destroyed) break
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
