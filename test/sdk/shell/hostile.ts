import { once } from 'node:events'
import { WebSocket } from 'ws'
import { type OfferId, type PeerId, peerIdFromHex } from '../../../protocol/ids.ts'
import { type Control, decodeControl, encodeControl } from '../../../protocol/mesh/control.ts'
import { encodeFrame, type Frame } from '../../../protocol/mesh/frame.ts'
import type { Hello } from '../../../protocol/mesh/hello.ts'
import { decodeTrackerMessage, encodeAnnounce, encodeDial } from '../../../protocol/websocket/reply.ts'
import { createIdentity, type Identity } from '../../../sdk/index.ts'
import { randomBytes, toBinary } from '../../../sdk/shell/bytes.ts'
import { Connection } from '../../../sdk/shell/connection.ts'
import { requireRtc } from '../../../sdk/shell/rtc.node.ts'
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
        iceServers: [],
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
    this.control({ type: 'welcome', swarm: number, metadata: undefined, members: [] })
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
    for (;;) {
      const found = this.controls.find(fits)
      if (found) return found
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
