// A video that a browser plays and seeks in: frames in WebM (RFC 9559), and bytes that mean nothing to make it large.
import { randomBytes } from 'node:crypto'
import type { Page } from 'playwright-core'

interface Frame {
  /** VP8, as base64. */
  readonly data: string
  readonly isKey: boolean
  /** Milliseconds. */
  readonly time: number
}

export interface VideoOptions {
  readonly seconds: number
  /** Bytes that are added to each second. */
  readonly padding: number
}

const [WIDTH, HEIGHT, RATE] = [320, 180, 10]

/**
 * Makes a video of grey that grows lighter: see {@link greyAt}.
 *
 * @param page in which its frames are encoded
 */
export async function makeVideo(page: Page, { seconds, padding }: VideoOptions): Promise<Uint8Array> {
  const frames = await page.evaluate(encode, { width: WIDTH, height: HEIGHT, rate: RATE, seconds })
  const clusters = Array.from({ length: seconds }, (_, second) => {
    const own = frames.filter(({ time }) => Math.floor(time / 1000) === second)
    const blocks = own.flatMap(({ data, isKey, time }) => [
      element(
        0xa3,
        Buffer.from([0x81, ...big(time - second * 1000, 2), isKey ? 0x80 : 0]),
        Buffer.from(data, 'base64'),
      ),
      // In small parts: larger ones would be skipped, and never asked for.
      element(0xec, randomBytes(padding / RATE)),
    ])
    return element(0x1f43b675, number(0xe7, second * 1000), ...blocks)
  })
  const info = element(
    0x1549a966,
    number(0x2ad7b1, 1_000_000),
    element(0x4489, double(seconds * 1000)),
    text(0x4d80, 'test'),
    text(0x5741, 'test'),
  )
  const picture = element(0xe0, number(0xb0, WIDTH), number(0xba, HEIGHT))
  const track = element(0xae, number(0xd7, 1), number(0x73c5, 1), number(0x83, 1), text(0x86, 'V_VP8'), picture)
  const tracks = element(0x1654ae6b, track)
  const before = info.length + tracks.length
  // All positions take as many bytes, so that the index is as long whatever they are.
  const length = index(clusters, 0).length
  const segment = element(0x18538067, info, tracks, index(clusters, before + length), ...clusters)
  const versions = [0x4286, 0x42f7].map((id) => number(id, 1))
  const head = element(
    0x1a45dfa3,
    ...versions,
    number(0x42f2, 4),
    number(0x42f3, 8),
    text(0x4282, 'webm'),
    ...[0x4287, 0x4285].map((id) => number(id, 2)),
  )
  return Buffer.concat([head, segment])
}

/** How light the picture is at a time, from 0 to 255: a step a second. Black is 16 in the encoded picture, and white 235. */
export function greyAt(seconds: number, { seconds: all }: Pick<VideoOptions, 'seconds'>): number {
  const encoded = 40 + (170 * Math.floor(seconds)) / all
  return ((encoded - 16) * 255) / 219
}

/** Cues: where each cluster begins. */
function index(clusters: readonly Buffer[], offset: number): Buffer {
  let position = offset
  const points = clusters.map((cluster, second) => {
    const place = element(0xb7, number(0xf7, 1), element(0xf1, Buffer.from(big(position, 6))))
    position += cluster.length
    return element(0xbb, number(0xb3, second * 1000), place)
  })
  return element(0x1c53bb6b, ...points)
}

function element(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(big(id, Math.ceil(id.toString(16).length / 2))), sizeOf(body.length), body])
}

/** A length in eight bytes, the first of which says so. */
const sizeOf = (length: number): Buffer => Buffer.from([1, ...big(length, 7)])
const number = (id: number, value: number): Buffer => element(id, Buffer.from(big(value, 6)))
const text = (id: number, value: string): Buffer => element(id, Buffer.from(value))

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes
}

const big = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, index) => Math.floor(value / 256 ** (bytes - 1 - index)) % 256)

/** Runs in the page. */
async function encode(options: { width: number; height: number; rate: number; seconds: number }): Promise<Frame[]> {
  const { width, height, rate, seconds } = options
  const frames: Promise<Frame>[] = []
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      const data = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
      frames.push(Promise.resolve({ data, isKey: chunk.type === 'key', time: Math.round(chunk.timestamp / 1000) }))
    },
    error: (error) => frames.push(Promise.reject(error)),
  })
  encoder.configure({ codec: 'vp8', width, height, framerate: rate, bitrate: 200_000 })
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  for (let index = 0; index < seconds * rate && context; index++) {
    const second = Math.floor(index / rate)
    const grey = Math.round(40 + (170 * second) / seconds)
    context.fillStyle = `rgb(${grey} ${grey} ${grey})`
    context.fillRect(0, 0, width, height)
    // Something that moves, as a person would look for.
    context.fillStyle = `rgb(${grey} ${255 - grey} 160)`
    context.beginPath()
    context.arc(40 + ((index * 6) % 240), 90 - 45 * Math.abs(Math.sin(index / 4)), 22, 0, 7)
    context.fill()
    const frame = new VideoFrame(canvas, { timestamp: (index * 1_000_000) / rate })
    encoder.encode(frame, { keyFrame: index % rate === 0 })
    frame.close()
  }
  await encoder.flush()
  return Promise.all(frames)
}
