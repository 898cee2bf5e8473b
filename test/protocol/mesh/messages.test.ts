import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Control, decodeControl, encodeControl, MAX_METADATA } from '../../../protocol/mesh/control.ts'
import {
  decodeResponseHeader,
  decodeStreamHeader,
  encodeHeader,
  type StreamHeader,
} from '../../../protocol/mesh/header.ts'
import {
  decodeHello,
  decodeSignedHello,
  encodeHello,
  encodeSignedHello,
  signedBytes,
} from '../../../protocol/mesh/hello.ts'
import { encodeValue } from '../../../protocol/mesh/value.ts'
import { peerIdOf } from '../../support/core.ts'

const one = peerIdOf('one')
const other = peerIdOf('other')
const bytes = (length: number, fill = 7) => new Uint8Array(length).fill(fill)

const controls: readonly Control[] = [
  { type: 'enter', swarm: 1, proof: bytes(16) },
  { type: 'welcome', swarm: 1, metadata: { name: 'x' } },
  { type: 'refuse', swarm: 0, reason: 'full' },
  { type: 'refuse', swarm: 0, reason: 'denied' },
  { type: 'leave', swarm: 3 },
  { type: 'metadata', swarm: 3, metadata: new Map([[1, 2]]) },
  { type: 'media', kind: 'offer', sdp: 'v=0', streams: [{ id: 's', swarm: 1 }] },
]

describe('control messages', () => {
  it.each(controls)('E1, E3, E4, E5: $type comes back as it was', (control) => {
    expect(decodeControl(encodeControl(control))).toEqual(control)
  })

  it('one of another kind is for a later version', () => {
    expect(decodeControl(encodeValue({ type: 'dance', swarm: 1 }))).toBe('unknown')
  })

  it.each([
    ['no object', 'enter'],
    ['a Map', new Map([['type', 'leave']])],
    ['no swarm', { type: 'leave' }],
    ['a swarm that is no number', { type: 'leave', swarm: '1' }],
    ['a swarm below zero', { type: 'leave', swarm: -1 }],
    ['a short proof', { type: 'enter', swarm: 1, proof: bytes(15) }],
    ['a proof that is a text', { type: 'enter', swarm: 1, proof: 'x'.repeat(16) }],
    ['metadata of more than 4,096 bytes', { type: 'metadata', swarm: 1, metadata: 'x'.repeat(MAX_METADATA) }],
    ['a welcome with as much', { type: 'welcome', swarm: 1, metadata: bytes(MAX_METADATA) }],
    ['media without a description', { type: 'media', kind: 'offer' }],
  ])('malformed: %s', (_, value) => {
    expect(decodeControl(encodeValue(value))).toBeNull()
  })

  it('no bytes make the readers throw', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.object({ maxDepth: 3 }).map((value) => encodeValue(JSON.parse(JSON.stringify(value) || '{}'))),
    )
    fc.assert(
      fc.property(anything, (input) => {
        for (const read of [decodeControl, decodeStreamHeader, decodeResponseHeader, decodeHello, decodeSignedHello]) {
          read(input)
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('stream headers', () => {
  const headers: readonly StreamHeader[] = [
    { type: 'overlay', swarm: 1 },
    { type: 'request', swarm: 1, method: 'GET', path: '/a?b=c', headers: [['x', 'y']], hasBody: false },
  ]

  it.each(headers)('O1, Q1: $type comes back as it was', (header) => {
    expect(decodeStreamHeader(encodeHeader(header))).toEqual(header)
  })

  it('Q2: so does the head of a response', () => {
    const head = { status: 404, statusText: 'Not Found', headers: [['a', 'b']] as [string, string][] }
    expect(decodeResponseHeader(encodeHeader(head))).toEqual(head)
  })

  it('one of another kind is for a later version', () => {
    expect(decodeStreamHeader(encodeValue({ type: 'dance', swarm: 1 }))).toBe('unknown')
  })

  const request = { type: 'request', swarm: 1, method: 'GET', path: '/', headers: [], hasBody: false }
  it.each([
    ['no swarm', { type: 'overlay' }],
    ['a swarm that is no number', { type: 'overlay', swarm: '1' }],
    ['a long path', { ...request, path: `/${'x'.repeat(8192)}` }],
    ['a path without its slash', { ...request, path: 'http://elsewhere' }],
    ['no method', { ...request, method: 1 }],
    ['headers that are no pairs', { ...request, headers: ['x'] }],
    ['headers that are no texts', { ...request, headers: [['x', 1]] }],
    ['129 headers', { ...request, headers: Array.from({ length: 129 }, () => ['x', 'y']) }],
  ])('malformed: %s', (_, value) => {
    expect(decodeStreamHeader(encodeValue(value))).toBeNull()
  })

  it.each([101, 199, 600, 0, 'x', null])('a response has no status %s', (status) => {
    expect(decodeResponseHeader(encodeValue({ status, statusText: '', headers: [] }))).toBeNull()
  })
})

describe('L10: a hello', () => {
  const hello = { session: bytes(16), generation: 3 }
  const signed = { publicKey: bytes(32), body: encodeHello(hello), signature: bytes(64) }

  it('comes back as it was', () => {
    const read = decodeSignedHello(encodeSignedHello(signed))
    expect(read).toEqual(signed)
    expect(decodeHello(read?.body ?? bytes(0))).toEqual(hello)
  })

  it.each([
    ['a short key', [bytes(31), signed.body, signed.signature]],
    ['a short signature', [signed.publicKey, signed.body, bytes(63)]],
    ['a body that is no bytes', [signed.publicKey, {}, signed.signature]],
    ['nothing', []],
    ['more than 1,024 bytes', [signed.publicKey, bytes(1024), signed.signature]],
  ])('with %s is none', (_, parts) => {
    expect(decodeSignedHello(encodeValue(parts))).toBeNull()
  })

  it.each([
    ['another version', { version: 2, ...hello }],
    ['a short session', { version: 1, ...hello, session: bytes(15) }],
    ['a generation that is no count', { version: 1, ...hello, generation: -1 }],
  ])('of %s is none', (_, body) => {
    expect(decodeHello(encodeValue(body))).toBeNull()
  })

  it('L12: signs who, in which role, between which certificates', () => {
    const ends = {
      signer: one,
      other,
      offered: true,
      signerFingerprint: bytes(32, 1),
      otherFingerprint: bytes(32, 2),
    }
    const variants = [
      ends,
      { ...ends, signer: other, other: one },
      { ...ends, offered: false },
      { ...ends, signerFingerprint: bytes(32, 3) },
      { ...ends, otherFingerprint: bytes(32, 3) },
    ].map((variant) => Buffer.from(signedBytes(variant, signed.body)).toString('hex'))
    expect(new Set(variants).size).toBe(variants.length)
  })
})
