import type { Mesh } from '../../mesh/mesh.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { WireSource } from '../exchange/wire.ts'
import type { SourceId } from '../core/event.ts'
import { type MeshWire, newMeshWire, pump, shakeHands } from './mesh-wire.ts'

/** Wires that a peer opens itself, and has at most. A guess: pieces spread over 16 as fast as over all. */
const WANTED = 16
const MOST = 40
/** With no place left a wire that has brought and taken nothing for so long makes room, in milliseconds. A guess. */
const IDLE = 60_000
/** Of two peers the one with the lower id opens the wire; the other does so if none has come by then, in milliseconds. */
const PATIENCE = 3000
/** A peer that refused is asked again after so long, in milliseconds. */
const AGAIN = 15_000
/** How long a peer may take to answer, in milliseconds: a link may have to be made first. */
const ANSWER_WITHIN = 30_000

/** A peer that exchanges the same torrent. */
export interface Candidate {
  readonly id: string
  readonly isDone: boolean
}

interface Opened {
  readonly wire: MeshWire['wire']
  readonly isOutgoing: boolean
  readonly openedAt: number
  /** `null` before hands are shaken. */
  source: SourceId | null
}

/** The wires of one torrent to the SDK peers of its channel. */
export class WirePool {
  readonly infoHash: string
  readonly exchange: Exchange
  readonly #mesh: Mesh
  readonly #banned: ReadonlySet<string>
  readonly #onWire: (source: SourceId, peer: string) => void
  readonly #wires = new Map<string, Opened>()
  readonly #seenAt = new Map<string, number>()
  readonly #notBefore = new Map<string, number>()
  readonly #dialling = new Set<string>()
  #isClosed = false

  /**
   * @param banned peers with which there are no wires
   * @param onWire is told which peer is at the other end of a source
   */
  constructor(
    mesh: Mesh,
    infoHash: string,
    exchange: Exchange,
    banned: ReadonlySet<string>,
    onWire: (source: SourceId, peer: string) => void,
  ) {
    this.#mesh = mesh
    this.infoHash = infoHash
    this.exchange = exchange
    this.#banned = banned
    this.#onWire = onWire
  }

  get size(): number {
    return this.#wires.size
  }

  /** Opens wires to those who are there, and closes those that are of no use any more. */
  fill(candidates: readonly Candidate[], now: number): void {
    const useful = candidates.filter(({ isDone }) => !isDone || !this.exchange.isDone)
    const ids = new Set(useful.map(({ id }) => id))
    for (const [id, at] of this.#notBefore) if (at <= now) this.#notBefore.delete(id)
    for (const [id, { wire }] of this.#wires) if (this.#banned.has(id)) wire.destroy()
    for (const [id, { wire }] of this.#wires) if (!ids.has(id) && this.exchange.isDone) wire.destroy()
    for (const id of this.#seenAt.keys()) if (!ids.has(id)) this.#seenAt.delete(id)
    for (const { id } of useful) if (!this.#seenAt.has(id)) this.#seenAt.set(id, now)
    const open = useful.filter(({ id }) => this.#mayDial(id, now))
    // Whom it begins with differs from peer to peer.
    for (const { id } of shuffled(open)) {
      if (this.#wires.size + this.#dialling.size >= WANTED) break
      void this.#dial(id)
    }
    // The tracker counts more than have shown themselves.
    const hidden = Math.max(0, this.#mesh.presence.count - 1 - this.#mesh.peers.size)
    this.exchange.expect(Math.min(WANTED, useful.length + hidden) - Math.min(WANTED, this.#wires.size))
  }

  #mayDial(id: string, now: number): boolean {
    if (this.#wires.has(id) || this.#dialling.has(id) || this.#banned.has(id)) return false
    if (now < (this.#notBefore.get(id) ?? 0)) return false
    return this.#mesh.id < id || now - (this.#seenAt.get(id) ?? now) > PATIENCE
  }

  async #dial(id: string): Promise<void> {
    this.#dialling.add(id)
    const made = newMeshWire()
    try {
      const response = await this.#mesh.fetch(id, `/wire/${this.infoHash}`, {
        method: 'POST',
        body: made.stream,
        timeout: ANSWER_WITHIN,
        idleTimeout: Infinity,
        priority: 'low',
      })
      if (!response.ok || !response.body) throw new Error(`The peer answered ${response.status}.`)
      this.#open(id, made, response.body, true)
    } catch {
      this.#notBefore.set(id, performance.now() + AGAIN)
      made.wire.destroy()
    }
    this.#dialling.delete(id)
  }

  /** Answers a peer that opens a wire. */
  receive(id: string, body: ReadableStream<Uint8Array>): Response {
    if (this.#banned.has(id)) return new Response(null, { status: 403 })
    const known = this.#wires.get(id)
    // Both have opened one at once: that of the lower id stays.
    if (known && (!known.isOutgoing || this.#mesh.id < id)) return new Response(null, { status: 409 })
    // Its answer to this peer's is on its way.
    if (!known && this.#dialling.has(id) && this.#mesh.id < id) return new Response(null, { status: 409 })
    if (this.#isClosed || (!known && !this.#hasRoom())) return new Response(null, { status: 503 })
    if (known) this.#drop(id, known)
    const made = newMeshWire()
    this.#open(id, made, body, false)
    return new Response(made.stream)
  }

  /** Whether one more may come: somebody who is there for nothing makes room. */
  #hasRoom(): boolean {
    if (this.#wires.size < MOST) return true
    const usedAt = ({ source, openedAt }: Opened): number => (source === null ? openedAt : this.exchange.usedAt(source))
    const [longest] = [...this.#wires].sort(([, one], [, other]) => usedAt(one) - usedAt(other))
    if (!longest || performance.now() - usedAt(longest[1]) < IDLE) return false
    this.#drop(...longest)
    return true
  }

  /** Its place is free at once: a wire says only later that it is closed. */
  #drop(id: string, { wire }: Opened): void {
    this.#wires.delete(id)
    wire.destroy()
  }

  #open(id: string, { wire, taken }: MeshWire, body: ReadableStream<Uint8Array>, isOutgoing: boolean): void {
    if (this.#isClosed || this.#banned.has(id) || this.#wires.has(id)) {
      wire.destroy()
      void body.cancel().catch(() => undefined)
      return
    }
    const opened: Opened = { wire, isOutgoing, openedAt: performance.now(), source: null }
    this.#wires.set(id, opened)
    let closed = (): void => undefined
    wire.on('close', () => {
      if (this.#wires.get(id)?.wire === wire) this.#wires.delete(id)
      closed()
    })
    shakeHands(wire, this.infoHash, this.#mesh.id).then(
      () => {
        const added = this.exchange.addWire(true, (source, listener) => new WireSource(source, wire, taken, listener))
        closed = () => {
          added.closed()
        }
        opened.source = added.id
        this.#onWire(added.id, id)
      },
      () => {
        wire.destroy()
      },
    )
    void pump(body, wire, this.exchange.layout.count)
  }

  close(): void {
    this.#isClosed = true
    for (const { wire } of this.#wires.values()) wire.destroy()
  }
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([one], [other]) => one - other)
    .map(([, item]) => item)
}
