import { once } from 'node:events'
import { PeerConnection } from 'node-datachannel'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { createIdentity, join } from '../../../sdk/index.ts'
import { deriveSecrets } from '../../../sdk/shell/secrets.ts'
import { fromBinary, toBinary } from '../../../sdk/shell/bytes.ts'
import type { Tracker } from '../../support/tracker.ts'
import { LyingTracker } from './lying-tracker.ts'
import { failureOf, localTracker, next, Peers, peersOf, take } from './swarms.ts'

let tracker: Tracker
beforeAll(async () => {
  tracker = await localTracker()
})
afterAll(() => tracker[Symbol.asyncDispose]())

describe('identity', () => {
  it('L14: the same key is the same peer, and its id is the hash of its public key', async () => {
    const identity = await createIdentity()
    const again = await createIdentity(identity.secretKey)
    expect(again.id).toBe(identity.id)
    const digest = await crypto.subtle.digest('SHA-256', identity.publicKey)
    expect(identity.id).toBe(Buffer.from(digest).subarray(0, 20).toString('hex'))
    expect(await failureOf(createIdentity(new Uint8Array(31)))).toMatchObject({ code: 'ERR_ARGUMENT' })
  })

  it('one that brings none shares that of its process', async () => {
    const options = { tracker: tracker.http, iceServers: [] }
    const [one, other] = [await join('mine 1', options), await join('mine 2', options)]
    expect(one.id).toBe(other.id)
    await Promise.all([one.leave(), other.leave()])
  })

  it('RFC 8032: a known key signs a known message, with WebCrypto and without', async () => {
    // Test 2 of §7.1.
    const secret = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex')
    const signature =
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'
    const native = await createIdentity(new Uint8Array(secret))
    expect(Buffer.from(await native.sign(Uint8Array.of(0x72))).toString('hex')).toBe(signature)
    const unknown = vi
      .spyOn(crypto.subtle, 'importKey')
      .mockRejectedValue(new DOMException('unknown', 'NotSupportedError'))
    try {
      const noble = await createIdentity(new Uint8Array(secret))
      expect(noble.id).toBe(native.id)
      expect(Buffer.from(await noble.sign(Uint8Array.of(0x72))).toString('hex')).toBe(signature)
    } finally {
      unknown.mockRestore()
    }
  })
})

describe('L12: a tracker that lies', () => {
  it('and sits in the middle of every connection gets no link, and hears nothing', async () => {
    await using liar = await LyingTracker.start()
    await using peers = new Peers(liar.url)
    const [one, other] = [await peers.join('lied to'), await peers.join('lied to')]
    // Both hellos went through the middle, as both connections are open; and both sides saw through it.
    await liar.hasPassed(2)
    await liar.isLeft()
    expect([one.peers.size, other.peers.size]).toEqual([0, 0])
    expect(liar.heard.some((frame) => frame[0] === 8)).toBe(false)
  })

  it.each([
    ['behind it', '$&\r\na=fingerprint:sha-256 EVIL'],
    ['before it, with a blank', 'a=fingerprint:sha-256 EVIL \r\n$&'],
    ['before it, in capitals', 'A=FINGERPRINT:SHA-256 EVIL\r\n$&'],
    ['instead of it, which hides behind a carriage return', 'a=fingerprint:sha-256 EVIL \r\na=x:\r$&'],
  ])('L11: an SDP with another fingerprint %s is refused', async (_, changed) => {
    const evil = Array<string>(32).fill('00').join(':')
    await using liar = await LyingTracker.start((sdp) =>
      sdp.replace(/a=fingerprint:sha-256 [0-9A-F:]+/, changed.replace('EVIL', evil)),
    )
    await using peers = new Peers(liar.url)
    const [one, other] = [await peers.join('forged'), await peers.join('forged')]
    await liar.hasRelayed(1)
    await other.topic('t').publish(1)
    expect([one.peers.size, other.peers.size]).toEqual([0, 0])
  })
})

describe('a password', () => {
  it('E6: derives another info hash, and only who knows it meets', async () => {
    const [open, closed, other] = await Promise.all([
      deriveSecrets('x', undefined),
      deriveSecrets('x', 'secret'),
      deriveSecrets('x', 'Secret'),
    ])
    expect(new Set([open.infoHash, closed.infoHash, other.infoHash]).size).toBe(3)
    await using peers = new Peers(tracker.http)
    const [one, two, stranger] = await Promise.all([
      peers.join('x', { password: 'secret' }),
      peers.join('x', { password: 'secret' }),
      peers.join('x', { password: 'Secret' }),
    ])
    await Promise.all([peersOf(one, 1), peersOf(two, 1)])
    expect(stranger.peers.size).toBe(0)
    const heard = take(two.topic('t').messages(), 1)
    await one.topic('t').publish('psst')
    expect(await heard).toHaveLength(1)
  })

  it('E7: seals every SDP that the tracker sees', async () => {
    const seen: string[] = []
    const server = new WebSocketServer({ port: 0 })
    await once(server, 'listening')
    server.on('connection', (socket: WebSocket, request) => {
      const upstream = new globalThis.WebSocket(tracker.ws + (request.url ?? ''))
      const waiting: string[] = []
      upstream.addEventListener('open', () => {
        for (const text of waiting.splice(0)) upstream.send(text)
      })
      socket.on('message', (data: Buffer) => {
        seen.push(data.toString())
        if (upstream.readyState === upstream.OPEN) upstream.send(data.toString())
        else waiting.push(data.toString())
      })
      upstream.addEventListener('message', ({ data }) => {
        socket.send(String(data))
      })
      socket.on('close', () => {
        upstream.close()
      })
    })
    const { port } = server.address() as { port: number }
    await using peers = new Peers(`http://127.0.0.1:${port}`)
    const [one] = [await peers.join('sealed', { password: 'p' }), await peers.join('sealed', { password: 'p' })]
    await peersOf(one, 1)
    const descriptions = seen.filter((text) => text.includes('"sdp"'))
    // A dial that fails is made anew.
    expect(descriptions.length).toBeGreaterThanOrEqual(2)
    for (const text of descriptions) expect(text).not.toMatch(/fingerprint|candidate|v=0/)
    server.close()
    for (const socket of server.clients) socket.terminate()
  })

  it('E7: what was sealed by another, or changed on the way, can not be opened', async () => {
    const [one, other] = await Promise.all([deriveSecrets('x', '1'), deriveSecrets('x', '2')])
    const sealed = await one.seal('v=0')
    expect(await one.open(sealed)).toBe('v=0')
    expect(await other.open(sealed)).toBeNull()
    const bytes = fromBinary(atob(sealed))
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    expect(await one.open(btoa(toBinary(bytes)))).toBeNull()
    expect(await one.open('no base64!')).toBeNull()
  })
})

describe('E4: admit', () => {
  it('lets in only whom it wants, and tells the other', async () => {
    await using peers = new Peers(tracker.http)
    const friend = await createIdentity()
    const host = await peers.join('private', { admit: ({ id }) => id === friend.id })
    const stranger = await peers.join('private')
    expect(await next(stranger, 'denied')).toEqual({ id: host.id })
    await peers.join('private', { identity: friend })
    const [peer] = await peersOf(host, 1)
    expect(peer?.id).toBe(friend.id)
    expect(host.peers.has(stranger.id)).toBe(false)
  })
})

it('the engine of these tests is the real one', () => {
  expect(PeerConnection.name).toBe('PeerConnection')
})
