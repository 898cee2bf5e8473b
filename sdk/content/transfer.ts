import { allBits, type Bits } from './core/bits.ts'
import type { SourceId } from './core/event.ts'
import { type Layout, layoutOf } from './core/layout.ts'
import { WirePool } from './channel/pool.ts'
import type { ChannelSwarm } from './channel/swarm.ts'
import { add, type Counters } from './counters.ts'
import { ContentError } from './error.ts'
import { Exchange, type PieceKeeper } from './exchange/exchange.ts'
import { fileUrl, HttpOrigin, type Whereabouts } from './exchange/origin.ts'
import type { Throttle } from './exchange/throttle.ts'
import type { Bytes } from '../shell/bytes.ts'
import type { Places } from './places.ts'
import type { StockPeers, StockPresence } from './stock/stock-peers.ts'
import type { Store } from './store.ts'
import { Windows } from './windows.ts'

/** What is exchanged. */
export interface TransferOptions {
  readonly infoHash: string
  readonly store: Store
  /** The pieces that are there. */
  readonly have: Bits
  /** Keeps a piece if it is right, and says whether it is. */
  readonly accept: (piece: number, bytes: Bytes) => Promise<boolean>
  /** Base addresses by BEP 19. */
  readonly webSeeds: readonly string[]
  /** Whether only what somebody reads is fetched. */
  readonly isLazy: boolean
}

/** What the transfers of a channel have in common. */
export interface Sharing {
  /** Of what is sent to peers. */
  readonly throttle: Throttle
  readonly counters: Counters
  /** Something went wrong that others make good: an origin that fails, a peer that lies. */
  readonly problem: (text: string) => void
}

export interface TransferEvents {
  piece(piece: number): void
  done(): void
  failed(error: unknown): void
}

/** A peer that exchanges a torrent with this one. */
export interface OtherPeer {
  /** As in `Traffic`. */
  readonly id: string
  /** Whether it has all of it, as it says. */
  readonly isComplete: boolean
  /** Whether it has something that is missing here, and is connected. */
  readonly isGiving: boolean
}

const NOTHING: TransferEvents = { piece: () => undefined, done: () => undefined, failed: () => undefined }

/** One torrent on its way: its pieces, the wires to peers and the origins. */
export class Transfer {
  readonly infoHash: string
  readonly exchange: Exchange
  readonly windows: Windows
  readonly #store: Store
  readonly #layout: Layout
  readonly #sharing: Sharing
  readonly #origins = new Map<SourceId, string>()
  readonly #peers = new Map<SourceId, string>()
  readonly #have: Bits
  /** Peers that are not asked any more; where it is exchanged says which it shares this with. */
  #banned = new Set<string>()
  #swarm: ChannelSwarm | null = null
  #stock: StockPresence | null = null
  /** Who waits for pieces. */
  readonly #waiting: (() => void)[] = []
  #isClosed = false

  constructor(options: TransferOptions, sharing: Sharing, events: TransferEvents) {
    const { infoHash, store, have, accept, webSeeds, isLazy } = options
    this.infoHash = infoHash
    this.#store = store
    this.#sharing = sharing
    this.#have = have
    this.#layout = layoutOfPlaces(store.places)
    const keeper: PieceKeeper = {
      layout: this.#layout,
      held: have,
      read: (piece, offset, length) => store.read(piece, offset, length),
      accept,
    }
    const { throttle, counters } = sharing
    this.exchange = new Exchange(keeper, throttle, {
      ...events,
      piece: (piece) => {
        this.#stock?.verified(piece)
        for (const wake of this.#waiting.splice(0)) wake()
        events.piece(piece)
      },
      received: (source, bytes) => {
        this.#received(source, bytes)
      },
      sent: (source, bytes) => {
        add(counters.toPeers, this.#peers.get(source) ?? 'unknown', bytes)
      },
      banned: (source) => {
        const name = this.#peers.get(source)
        if (name !== undefined) this.#banned.add(name)
        sharing.problem(`${name ?? 'Somebody'} sent what is wrong, and is not asked any more.`)
      },
      doubted: (source) => {
        sharing.problem(`${this.#origins.get(source) ?? 'An origin'} sent what is wrong, and is not asked for a while.`)
      },
      closed: (source) => {
        this.#peers.delete(source)
      },
    })
    this.windows = new Windows(this.exchange, isLazy ? [] : [{ first: 0, end: this.#layout.count }])
    // Before it is known whether anybody is there an origin is asked for no more than to keep pace with it.
    this.exchange.expect(1)
    for (const webSeed of webSeeds) this.#addOrigin(webSeed)
  }

  /** Shares what is complete. */
  static ofWhole(infoHash: string, store: Store, sharing: Sharing): Transfer {
    const have = allBits(store.places.count)
    return new Transfer(
      { infoHash, store, have, accept: () => Promise.resolve(false), webSeeds: [], isLazy: false },
      sharing,
      NOTHING,
    )
  }

  /** Who exchanges the torrent too, as far as is known. */
  get others(): readonly OtherPeer[] {
    const others = new Map<string, OtherPeer>()
    for (const { id, isDone } of this.#swarm?.candidates(this.infoHash) ?? []) {
      others.set(id, { id, isComplete: isDone, isGiving: false })
    }
    for (const [source, id] of this.#peers) {
      const state = this.exchange.stateOf(source)
      if (state) others.set(id, { id, ...state })
    }
    return [...others.values()]
  }

  /** Settles once the piece is there. @throws the reason of the signal, or {ContentError} if it will not come */
  async piece(piece: number, signal: AbortSignal): Promise<void> {
    const wake = () => {
      for (const waiting of this.#waiting.splice(0)) waiting()
    }
    signal.addEventListener('abort', wake)
    while (!this.exchange.has(piece)) {
      signal.throwIfAborted()
      if (this.#isClosed) throw new ContentError('ERR_RELEASE', 'This release is not fetched any more: a newer one is.')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    signal.removeEventListener('abort', wake)
  }

  /** Nobody can be asked who is there. */
  giveUpPeers(): void {
    if (!this.#swarm) this.exchange.expect(0)
  }

  /**
   * Exchanges with the peers of the channel.
   *
   * @param banned peers it has nothing to do with; it adds to them
   */
  enter(swarm: ChannelSwarm, banned: Set<string>): void {
    this.#swarm = swarm
    this.#banned = banned
    swarm.add(
      new WirePool(swarm.mesh, this.infoHash, this.exchange, banned, (source, peer) => {
        this.#peers.set(source, peer)
      }),
    )
  }

  /** Exchanges with stock peers too; `banned` as for those of the channel. */
  meet(stock: StockPeers, banned: Set<string>): void {
    this.#banned = banned
    this.#stock = stock.add({
      infoHash: this.infoHash,
      metadata: this.#store.places.metadata,
      have: this.#have,
      exchange: this.exchange,
      onWire: (source, peer) => {
        if (banned.has(peer)) this.exchange.removeWire(source)
        else this.#peers.set(source, peer)
      },
    })
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const wake of this.#waiting.splice(0)) wake()
    this.#stock?.close()
    this.#swarm?.remove(this.infoHash)
    this.exchange.close()
  }

  #received(source: SourceId, bytes: number): void {
    const { counters } = this.#sharing
    const origin = this.#origins.get(source)
    if (origin === undefined) add(counters.fromPeers, this.#peers.get(source) ?? 'unknown', bytes)
    else add(counters.fromOrigins, origin, bytes)
  }

  #addOrigin(webSeed: string): void {
    const { places } = this.#store
    const find = (piece: number): Whereabouts => {
      const { file, offset } = places.placeOf(piece)
      return { url: fileUrl(webSeed, places.metadata.name, file.path), length: file.length, offset }
    }
    const id = this.exchange.addOrigin((source, listener) => {
      this.#origins.set(source, webSeed)
      return new HttpOrigin(source, this.#layout, find, listener, (text) => {
        this.#sharing.problem(text)
      })
    })
    this.#origins.set(id, webSeed)
  }
}

const layoutOfPlaces = ({ metadata: { pieceLength, files } }: Places): Layout =>
  layoutOf(
    pieceLength,
    files.map(({ length }) => length),
  )
