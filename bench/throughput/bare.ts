import type { Plan } from './plan.ts'

/** A data channel, ordered and reliable, as far as both engines have the same: what a program without Edgeswarm uses. */
export interface BareChannel {
  send(bytes: Uint8Array<ArrayBuffer>): void
  sendText(text: string): void
  /** Bytes sent and still buffered. */
  readonly buffered: number
  /** Calls back each time that less than `LOW_WATER` is buffered again. */
  onDrain(callback: () => void): void
  onMessage(callback: (message: string | { readonly byteLength: number }) => void): void
}

/** The connection of one end. */
export interface BareConnection {
  offer(): Promise<string>
  answer(offer: string): Promise<string>
  accept(answer: string): Promise<void>
  /** All channels, once all are open. */
  readonly channels: Promise<readonly BareChannel[]>
}

export const HIGH_WATER = 262_144
export const LOW_WATER = 131_072

/** What the downloading end asks of the other. */
interface Wish {
  readonly bytes: number
  readonly messageSize: number
}

/** Sends what is asked for on the channel, as fast as the channel takes it. */
export function serveBare(channel: BareChannel): void {
  let left = 0
  let message = new Uint8Array()
  const fill = () => {
    while (left > 0 && channel.buffered < HIGH_WATER) {
      channel.send(left < message.length ? message.subarray(0, left) : message)
      left -= Math.min(left, message.length)
    }
  }
  channel.onDrain(fill)
  channel.onMessage((wish) => {
    if (typeof wish !== 'string') return
    const { bytes, messageSize } = JSON.parse(wish) as Wish
    left = bytes
    message = new Uint8Array(messageSize).fill(1)
    fill()
  })
}

/** Downloads over as many channels as there are streams; returns seconds from the asking to the last byte. */
export async function downloadBare(
  channels: readonly BareChannel[],
  { streams, bytes, messageSize }: Plan & { readonly messageSize: number },
): Promise<number> {
  const start = performance.now()
  await Promise.all(channels.slice(0, streams).map((channel) => receive(channel, { bytes, messageSize })))
  return (performance.now() - start) / 1000
}

function receive(channel: BareChannel, wish: Wish): Promise<void> {
  return new Promise((resolve) => {
    let received = 0
    channel.onMessage((message) => {
      if (typeof message !== 'string') received += message.byteLength
      if (received >= wish.bytes) resolve()
    })
    channel.sendText(JSON.stringify(wish))
  })
}
