import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeFrame, HIGH, LOW, NORMAL, type StreamId } from '../../../protocol/mesh/frame.ts'
import { take } from '../../../sdk/core/mux/send.ts'
import { FIRST_WINDOW, MAX_STREAMS, MAX_URGENT, MAX_WINDOW, nextStream } from '../../../sdk/core/mux/state.ts'
import { dataOf, End, exchange, pair } from './mux-ends.ts'

const bytesOf = (length: number, seed = 1): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => (index * 31 + seed * 7) % 251)

describe('what is written arrives', () => {
  it('whole and in order, whatever the sizes and priorities', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            priority: fc.constantFrom(HIGH, NORMAL, LOW),
            chunks: fc.array(fc.nat(40_000), { maxLength: 8 }),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        (plans) => {
          const [one, other] = pair()
          const sent = plans.map(({ priority, chunks }, index) => {
            const stream = one.open(priority)
            for (const length of chunks) one.run({ type: 'write', stream, bytes: bytesOf(length, index) })
            one.run({ type: 'end', stream })
            return { stream, bytes: Buffer.concat(chunks.map((length) => bytesOf(length, index))) }
          })
          exchange(one, other)
          for (const { stream, bytes } of sent) {
            expect(Buffer.compare(dataOf(other, stream), bytes)).toBe(0)
            expect(other.ended.has(stream)).toBe(true)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('a payload far larger than any window, in bounded memory on both sides', () => {
    const [one, other] = pair()
    const stream = one.open(NORMAL)
    let most = 0
    for (let written = 0; written < 200; written++) {
      one.run({ type: 'write', stream, bytes: bytesOf(65_536, written) })
      exchange(one, other, () => {
        most = Math.max(most, one.state.retainedBytes, other.unread(stream))
      })
    }
    expect(dataOf(other, stream).length).toBe(200 * 65_536)
    expect(most).toBeLessThanOrEqual(2 * MAX_WINDOW)
  })

  it('small writes go together', () => {
    const [one, other] = pair()
    const stream = one.open(NORMAL)
    for (let index = 0; index < 1000; index++) one.run({ type: 'write', stream, bytes: bytesOf(10, index) })
    exchange(one, other)
    expect(dataOf(other, stream).length).toBe(10_000)
    expect(one.framesSent).toBeLessThan(20)
  })
})

describe('L3: acknowledgements', () => {
  it('let go of what was kept', () => {
    const [one, other] = pair()
    const stream = one.open(NORMAL)
    one.run({ type: 'write', stream, bytes: bytesOf(50_000) })
    exchange(one, other)
    one.run({ type: 'ping', token: 1 })
    exchange(one, other)
    expect(one.state.retainedBytes).toBe(0)
  })

  it('of what was never sent are a fault', () => {
    const [one] = pair()
    expect(one.receive({ type: 'ack', received: 1 })).toEqual([expect.objectContaining({ type: 'fault' })])
  })

  it('that say less than before mean nothing', () => {
    const [one, other] = pair()
    one.open(NORMAL)
    exchange(one, other)
    one.run({ type: 'ping', token: 1 })
    exchange(one, other)
    expect(one.receive({ type: 'ack', received: 0 })).toEqual([])
    expect(one.state.acknowledged).toBe(1)
  })
})

it('L4: a ping is answered with its token', () => {
  const [one, other] = pair()
  one.run({ type: 'ping', token: 77 })
  exchange(one, other)
  expect(one.effects).toContainEqual({ type: 'pong', token: 77 })
})

describe('L5: the numbers of streams', () => {
  it('of the two sides never meet', () => {
    const [one, other] = pair()
    expect([one.open(NORMAL), one.open(NORMAL), other.open(NORMAL), other.open(NORMAL)]).toEqual([0, 2, 1, 3])
  })

  it('that are not the sender’s, or not higher than its last, are a fault', () => {
    const header = new Uint8Array()
    for (const stream of [1, 0] as StreamId[]) {
      const [, other] = pair()
      expect(other.receive({ type: 'open', stream: 0 as StreamId, priority: NORMAL, header })).toHaveLength(1)
      const effects = other.receive({ type: 'open', stream, priority: NORMAL, header })
      expect(effects).toEqual([{ type: 'fault', reason: 'a stream with a wrong number' }])
    }
  })

  it('an honest side waits when it has 256 open', () => {
    const [one] = pair()
    for (let index = 0; index < MAX_STREAMS; index++) one.open(NORMAL)
    expect(nextStream(one.state)).toBeNull()
    one.run({ type: 'reset', stream: 0 as StreamId, code: 0 })
    expect(nextStream(one.state)).toBe(2 * MAX_STREAMS)
  })

  it('one more than 256 at once is a fault', () => {
    const [, other] = pair()
    const open = (index: number) =>
      other.receive({ type: 'open', stream: (2 * index) as StreamId, priority: NORMAL, header: new Uint8Array() })
    for (let index = 0; index < MAX_STREAMS; index++) expect(open(index)[0]?.type).toBe('opened')
    expect(open(MAX_STREAMS)).toEqual([{ type: 'fault', reason: 'too many streams' }])
  })
})

describe('L6: credit', () => {
  it('a reader that reads nothing is sent no more than its window', () => {
    const [one, other] = pair({ otherReads: false })
    const stream = one.open(NORMAL)
    one.run({ type: 'write', stream, bytes: bytesOf(500_000) })
    exchange(one, other)
    expect(other.unread(stream)).toBe(FIRST_WINDOW)
  })

  it('such a reader blocks no other stream', () => {
    const [one, other] = pair({ otherReads: false })
    const stuck = one.open(HIGH)
    one.run({ type: 'write', stream: stuck, bytes: bytesOf(500_000) })
    const free = one.open(LOW)
    one.run({ type: 'write', stream: free, bytes: bytesOf(300_000) })
    other.reads.add(free)
    exchange(one, other)
    expect(dataOf(other, free).length).toBe(300_000)
    expect(other.unread(stuck)).toBe(FIRST_WINDOW)
  })

  it('more data than was granted is a fault', () => {
    const [, other] = pair({ otherReads: false })
    const stream = 0 as StreamId
    other.receive({ type: 'open', stream, priority: NORMAL, header: new Uint8Array() })
    expect(other.receive({ type: 'data', stream, bytes: bytesOf(FIRST_WINDOW) })[0]?.type).toBe('data')
    expect(other.receive({ type: 'data', stream, bytes: bytesOf(1) })).toEqual([
      { type: 'fault', reason: 'more data than was granted' },
    ])
  })

  it('data after the end is a fault', () => {
    const [, other] = pair()
    const stream = 0 as StreamId
    other.receive({ type: 'open', stream, priority: NORMAL, header: new Uint8Array() })
    other.receive({ type: 'end', stream })
    expect(other.receive({ type: 'data', stream, bytes: bytesOf(1) })[0]?.type).toBe('fault')
  })

  it('windows grow only as far as the link has memory for them', () => {
    const [one, other] = pair()
    const streams = Array.from({ length: 30 }, () => one.open(NORMAL))
    for (let round = 0; round < 60; round++) {
      for (const stream of streams) one.run({ type: 'write', stream, bytes: bytesOf(65_536, round) })
      exchange(one, other)
    }
    const windows = streams.map((stream) => other.state.streams.get(stream)?.window ?? 0)
    const grown = windows.reduce((sum, window) => sum + window - FIRST_WINDOW, 0)
    expect(grown).toBe(8_388_608)
    for (const stream of streams) one.run({ type: 'end', stream })
    for (const stream of streams) other.run({ type: 'end', stream })
    exchange(one, other)
    expect(other.state.windowBudget).toBe(8_388_608)
  })

  it('more credit than there are numbers is a fault', () => {
    const [one] = pair()
    const stream = one.open(NORMAL)
    const effects = one.receive({ type: 'credit', stream, credit: 2 ** 53 - 1 })
    expect(effects[0]?.type).toBe('fault')
  })
})

describe('L7: the end of a stream', () => {
  it('comes when both halves have ended, on both sides', () => {
    const [one, other] = pair()
    const stream = one.open(NORMAL)
    one.run({ type: 'end', stream })
    exchange(one, other)
    expect(one.closed.has(stream)).toBe(false)
    other.run({ type: 'end', stream })
    exchange(one, other)
    expect(one.closed.has(stream) && other.closed.has(stream)).toBe(true)
  })

  it('a reset ends both halves and throws away what waits', () => {
    const [one, other] = pair({ otherReads: false })
    const stream = one.open(NORMAL)
    one.run({ type: 'write', stream, bytes: bytesOf(500_000) })
    exchange(one, other)
    other.run({ type: 'reset', stream, code: 0 })
    exchange(one, other)
    expect(one.effects).toContainEqual({ type: 'reset', stream, code: 0 })
    expect([one.state.streams.size, other.state.streams.size]).toEqual([0, 0])
  })

  it('a stop lets the other half go on', () => {
    const [one, other] = pair({ otherReads: false })
    const stream = one.open(NORMAL)
    one.run({ type: 'write', stream, bytes: bytesOf(500_000) })
    exchange(one, other)
    other.run({ type: 'stop', stream })
    other.run({ type: 'write', stream, bytes: bytesOf(5) })
    exchange(one, other)
    expect(one.effects).toContainEqual({ type: 'stopped', stream })
    expect(dataOf(one, stream).length).toBe(5)
    other.run({ type: 'end', stream })
    exchange(one, other)
    expect(one.closed.has(stream) && other.closed.has(stream)).toBe(true)
  })

  it('a late frame of a closed stream means nothing, one of a stream that never was is a fault', () => {
    const [one] = pair()
    const stream = one.open(NORMAL)
    one.run({ type: 'reset', stream, code: 0 })
    expect(one.receive({ type: 'data', stream, bytes: bytesOf(5) })).toEqual([])
    expect(one.receive({ type: 'data', stream: 8 as StreamId, bytes: bytesOf(5) })[0]?.type).toBe('fault')
    expect(one.receive({ type: 'data', stream: 9 as StreamId, bytes: bytesOf(5) })[0]?.type).toBe('fault')
  })
})

describe('Q4: what is urgent goes first', () => {
  it('an urgent stream overtakes what was written before it', () => {
    const [one, other] = pair()
    const slow = one.open(LOW)
    one.run({ type: 'write', stream: slow, bytes: bytesOf(60_000) })
    const urgent = one.open(HIGH)
    one.run({ type: 'write', stream: urgent, bytes: bytesOf(10) })
    exchange(one, other)
    expect(other.order.indexOf(urgent)).toBeLessThan(other.order.indexOf(slow))
  })

  it('streams of one priority take turns', () => {
    const [one, other] = pair()
    const streams = [one.open(NORMAL), one.open(NORMAL)]
    for (const stream of streams) {
      for (let index = 0; index < 3; index++) one.run({ type: 'write', stream, bytes: bytesOf(65_536) })
    }
    for (const stream of streams) other.reads.add(stream)
    exchange(one, other)
    expect(other.order.slice(0, 4)).toEqual([streams[0], streams[1], streams[0], streams[1]])
  })
})

describe('L15: on another connection', () => {
  it('nothing is lost and nothing comes twice, whenever the connections break', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ length: fc.nat(100_000), keeps: fc.nat(6) }), { minLength: 1, maxLength: 12 }),
        (rounds) => {
          const [one, other] = pair()
          const stream = one.open(NORMAL)
          let sent = Buffer.alloc(0)
          for (const [index, { length, keeps }] of rounds.entries()) {
            const bytes = bytesOf(length, index)
            sent = Buffer.concat([sent, bytes])
            one.run({ type: 'write', stream, bytes })
            other.run({ type: 'control', body: bytesOf(3, index) })
            // Of what both send only so many frames arrive before the connection breaks.
            other.takeFrom(one, keeps)
            one.takeFrom(other, keeps)
            one.reconnect(other)
          }
          exchange(one, other)
          expect(Buffer.compare(dataOf(other, stream), sent)).toBe(0)
          expect(one.controls).toEqual(rounds.map((_, index) => bytesOf(3, index)))
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('hostile frames', () => {
  it('never throw, and never let memory grow beyond its bounds', () => {
    const id = fc.nat(40).map((value) => value as StreamId)
    const header = fc.uint8Array({ maxLength: 8 })
    const anyFrame = fc.oneof(
      fc.record({ type: fc.constant('open' as const), stream: id, priority: fc.constant(NORMAL), header }),
      fc.record({ type: fc.constant('data' as const), stream: id, bytes: fc.uint8Array({ maxLength: 100 }) }),
      fc.record({ type: fc.constantFrom('end' as const, 'stop' as const), stream: id }),
      fc.record({ type: fc.constant('reset' as const), stream: id, code: fc.nat(9) }),
      fc.record({ type: fc.constant('credit' as const), stream: id, credit: fc.maxSafeNat() }),
      fc.record({ type: fc.constant('header' as const), stream: id, header }),
      fc.record({ type: fc.constant('ack' as const), received: fc.nat(50) }),
      fc.record({ type: fc.constant('ping' as const), token: fc.nat(), received: fc.nat(50) }),
      fc.constant({ type: 'unknown' as const }),
    )
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 60 }), (frames) => {
        const [one] = pair()
        const mine = one.open(NORMAL)
        one.run({ type: 'write', stream: mine, bytes: bytesOf(100_000) })
        for (const frame of frames) if (one.receive(frame).some(({ type }) => type === 'fault')) return
        expect(one.state.otherStreams).toBeLessThanOrEqual(MAX_STREAMS)
        expect(one.state.streams.size).toBe(one.state.ownStreams + one.state.otherStreams)
      }),
      { numRuns: 500 },
    )
  })

  it('whoever does not read what is urgent is faulted', () => {
    const one = new End(true)
    let faulted = false
    for (let index = 0; index < MAX_URGENT / 60_000 + 2; index++) {
      faulted ||= one.run({ type: 'control', body: bytesOf(60_000) }).some(({ type }) => type === 'fault')
    }
    expect(faulted).toBe(true)
  })

  it('whoever acknowledges nothing is faulted', () => {
    const [one] = pair()
    let faulted = false
    for (let index = 0; index < 70_000 && !faulted; index++) {
      faulted = one.run({ type: 'control', body: bytesOf(1) }).some(({ type }) => type === 'fault')
      take(one.state, 65_536)
    }
    expect(faulted).toBe(true)
  })

  it('whoever takes nothing is not answered without end', () => {
    const [one] = pair()
    let faulted = false
    for (let token = 0; token < 100; token++) {
      faulted ||= one.receive({ type: 'ping', token, received: 0 }).some(({ type }) => type === 'fault')
      expect(take(one.state, 0).frames).toEqual([])
    }
    expect(faulted).toBe(true)
  })

  it('a hello or a close amid frames is a fault', () => {
    const [one] = pair()
    expect(one.receive({ type: 'hello', body: new Uint8Array() })[0]?.type).toBe('fault')
    expect(encodeFrame({ type: 'close', reason: '' })).toEqual(Uint8Array.of(4))
  })
})
