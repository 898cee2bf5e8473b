import type { OfferId, PeerId } from '../../protocol/ids.ts'
import { MAX_PACKET } from '../../protocol/mesh/overlay.ts'
import { Bucket } from '../core/bucket.ts'
import { fingerprintOf, RELAY_KEY, relayKeyOf } from '../core/description.ts'
import { EdgeswarmError } from '../error.ts'
import { RELAY_RATE } from '../overlay/routes.ts'
import type { Carry } from './attempt.ts'
import { type Bytes, equalBytes, fromBase64, toBase64, utf8 } from './bytes.ts'
import { subtle } from './identity.ts'
import { LOW_WATER, type Rtc, type RtcEvents } from './rtc.ts'

const CURVE = { name: 'ECDH', namedCurve: 'P-256' } as const
/** What is around the content of a packet: its number, and the tag of AES-GCM. */
const NUMBER_LENGTH = 4
const OVERHEAD = NUMBER_LENGTH + 16
/** How long to wait for the budget of those in between, in milliseconds. */
const PAUSE = 50
/** Packets that may wait to be opened: a sender may have so many under way. */
const MAX_WAITING = 1024
/** The connections of one peer that go over others, where no direct one can be made. */
export class Relays {
  readonly #open = new Map<OfferId, RelayedRtc>()

  open(peer: PeerId, id: OfferId, offered: boolean, carry: Carry, events: RtcEvents): Rtc {
    const rtc = new RelayedRtc(
      offered,
      (bytes) => {
        carry(peer, id, bytes)
      },
      {
        ...events,
        close: () => {
          this.#open.delete(id)
          events.close()
        },
      },
    )
    this.#open.set(id, rtc)
    return rtc
  }

  receive(id: OfferId, bytes: Uint8Array): void {
    this.#open.get(id)?.receive(bytes)
  }
}

/**
 * A connection by way of other peers, in the place of a WebRTC connection: an ECDH key on each side instead of a
 * certificate, whose SHA-256 is the fingerprint that the hello signs; AES-GCM instead of DTLS.
 */
class RelayedRtc implements Rtc {
  readonly native = null
  readonly gathered = Promise.resolve()
  readonly remoteAddress = null
  readonly maxMessage = MAX_PACKET - OVERHEAD
  readonly #offered: boolean
  readonly #carry: (bytes: Bytes) => void
  readonly #events: RtcEvents
  readonly #pair = subtle().generateKey(CURVE, false, ['deriveBits'])
  readonly #keys = Promise.withResolvers<Readonly<Record<'out' | 'in', CryptoKey>>>()
  // Others relay twice as much: what went out evenly may come in bursts.
  readonly #budget = new Bucket({ perSecond: RELAY_RATE.perSecond / 2, burst: RELAY_RATE.burst / 2 })
  #description = ''
  #sent = 0
  #received = 0
  #waiting = 0
  #isClosed = false
  #sending: Promise<void> = Promise.resolve()
  #receiving: Promise<void> = Promise.resolve()
  buffered = 0

  constructor(offered: boolean, carry: (bytes: Bytes) => void, events: RtcEvents) {
    this.#offered = offered
    this.#carry = carry
    this.#events = events
    void this.#keys.promise.then(() => {
      events.open()
    })
  }

  async describe(): Promise<string> {
    const { publicKey } = await this.#pair
    const key = new Uint8Array(await subtle().exportKey('raw', publicKey))
    const digest = new Uint8Array(await subtle().digest('SHA-256', key))
    const fingerprint = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')
    this.#description = `a=fingerprint:sha-256 ${fingerprint}\r\n${RELAY_KEY}${toBase64(key)}\r\n`
    return this.#description
  }

  description(): string {
    return this.#description
  }

  async accept(_type: 'offer' | 'answer', description: string): Promise<void> {
    const raw = fromBase64(relayKeyOf(description) ?? '')
    const digest = new Uint8Array(await subtle().digest('SHA-256', raw))
    if (!equalBytes(fingerprintOf(description) ?? new Uint8Array(), digest)) {
      throw new EdgeswarmError('ERR_PROTOCOL', 'The key of a relayed connection is not that of its fingerprint.')
    }
    // The hello that follows names both fingerprints.
    await this.describe()
    const other = await subtle().importKey('raw', raw, CURVE, false, [])
    const { privateKey } = await this.#pair
    const shared = await subtle().deriveBits({ name: 'ECDH', public: other }, privateKey, 256)
    const hkdf = await subtle().importKey('raw', shared, 'HKDF', false, ['deriveKey'])
    const derive = (info: string) =>
      subtle().deriveKey(
        { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(`edgeswarm relayed ${info}`) },
        hkdf,
        { name: 'AES-GCM', length: 256 },
        false,
        ['encrypt', 'decrypt'],
      )
    const [offerer, answerer] = await Promise.all([derive('offerer'), derive('answerer')])
    this.#keys.resolve(this.#offered ? { out: offerer, in: answerer } : { out: answerer, in: offerer })
  }

  addCandidate(): Promise<void> {
    return Promise.resolve()
  }

  send(bytes: Bytes): void {
    this.buffered += bytes.length
    this.#sending = this.#sending
      .then(() => this.#sendNext(bytes))
      .catch(() => {
        this.#fail()
      })
  }

  async #sendNext(bytes: Bytes): Promise<void> {
    const number = this.#sent++
    const { out } = await this.#keys.promise
    const sealed = await subtle().encrypt({ name: 'AES-GCM', iv: nonceOf(number) }, out, bytes)
    while (!this.#isClosed && !this.#budget.take(performance.now(), bytes.length + OVERHEAD)) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE))
    }
    const packet = new Uint8Array(NUMBER_LENGTH + sealed.byteLength)
    new DataView(packet.buffer).setUint32(0, number)
    packet.set(new Uint8Array(sealed), NUMBER_LENGTH)
    this.#carry(packet)
    this.buffered -= bytes.length
    if (this.buffered < LOW_WATER) this.#events.drain()
  }

  /** A packet came. One that is missing ends the connection: the link goes on with another one. */
  receive(packet: Uint8Array): void {
    if (this.#waiting >= MAX_WAITING || packet.length < OVERHEAD) return
    this.#waiting++
    this.#receiving = this.#receiving
      .then(() => this.#receiveNext(packet))
      .catch(() => {
        this.#fail()
      })
  }

  async #receiveNext(packet: Uint8Array): Promise<void> {
    const keys = await this.#keys.promise
    const number = new DataView(packet.buffer, packet.byteOffset).getUint32(0)
    const sealed = Uint8Array.from(packet.subarray(NUMBER_LENGTH))
    // What can't be opened was made by one of those in between: it is as if it had not come.
    const opened = await subtle()
      .decrypt({ name: 'AES-GCM', iv: nonceOf(number) }, keys.in, sealed)
      .catch(() => null)
    this.#waiting--
    if (!opened || number < this.#received || this.#isClosed) return
    if (number !== this.#received++) this.#fail()
    else this.#events.message(new Uint8Array(opened))
  }

  #fail(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#events.close()
  }

  close(): void {
    this.#isClosed = true
    this.#events.close()
  }
}

/** A nonce of AES-GCM: each key is used in one direction of one connection, and its packets are counted. */
function nonceOf(number: number): Bytes {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setUint32(8, number)
  return nonce
}
