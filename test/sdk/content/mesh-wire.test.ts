import { expect, it } from 'vitest'
import { BLOCK } from '../../../sdk/content/core/layout.ts'
import { newMeshWire, pump, shakeHands } from '../../../sdk/content/channel/mesh-wire.ts'

const INFO_HASH = 'ab'.repeat(20)

function handshake(): Uint8Array {
  const bytes = new Uint8Array(68)
  bytes[0] = 19
  bytes.set(new TextEncoder().encode('BitTorrent protocol'), 1)
  bytes[27] = 4
  bytes.fill(0xab, 28, 48)
  return bytes
}

/** Sends the handshake and these chunks as long as they are read; says how many were. */
async function send(chunks: Iterable<Uint8Array>, pieces = 40): Promise<{ readonly read: number }> {
  const { wire } = newMeshWire()
  shakeHands(wire, INFO_HASH, '11'.repeat(20)).catch(() => undefined)
  let read = 0
  const rest = chunks[Symbol.iterator]()
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        controller.enqueue(handshake())
      },
      pull: (controller) => {
        const next = rest.next()
        if (next.done === true) controller.close()
        else {
          read++
          controller.enqueue(next.value)
        }
      },
    },
    { highWaterMark: 0 },
  )
  const closed = new Promise((resolve) => wire.on('close', resolve))
  await pump(body, wire, pieces)
  await closed
  return { read }
}

const message = (length: number, type: number): Uint8Array => {
  const bytes = new Uint8Array(4 + length)
  new DataView(bytes.buffer).setUint32(0, length)
  if (length > 0) bytes[4] = type
  return bytes
}

function* repeat(times: number, chunk: Uint8Array): Generator<Uint8Array> {
  for (let time = 0; time < times; time++) yield chunk
}

it('a message that is longer than any may be ends the wire before it is gathered', async () => {
  function* endless(): Generator<Uint8Array> {
    yield Uint8Array.of(0x7f, 0xff)
    yield Uint8Array.of(0xff, 0xff)
    yield* repeat(50, new Uint8Array(65_536))
  }
  expect((await send(endless())).read).toBe(2)
})

it('messages as long as they may be pass, however they are cut', async () => {
  const block = message(9 + BLOCK, 7)
  const cut = [block.subarray(0, 3), block.subarray(3, 5), block.subarray(5, 9000), block.subarray(9000)]
  expect((await send([...cut, message(0, 0), message(0, 0), block, message(5, 4)])).read).toBe(8)
})

it('of more pieces the bits may be longer than a block', async () => {
  const bits = message(1 + 25_000, 5)
  expect((await send([bits, message(0, 0)], 200_000)).read).toBe(2)
  expect((await send([bits, message(0, 0)], 40)).read).toBe(1)
})

it('what does not begin as BitTorrent does ends the wire', async () => {
  const { wire } = newMeshWire()
  let read = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (read++ < 9) controller.enqueue(Uint8Array.of(255, 1, 2))
        else controller.close()
      },
    },
    { highWaterMark: 0 },
  )
  await pump(body, wire, 40)
  expect(read).toBe(1)
})

it('a side that asks on and on and takes no answer is hung up on', async () => {
  const requests = new Uint8Array(17 * 3000)
  for (let index = 0; index < 3000; index++) {
    requests.set([0, 0, 0, 13, 6, 0, 0, 0, 0, 0, 0, 0, index >> 8, 0, 0, 64, index & 255], index * 17)
  }
  // Answers of 17 bytes each: 1 MiB is waiting after 21 times 3000.
  expect((await send(repeat(200, requests))).read).toBeLessThan(40)
})
