import type { PeerId } from '../../protocol/ids.ts'
import { decodeFrame, encodeFrame, type Frame } from '../../protocol/mesh/frame.ts'
import {
  decodeHello,
  decodeSignedHello,
  encodeHello,
  encodeSignedHello,
  type Ends,
  type Hello,
  signedBytes,
} from '../../protocol/mesh/hello.ts'
import { fingerprintOf } from '../core/description.ts'
import { networkOf } from '../core/network.ts'
import { EdgeswarmError } from '../error.ts'
import type { Bytes } from './bytes.ts'
import { type Identity, peerIdOf, verify } from './identity.ts'
import type { Rtc, RtcEvents } from './rtc.ts'

/** What a connection needs of the peer that opens it. */
export interface Opening {
  readonly identity: Identity
  readonly own: PeerId
  /** Opens what carries the connection. */
  readonly open: (events: RtcEvents) => Rtc
  /** Whether that goes over other peers. */
  readonly isRelayed: boolean
  /** Whether this side makes the offer. */
  readonly offered: boolean
  /** What to say first to this peer; asked once the channel is open. */
  hello(other: PeerId): Hello
}

/** Who a connection tells what happens to it. */
export interface ConnectionOwner {
  frame(frame: Frame, size: number): void
  drain(): void
  /** The network may be gone; it may come back. */
  doubt(): void
  /** The connection is gone, and another may take its place. */
  lost(error: EdgeswarmError): void
  /** The other side closed it, or broke the protocol. */
  ended(error: EdgeswarmError): void
}

/** Who has a connection made. */
export interface ConnectionMaker extends ConnectionOwner {
  candidate(candidate: string): void
  /** The other side has proved who it is. Frames come from now on, to the owner. */
  ready(connection: Connection, hello: Hello): void
}

/** How much may wait for the hello to be verified, in bytes: a sender has no more under way. */
const MAX_WAITING = 1_048_576
/** What a message costs beside its bytes. */
const MESSAGE_COST = 256

/**
 * One connection to one peer, from the offer to its end: it carries frames once both sides have proved that they
 * hold the key of their peer id, and that nobody sits between them (rules L10–L14).
 */
export class Connection {
  readonly #opening: Opening
  readonly #maker: ConnectionMaker
  /** Who has it now. */
  owner: ConnectionOwner
  readonly #rtc: Rtc
  /** Who must be at the other end; unknown for an offer that goes to whoever gets it. */
  #other: PeerId | null
  #remoteSdp = ''
  #sentHello: Hello | null = null
  #phase: 'opening' | 'verifying' | 'ready' | 'closed' = 'opening'
  #accepted = false
  readonly #candidates: string[] = []
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(opening: Opening, other: PeerId | null, maker: ConnectionMaker) {
    this.#opening = opening
    this.#other = other
    this.#maker = maker
    this.owner = maker
    this.#rtc = opening.open({
      candidate: (candidate) => {
        if (this.#phase !== 'closed') maker.candidate(candidate)
      },
      open: () => {
        this.#tryGreet()
      },
      message: (bytes) => {
        this.#receive(bytes)
      },
      drain: () => {
        if (this.#phase === 'ready') this.owner.drain()
      },
      doubt: () => {
        if (this.#phase === 'ready') this.owner.doubt()
      },
      close: () => {
        this.#lose('the connection was closed')
      },
    })
  }

  get other(): PeerId | null {
    return this.#other
  }

  get isRelayed(): boolean {
    return this.#opening.isRelayed
  }

  get offered(): boolean {
    return this.#opening.offered
  }

  /** The hello that this side has sent. */
  get sentHello(): Hello | null {
    return this.#sentHello
  }

  get native(): RTCPeerConnection | null {
    return this.#rtc.native
  }

  get gathered(): Promise<void> {
    return this.#rtc.gathered
  }

  get maxMessage(): number {
    return this.#rtc.maxMessage
  }

  /** What the other side's address has in common with its neighbours'; `null` if that is not known, or is at home. */
  get network(): string | null {
    return networkOf(this.#rtc.remoteAddress)
  }

  /** Bytes sent and still buffered. */
  get buffered(): number {
    return this.#rtc.buffered
  }

  offer(): Promise<string> {
    return this.#rtc.describe()
  }

  /** The offer or answer with the candidates so far. */
  description(): string {
    return this.#rtc.description()
  }

  async answer(offer: string): Promise<string> {
    await this.#accept('offer', offer)
    return this.#rtc.describe()
  }

  /** Takes the answer of a peer to the offer. */
  async accept(answer: string, from: PeerId): Promise<void> {
    this.#other ??= from
    await this.#accept('answer', answer)
  }

  async #accept(type: 'offer' | 'answer', sdp: string): Promise<void> {
    if (!fingerprintOf(sdp)) {
      throw new EdgeswarmError('ERR_PROTOCOL', 'An SDP must have exactly one fingerprint, of SHA-256.')
    }
    this.#remoteSdp = sdp
    await this.#rtc.accept(type, sdp)
    this.#accepted = true
    for (const candidate of this.#candidates.splice(0)) this.#addNow(candidate)
  }

  /** Takes a candidate of the other side, and keeps it until it can be used. */
  addCandidate(candidate: string): void {
    if (this.#accepted) this.#addNow(candidate)
    else if (this.#candidates.length < 64) this.#candidates.push(candidate)
  }

  // A candidate that the engine can't use (a kind that it does not know, say) costs only itself.
  #addNow(candidate: string): void {
    if (this.#phase === 'opening') void this.#rtc.addCandidate(candidate).catch(() => undefined)
  }

  send(frame: Bytes): void {
    if (this.#phase === 'closed') return
    try {
      this.#rtc.send(frame)
    } catch {
      // The engine has closed the channel and is about to say so.
    }
  }

  /** Ends the connection and tells the other side why; resolves once that is sent, or can't be. */
  async close(reason: string): Promise<void> {
    if (this.#phase === 'closed') return
    this.send(encodeFrame({ type: 'close', reason }))
    this.#phase = 'closed'
    await sent(this.#rtc)
    this.#rtc.close()
  }

  /** The other side broke the protocol: ends the connection, and tells both sides why. */
  fail(message: string, cause?: unknown): void {
    if (this.#phase === 'closed') return
    void this.close(message)
    this.owner.ended(new EdgeswarmError('ERR_PROTOCOL', message, { cause }))
  }

  #lose(message: string): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#rtc.close()
    this.owner.lost(new EdgeswarmError('ERR_CLOSED', message))
  }

  /** The channel is open: say who this is. */
  #tryGreet(): void {
    this.#greet().catch((error: unknown) => {
      this.fail('the hello could not be made', error)
    })
  }

  async #greet(): Promise<void> {
    const other = this.#other
    if (other === null) return
    const { identity } = this.#opening
    this.#sentHello = this.#opening.hello(other)
    const body = encodeHello(this.#sentHello)
    const signature = await identity.sign(signedBytes(this.#ends(true, other), body))
    const hello = encodeSignedHello({ publicKey: identity.publicKey, body, signature })
    this.send(encodeFrame({ type: 'hello', body: hello }))
  }

  #ends(signedHere: boolean, other: PeerId): Ends {
    const { own, offered } = this.#opening
    const here = fingerprintOf(this.#rtc.description())
    const there = fingerprintOf(this.#remoteSdp)
    if (!here || !there) throw new EdgeswarmError('ERR_PROTOCOL', 'the fingerprints are not known')
    return signedHere
      ? { signer: own, other, offered, signerFingerprint: here, otherFingerprint: there }
      : { signer: other, other: own, offered: !offered, signerFingerprint: there, otherFingerprint: here }
  }

  #receive(bytes: Uint8Array): void {
    if (this.#phase === 'ready') {
      this.#receiveFrame(bytes)
      return
    }
    if (this.#phase === 'closed') return
    this.#waitingBytes += bytes.length + MESSAGE_COST
    if (this.#waitingBytes > MAX_WAITING) {
      this.fail('too much before the hello')
      return
    }
    this.#waiting.push(bytes)
    if (this.#phase === 'opening') {
      this.#phase = 'verifying'
      this.#verifyFirst().catch((cause: unknown) => {
        this.fail(cause instanceof EdgeswarmError ? cause.message : 'the hello can not be read', cause)
      })
    }
  }

  /** The first message must be the hello; what came behind it waits until that is verified. */
  async #verifyFirst(): Promise<void> {
    const [first = new Uint8Array()] = this.#waiting
    const frame = decodeFrame(first)
    const signed = frame?.type === 'hello' ? decodeSignedHello(frame.body) : null
    const hello = signed && decodeHello(signed.body)
    const other = this.#other
    if (!signed || !hello || !other) throw new EdgeswarmError('ERR_PROTOCOL', 'no hello of this version')
    if ((await peerIdOf(signed.publicKey)) !== other) {
      throw new EdgeswarmError('ERR_PROTOCOL', 'the key is not that of the peer id')
    }
    if (!(await verify(signed.publicKey, signedBytes(this.#ends(false, other), signed.body), signed.signature))) {
      throw new EdgeswarmError('ERR_PROTOCOL', 'the signature is wrong: somebody may sit in the middle')
    }
    if (!this.#isVerifying()) return
    this.#phase = 'ready'
    const [, ...frames] = this.#waiting
    this.#waiting = []
    this.#maker.ready(this, hello)
    for (const bytes of frames) this.#receiveFrame(bytes)
  }

  // It may be closed while a signature is verified, which the compiler can't see.
  #isVerifying(): boolean {
    return this.#phase === 'verifying'
  }

  #receiveFrame(bytes: Uint8Array): void {
    if (this.#phase !== 'ready') return
    const frame = decodeFrame(bytes)
    if (!frame) this.fail('a frame that can not be read')
    else if (frame.type === 'close') this.#closedByOther(frame.reason)
    else this.owner.frame(frame, bytes.length)
  }

  #closedByOther(reason: string): void {
    this.#phase = 'closed'
    this.#rtc.close()
    this.owner.ended(new EdgeswarmError('ERR_CLOSED', reason))
  }
}

/** Last words may take so long to leave the engine's buffer, in milliseconds. */
const LAST_WORDS = 500
/** And so long to go from there over the network: closing would throw away what is under way. */
const UNDER_WAY = 50

async function sent(rtc: Rtc): Promise<void> {
  for (let waited = 0; waited < LAST_WORDS; waited += UNDER_WAY) {
    await new Promise((resolve) => setTimeout(resolve, UNDER_WAY))
    if (rtc.buffered === 0) return
  }
}
