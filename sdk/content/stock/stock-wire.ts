import type Wire from 'bittorrent-protocol'
import type { Bytes } from '../../shell/bytes.ts'
import type { Block, SourceId } from '../core/event.ts'
import { type Layout, lengthOf } from '../core/layout.ts'
import type { Exchange } from '../exchange/exchange.ts'
import { type Respond, type WireListener, WireSource } from '../exchange/wire.ts'
import { padded } from '../piece-hash.ts'

/** Gives a wire that webtorrent has opened to the exchange. Whoever is told of it may have it closed at once. */
export function takeWire(
  wire: Wire & { readonly peerId: string | null },
  { exchange, onWire }: { readonly exchange: Exchange; readonly onWire: (source: SourceId, peer: string) => void },
): void {
  if (wire.destroyed) return
  for (const event of ['request', 'interested']) wire.removeAllListeners(event)
  const sources: StockSource[] = []
  const { id: added, closed } = exchange.addWire(false, (id, listener) => {
    const source = new StockSource(id, wire, exchange.layout, listener)
    sources.push(source)
    return source
  })
  wire.on('close', closed)
  onWire(added, `stock peer ${wire.peerId ?? ''}`)
  for (const source of sources) source.catchUp()
}

/** A wire to a peer that knows nothing of padding (BEP 47): it asks for that too. */
class StockSource extends WireSource {
  readonly #layout: Layout

  constructor(id: SourceId, wire: Wire, layout: Layout, listener: WireListener) {
    super(id, wire, () => Promise.resolve(), listener)
    this.#layout = layout
  }

  override bitfield(): void {
    // webtorrent has said it.
  }

  protected override requested(block: Block, respond: Respond): void {
    const { length } = block
    const known = this.known(block)
    if (known.length > 0) {
      super.requested(known, (error, bytes) => {
        respond(error, bytes && padded(bytes, length))
      })
    } else if (block.offset + length <= this.#layout.pieceLength) {
      respond(null, new Uint8Array(length) satisfies Bytes)
    }
  }

  /** Without what is beyond the file. */
  protected override known({ piece, offset, length }: Block): Block {
    return { piece, offset, length: Math.max(0, Math.min(length, lengthOf(this.#layout, piece) - offset)) }
  }
}
