import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  isNumbered,
  MAX_CONTROL,
  MAX_HEADER,
  type Priority,
  type StreamId,
} from '../../../protocol/mesh/frame.ts'

const number = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constantFrom(0, 127, 128, 2 ** 53 - 1))
const stream = number.map((value) => value as StreamId)
const bytes = fc.uint8Array({ maxLength: 300 })

const anyFrame: fc.Arbitrary<Exclude<Frame, { type: 'unknown' }>> = fc.oneof(
  fc.record({ type: fc.constantFrom('hello' as const, 'control' as const), body: bytes }),
  fc.record({ type: fc.constantFrom('ping' as const, 'pong' as const), token: number, received: number }),
  fc.record({ type: fc.constant('ack' as const), received: number }),
  fc.record({ type: fc.constant('close' as const), reason: fc.string({ unit: 'grapheme-ascii', maxLength: 200 }) }),
  fc.record({
    type: fc.constant('open' as const),
    stream,
    priority: fc.nat(2).map((value) => value as Priority),
    header: bytes,
  }),
  fc.record({ type: fc.constant('header' as const), stream, header: bytes }),
  fc.record({ type: fc.constant('data' as const), stream, bytes }),
  fc.record({ type: fc.constantFrom('end' as const, 'stop' as const), stream }),
  fc.record({ type: fc.constant('reset' as const), stream, code: number }),
  fc.record({ type: fc.constant('credit' as const), stream, credit: number }),
)

describe('L1: a frame is its type, its numbers and the rest', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(decodeFrame(encodeFrame(frame))).toEqual(frame)
      }),
    )
  })

  it('no bytes make the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
        const frame = decodeFrame(input)
        expect(frame === null || typeof frame.type === 'string').toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('what is cut off within its numbers is no frame', () => {
    fc.assert(
      fc.property(stream, number, (id, code) => {
        const whole = encodeFrame({ type: 'reset', stream: id, code })
        for (let length = 0; length < whole.length; length++) expect(decodeFrame(whole.subarray(0, length))).toBeNull()
      }),
    )
  })

  it('a number that is not safe is none', () => {
    expect(decodeFrame(Uint8Array.of(3, ...Array<number>(8).fill(0xff), 0x01))).toBeNull()
    expect(decodeFrame(Uint8Array.of(3, ...Array<number>(20).fill(0x80), 0x00))).toBeNull()
  })

  it('a priority above 2 is none', () => {
    expect(decodeFrame(Uint8Array.of(9, 0, 3))).toBeNull()
  })

  it('a reason is cut to 200 ASCII characters', () => {
    const frame = decodeFrame(encodeFrame({ type: 'close', reason: `ü${'x'.repeat(400)}` }))
    expect(frame).toEqual({ type: 'close', reason: `\x7f${'x'.repeat(199)}` })
  })
})

describe('L2: types from 8 on are numbered', () => {
  it('an unknown one of them is a frame, any other is none', () => {
    expect(decodeFrame(Uint8Array.of(99, 1, 2))).toEqual({ type: 'unknown' })
    expect(decodeFrame(Uint8Array.of(5, 1, 2))).toBeNull()
    expect(decodeFrame(new Uint8Array())).toBeNull()
  })

  it('the known ones are numbered from control on', () => {
    fc.assert(
      fc.property(anyFrame, (frame) => {
        expect(isNumbered(frame)).toBe((encodeFrame(frame)[0] ?? 0) >= 8)
      }),
    )
    expect(isNumbered({ type: 'unknown' })).toBe(true)
  })
})

it('L8: a header and a control message have a greatest length', () => {
  const header = (length: number) =>
    decodeFrame(encodeFrame({ type: 'header', stream: 1 as StreamId, header: new Uint8Array(length) }))
  const control = (length: number) => decodeFrame(encodeFrame({ type: 'control', body: new Uint8Array(length) }))
  expect(header(MAX_HEADER)).not.toBeNull()
  expect(header(MAX_HEADER + 1)).toBeNull()
  expect(control(MAX_CONTROL)).not.toBeNull()
  expect(control(MAX_CONTROL + 1)).toBeNull()
})
