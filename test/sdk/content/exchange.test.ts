import { createHash, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { allBits, newBits } from '../../../sdk/content/core/bits.ts'
import { BLOCK, type Layout, layoutOf } from '../../../sdk/content/core/layout.ts'
import { Exchange, type PieceKeeper } from '../../../sdk/content/exchange/exchange.ts'
import type { ExchangeEvents } from '../../../sdk/content/exchange/source.ts'
import { Throttle } from '../../../sdk/content/exchange/throttle.ts'
import { type WireListener, WireSource } from '../../../sdk/content/exchange/wire.ts'
import { newMeshWire, pump, shakeHands } from '../../../sdk/content/channel/mesh-wire.ts'
import type { Bytes } from '../../../sdk/shell/bytes.ts'

const PIECE = 2 * BLOCK
const PIECES = 40
const FILE: Bytes = new Uint8Array(randomBytes(PIECES * PIECE - 100))
const LAYOUT: Layout = layoutOf(PIECE, [FILE.length])
const INFO_HASH = 'ab'.repeat(20)
const hashOf = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex')

/** A peer with some of the pieces in memory. */
class TestPeer implements AsyncDisposable {
  readonly file: Bytes
  readonly exchange: Exchange
  readonly done: Promise<undefined>
  readonly failed: Promise<unknown>
  banned = 0

  constructor(file: Bytes | null, changes: Partial<PieceKeeper> = {}) {
    this.file = file?.slice() ?? new Uint8Array(FILE.length)
    const done = Promise.withResolvers<undefined>()
    const failed = Promise.withResolvers<unknown>()
    this.done = done.promise
    this.failed = failed.promise
    const keeper: PieceKeeper = {
      layout: LAYOUT,
      held: file ? allBits(PIECES) : newBits(PIECES),
      read: (piece, offset, length) => {
        const start = piece * PIECE + offset
        return Promise.resolve(this.file.slice(start, start + length))
      },
      accept: (piece, bytes) => {
        const start = piece * PIECE
        if (hashOf(bytes) !== hashOf(FILE.subarray(start, start + bytes.length))) return Promise.resolve(false)
        this.file.set(bytes, start)
        return Promise.resolve(true)
      },
      ...changes,
    }
    const events: ExchangeEvents = {
      piece: () => undefined,
      done: () => {
        done.resolve(undefined)
      },
      failed: failed.resolve,
      received: () => undefined,
      sent: () => undefined,
      banned: () => this.banned++,
      doubted: () => undefined,
      closed: () => undefined,
    }
    this.exchange = new Exchange(keeper, new Throttle(Infinity), events)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.exchange.close()
    return Promise.resolve()
  }
}

/** A peer of one piece that sends what it is told to. */
class Scripted implements AsyncDisposable {
  readonly id: number
  listener: WireListener | null = null
  readonly #exchange: Exchange

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    const nothing = () => undefined
    const added = exchange.addWire(true, (_id, listener) => {
      this.listener = listener
      return {
        bitfield: nothing,
        have: nothing,
        interested: nothing,
        choke: nothing,
        request: nothing,
        cancel: nothing,
        send: () => Promise.resolve(),
        reject: nothing,
        close: nothing,
      }
    })
    this.id = added.id
  }

  serve(): void {
    this.listener?.tell({ type: 'bitfield', wire: this.id, has: 'all' })
    this.listener?.tell({ type: 'unchoked', wire: this.id })
  }

  give(offset: number, byte: number): void {
    this.listener?.received(this.id, { piece: 0, offset, length: BLOCK }, new Uint8Array(BLOCK).fill(byte))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#exchange.removeWire(this.id)
    return Promise.resolve()
  }
}

/** All that was waiting in microtasks has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A wire between two, over streams as the mesh has them. */
async function connect(one: TestPeer, other: TestPeer): Promise<void> {
  const [here, there] = [newMeshWire(), newMeshWire()]
  void pump(there.stream, here.wire, PIECES)
  void pump(here.stream, there.wire, PIECES)
  await Promise.all([
    shakeHands(here.wire, INFO_HASH, '11'.repeat(20)),
    shakeHands(there.wire, INFO_HASH, '22'.repeat(20)),
  ])
  for (const [peer, { wire, taken }] of [
    [one, here],
    [other, there],
  ] as const) {
    const { closed } = peer.exchange.addWire(true, (id, listener) => new WireSource(id, wire, taken, listener))
    wire.on('close', closed)
  }
}

it('pieces go from one to the other, and on to a third', async () => {
  await using seed = new TestPeer(FILE)
  await using middle = new TestPeer(null)
  await using end = new TestPeer(null)
  await connect(seed, middle)
  await connect(middle, end)
  await Promise.all([middle.done, end.done])
  expect(end.file).toEqual(FILE)
  expect([seed.exchange.isDone, end.exchange.missingBytes]).toEqual([true, 0])
})

it('a peer that sends what is wrong is banned once that is proved, and others make it good', async () => {
  await using seed = new TestPeer(FILE)
  await using liar = new TestPeer(FILE.map((byte, index) => (index % PIECE === 7 ? byte ^ 1 : byte)))
  await using victim = new TestPeer(null)
  await connect(liar, victim)
  await connect(seed, victim)
  await victim.done
  expect(victim.file).toEqual(FILE)
  expect(victim.banned).toBe(1)
})

it('who sent what is right is not banned for what others sent before', async () => {
  const layout = layoutOf(4 * BLOCK, [4 * BLOCK])
  const [verified, gone] = [Promise.withResolvers<undefined>(), [] as number[]]
  const corrupt = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
  let attempts = 0
  const events: ExchangeEvents = {
    piece: () => {
      verified.resolve(undefined)
    },
    done: () => undefined,
    failed: () => undefined,
    received: () => undefined,
    sent: () => undefined,
    banned: (wire) => gone.push(wire),
    doubted: () => undefined,
    closed: () => undefined,
  }
  const exchange = new Exchange(
    {
      layout,
      held: newBits(1),
      read: () => Promise.reject(new Error('There is nothing.')),
      accept: (_piece, bytes) => {
        const isRight = bytes.every((byte) => byte === 7)
        if (!isRight) corrupt[attempts++]?.resolve(undefined)
        return Promise.resolve(isRight)
      },
    },
    new Throttle(Infinity),
    events,
  )
  await using liar = new Scripted(exchange)
  liar.serve()
  for (const offset of [0, 1, 2, 3]) liar.give(offset * BLOCK, 9)
  await corrupt[0]?.promise
  await settled()
  expect(gone).toEqual([liar.id])
  // Again a liar, but for a part, and two who are honest.
  const [second, one, other] = [new Scripted(exchange), new Scripted(exchange), new Scripted(exchange)]
  for (const [peer, offsets, byte] of [
    [second, [0], 9],
    [one, [1], 7],
    [other, [2, 3], 7],
  ] as const) {
    peer.serve()
    for (const offset of offsets) peer.give(offset * BLOCK, byte)
    peer.listener?.tell({ type: 'choked', wire: peer.id })
  }
  await corrupt[1]?.promise
  await settled()
  const last = new Scripted(exchange)
  last.serve()
  for (const offset of [0, 1, 2, 3]) last.give(offset * BLOCK, 7)
  await verified.promise
  await settled()
  expect(gone).toEqual([liar.id, second.id])
  exchange.close()
})

it('a disk that is full ends it with its error, and no piece is lost', async () => {
  await using seed = new TestPeer(FILE)
  let kept = 0
  await using victim = new TestPeer(null, {
    accept: () => (kept++ < 5 ? Promise.resolve(true) : Promise.reject(new Error('ENOSPC'))),
  })
  await connect(seed, victim)
  expect(await victim.failed).toEqual(new Error('ENOSPC'))
  expect(seed.exchange.isDone).toBe(true)
})

it('a disk that has lost a piece makes whoever asks get it elsewhere', async () => {
  await using seed = new TestPeer(FILE)
  await using damaged = new TestPeer(FILE, { read: () => Promise.reject(new Error('EIO')) })
  await using victim = new TestPeer(null)
  await connect(damaged, victim)
  await connect(seed, victim)
  await victim.done
  expect(victim.file).toEqual(FILE)
})

it('hands are shaken over one torrent only', async () => {
  const [here, there] = [newMeshWire(), newMeshWire()]
  void pump(there.stream, here.wire, PIECES)
  void pump(here.stream, there.wire, PIECES)
  const refused = shakeHands(here.wire, INFO_HASH, '11'.repeat(20))
  void shakeHands(there.wire, 'cd'.repeat(20), '22'.repeat(20)).catch(() => undefined)
  await expect(refused).rejects.toThrow('another torrent')
  here.wire.destroy()
  there.wire.destroy()
})
