import { createHash, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { allBits, newBits } from '../../../sdk/content/core/bits.ts'
import { BLOCK, type Layout, layoutOf } from '../../../sdk/content/core/layout.ts'
import { Exchange, type ExchangeEvents, type PieceKeeper } from '../../../sdk/content/exchange/exchange.ts'
import { Throttle } from '../../../sdk/content/exchange/throttle.ts'
import { WireSource } from '../../../sdk/content/exchange/wire.ts'
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
    }
    this.exchange = new Exchange(keeper, new Throttle(Infinity), events)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.exchange.close()
    return Promise.resolve()
  }
}

/** A wire between two, over streams as the mesh has them. */
async function connect(one: TestPeer, other: TestPeer): Promise<void> {
  const [here, there] = [newMeshWire(), newMeshWire()]
  void pump(there.stream, here.wire)
  void pump(here.stream, there.wire)
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
  void pump(there.stream, here.wire)
  void pump(here.stream, there.wire)
  const refused = shakeHands(here.wire, INFO_HASH, '11'.repeat(20))
  void shakeHands(there.wire, 'cd'.repeat(20), '22'.repeat(20)).catch(() => undefined)
  await expect(refused).rejects.toThrow('another torrent')
  here.wire.destroy()
  there.wire.destroy()
})
