import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type OfferId, type PeerId, peerIdFromHex } from '../../../protocol/ids.ts'
import { type Control, decodeControl, encodeControl } from '../../../protocol/mesh/control.ts'
import { encodeFrame, type Frame, type Priority, type StreamId } from '../../../protocol/mesh/frame.ts'
import { decodeStreamHeader, encodeHeader, type StreamHeader } from '../../../protocol/mesh/header.ts'
import type { Hello } from '../../../protocol/mesh/hello.ts'
import {
  decodeOverlay,
  encodeOverlay,
  type OverlayMessage,
  type ReceivedOverlay,
} from '../../../protocol/mesh/overlay.ts'
import { type Publication, type Statement, statementBytes } from '../../../protocol/mesh/publication.ts'
import { decodeTrackerMessage, encodeAnnounce, encodeDial } from '../../../protocol/websocket/reply.ts'
import { createIdentity, type Identity } from '../../../sdk/index.ts'
import { randomBytes, toBinary } from '../../../sdk/shell/bytes.ts'
import { Connection } from '../../../sdk/shell/connection.ts'
import { frameMessage } from '../../../sdk/shell/message-frames.ts'
import { openRtc, requireRtc } from '../../../sdk/shell/rtc.node.ts'
import { deriveSecrets, type Secrets } from '../../../sdk/shell/secrets.ts'

/** A peer that does as it likes: it dials through the tracker, proves who it is, and then sends what a test tells it to. */
export class HostilePeer implements AsyncDisposable {
  readonly identity: Identity
  readonly id: PeerId
  readonly secrets: Secrets
  readonly #socket: WebSocket
  readonly session = randomBytes(16)
  otherSession = new Uint8Array(16)
  connection: Connection | null = null
  readonly frames: Frame[] = []
  readonly #closed = Promise.withResolvers<string>()
  #wake: () => void = () => undefined
  #opened = 0

  private constructor(identity: Identity, id: PeerId, secrets: Secrets, socket: WebSocket) {
    this.identity = identity
    this.id = id
    this.secrets = secrets
    this.#socket = socket
  }

  static async join(tracker: string, swarm: string): Promise<HostilePeer> {
    await requireRtc()
    const identity = await createIdentity()
    const id = peerIdFromHex(identity.id)
    if (!id) throw new Error('no id')
    const secrets = await deriveSecrets(swarm, undefined)
    const socket = new WebSocket(`${tracker}/announce`)
    await once(socket, 'open')
    const peer = new HostilePeer(identity, id, secrets, socket)
    const { infoHash } = secrets
    const announce = { infoHash, peerId: id, event: 'started', numwant: 0, offers: [], rendezvous: true } as const
    socket.send(encodeAnnounce({ ...announce, key: null, left: null }))
    await once(socket, 'message')
    return peer
  }

  /** Connects to a peer of the swarm; settles once both have proved who they are. */
  async dial(other: string, hello: Partial<Hello> = {}): Promise<this> {
    // As an honest peer does: an engine fails now and then where the next try does not.
    for (let tries = 1; ; tries++) {
      try {
        return await this.#dial(other, hello)
      } catch (error) {
        if (tries === 5) throw error
      }
    }
  }

  async #dial(other: string, hello: Partial<Hello>): Promise<this> {
    const to = peerIdFromHex(other)
    if (!to) throw new Error('no id')
    const ready = Promise.withResolvers<undefined>()
    const connection = new Connection(
      {
        identity: this.identity,
        own: this.id,
        open: (events) => openRtc([], events),
        isRelayed: false,
        offered: true,
        hello: () => ({ session: this.session, generation: 0, ...hello }),
      },
      to,
      {
        candidate: () => undefined,
        ready: (_, { session }) => {
          this.otherSession = session
          ready.resolve(undefined)
        },
        frame: (frame) => {
          this.frames.push(frame)
          this.#wake()
        },
        drain: () => undefined,
        doubt: () => undefined,
        lost: (error) => {
          ready.reject(error)
          this.#closed.resolve(error.message)
        },
        ended: (error) => {
          ready.reject(error)
          this.#closed.resolve(error.message)
        },
      },
    )
    this.connection = connection
    await connection.offer()
    await connection.gathered
    const offerId = toBinary(randomBytes(20)) as OfferId
    const { infoHash } = this.secrets
    this.#socket.on('message', (data: Buffer) => {
      const message = decodeTrackerMessage(data.toString())
      if (message?.kind === 'answer' && message.offerId === offerId)
        connection.accept(message.sdp, to).catch(ready.reject)
    })
    this.#socket.send(encodeDial({ infoHash, peerId: this.id, toPeerId: to, offerId, sdp: connection.description() }))
    await ready.promise
    return this
  }

  send(frame: Exclude<Frame, { type: 'unknown' }>): void {
    this.connection?.send(encodeFrame(frame))
  }

  sendBytes(bytes: Uint8Array<ArrayBuffer>): void {
    this.connection?.send(bytes)
  }

  control(control: Control): void {
    this.send({ type: 'control', body: encodeControl(control) })
  }

  /** Enters the swarm as an honest peer does, and waits until it is in. */
  async enter(number = 1): Promise<void> {
    this.control({ type: 'enter', swarm: number, proof: await this.secrets.prove(this.transcript, this.id) })
    await this.until((control) => control.type === 'welcome')
    this.control({ type: 'welcome', swarm: number, metadata: undefined })
  }

  /** The number of a stream that this peer may open. */
  streamId(index: number): StreamId {
    return (2 * index + (this.id < (this.connection?.other ?? '') ? 0 : 1)) as StreamId
  }

  /** Opens its next stream. */
  open(header: StreamHeader, priority: Priority = 0): StreamId {
    const stream = this.streamId(this.#opened++)
    this.send({ type: 'open', stream, priority, header: encodeHeader(header) })
    return stream
  }

  /** Says something to the overlay of the other side, on a stream that was opened for it. */
  say(stream: StreamId, message: OverlayMessage): void {
    this.send({ type: 'data', stream, bytes: frameMessage(encodeOverlay(message)) })
  }

  /** Enters the swarm and becomes a neighbour of the other side; returns a stream to go on with. */
  async befriend(size = 3, peers: readonly PeerId[] = []): Promise<StreamId> {
    await this.enter()
    const stream = this.open({ type: 'overlay', swarm: 1 })
    this.say(stream, { type: 'neighbour', isNeedy: true, isNew: false, level: 0, size, peers })
    await this.untilTold((message) => message.type === 'neighbour')
    return stream
  }

  /** Something that this peer publishes, well signed unless the test changes it. */
  async publication(fields: Partial<Statement> = {}): Promise<Publication> {
    const statement = { epoch: 1, sequence: 0, kind: 'topic', topic: 'after', data: new Uint8Array([1]), ...fields }
    const signature = await this.identity.sign(statementBytes(this.secrets.infoHash, statement))
    return { ...statement, author: this.id, publicKey: this.identity.publicKey, signature }
  }

  /** What the other side has said to the overlay of this one. */
  get told(): ReceivedOverlay[] {
    return [...this.#overlayStreams()].flatMap((stream) => messagesIn(this.#dataOf(stream)))
  }

  #overlayStreams(): Set<StreamId> {
    const opened = this.frames.filter((frame) => frame.type === 'open')
    const isOverlay = (header: Uint8Array): boolean => {
      const read = decodeStreamHeader(header)
      return read !== null && read !== 'unknown' && read.type === 'overlay'
    }
    return new Set(opened.flatMap(({ stream, header }) => (isOverlay(header) ? [stream] : [])))
  }

  #dataOf(stream: StreamId): Buffer {
    const frames = this.frames.filter((frame) => frame.type === 'data')
    return Buffer.concat(frames.flatMap((frame) => (frame.stream === stream ? [frame.bytes] : [])))
  }

  /** Settles once the other side has said such a thing to the overlay. */
  async untilTold(fits: (message: ReceivedOverlay) => boolean): Promise<ReceivedOverlay> {
    return this.#until(() => this.told.find(fits))
  }

  get transcript(): Uint8Array<ArrayBuffer> {
    const sessions = [this.session, this.otherSession].sort((one, other) => Buffer.compare(one, other))
    return new Uint8Array(Buffer.concat(sessions))
  }

  get controls(): Control[] {
    return this.frames.flatMap((frame) => {
      const control = frame.type === 'control' ? decodeControl(frame.body) : null
      return control && control !== 'unknown' ? [control] : []
    })
  }

  /** Settles once the other side has sent such a control message. */
  async until(fits: (control: Control) => boolean): Promise<Control> {
    return this.#until(() => this.controls.find(fits))
  }

  /** Settles once the other side has sent such a frame. */
  async untilSent(fits: (frame: Frame) => boolean): Promise<Frame> {
    return this.#until(() => this.frames.find(fits))
  }

  async #until<Item>(find: () => Item | undefined): Promise<Item> {
    for (;;) {
      const found = find()
      if (found !== undefined) return found
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Why the other side closed the connection. */
  get closed(): Promise<string> {
    return this.#closed.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate()
    await this.connection?.close('over')
  }
}

/** The overlay's messages in the bytes of a stream, but for one that is not whole yet. */
function messagesIn(bytes: Buffer): ReceivedOverlay[] {
  const messages: ReceivedOverlay[] = []
  for (let at = 0; at + 4 <= bytes.length;) {
    const end = at + 4 + bytes.readUInt32BE(at)
    if (end > bytes.length) break
    const message = decodeOverlay(bytes.subarray(at + 4, end))
    if (message !== null && message !== 'unknown') messages.push(message)
    at = end
  }
  return messages
}
