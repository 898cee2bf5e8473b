import type Wire from 'bittorrent-protocol'

/** Bytes that may wait to go before the wire is stopped. */
const HIGH = 262_144

/** What a wire says, as a stream that is read no faster than the transport takes it. */
export class Outgoing {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly #wire: Wire
  readonly #waiting: Uint8Array<ArrayBuffer>[] = []
  readonly #onTaken: (chunk: Uint8Array) => void
  #bytes = 0
  #isClosed = false
  #wake: (() => void) | null = null

  /** @param onTaken is told of each chunk that the transport has taken, as the wire was given it */
  constructor(wire: Wire, onTaken: (chunk: Uint8Array) => void) {
    this.#wire = wire
    this.#onTaken = onTaken
    wire.on('data', (chunk: Uint8Array<ArrayBuffer>) => {
      this.#waiting.push(chunk)
      this.#bytes += chunk.length
      if (this.#bytes > HIGH) wire.pause()
      this.#wake?.()
    })
    wire.on('close', () => {
      this.#isClosed = true
      this.#wake?.()
    })
    this.stream = new ReadableStream(
      {
        pull: (controller) => this.#pull(controller),
        cancel: () => {
          wire.destroy()
        },
      },
      { highWaterMark: 0 },
    )
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    while (this.#waiting.length === 0 && !this.#isClosed) await new Promise<void>((resolve) => (this.#wake = resolve))
    const chunk = this.#waiting.shift()
    if (!chunk) {
      controller.close()
      return
    }
    this.#bytes -= chunk.length
    if (this.#bytes <= HIGH / 2) this.#wire.resume()
    controller.enqueue(chunk)
    this.#onTaken(chunk)
  }
}
