import type Wire from 'bittorrent-protocol'

/**
 * A side that leaves so many bytes unread is of no use, and the wire is closed. A guess: content waits for room before it
 * is sent, so that what it asked for and did not get is most of it.
 */
const MOST_WAITING = 1_048_576

/** What a wire says, as a stream that is read no faster than the transport takes it. */
export class Outgoing {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  readonly #waiting: Uint8Array<ArrayBuffer>[] = []
  readonly #onTaken: (chunk: Uint8Array) => void
  #bytes = 0
  #isClosed = false
  #wake: (() => void) | null = null

  /** @param onTaken is told of each chunk that the transport has taken, as the wire was given it */
  constructor(wire: Wire, onTaken: (chunk: Uint8Array) => void) {
    this.#onTaken = onTaken
    wire.on('data', (chunk: Uint8Array<ArrayBuffer>) => {
      this.#waiting.push(chunk)
      this.#bytes += chunk.length
      if (this.#bytes > MOST_WAITING) {
        this.#waiting.length = this.#bytes = 0
        wire.destroy()
      }
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
    controller.enqueue(chunk)
    this.#onTaken(chunk)
  }
}
