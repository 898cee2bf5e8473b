import { EdgeswarmError } from '../error.ts'

/** An ICE server as `RTCPeerConnection` takes it. */
export interface IceServer {
  readonly urls: string | readonly string[]
  readonly username?: string
  readonly credential?: string
}

/** What an engine tells of a connection. */
export interface RtcEvents {
  /** A candidate of ours, as SDP writes it without `a=`. */
  candidate(candidate: string): void
  open(): void
  message(bytes: Uint8Array): void
  /** So little is buffered that more should be sent. */
  drain(): void
  /** The network may be gone; it may come back. */
  doubt(): void
  /** Gone for good. */
  close(): void
}

/** One connection of an engine with one data channel: ordered, reliable, negotiated as number 0. */
export interface Rtc {
  /** Makes the local description: the offer, or with a remote offer set the answer. */
  describe(): Promise<string>
  /** Resolves once all candidates are known. */
  readonly gathered: Promise<void>
  /** The local description with the candidates so far. */
  description(): string
  accept(type: 'offer' | 'answer', sdp: string): Promise<void>
  /** Only once a remote description is accepted. */
  addCandidate(candidate: string): Promise<void>
  send(bytes: Uint8Array<ArrayBuffer>): void
  /** Bytes sent and still buffered. */
  readonly buffered: number
  /** The other side's IP address, where the engine tells it. */
  readonly remoteAddress: string | null
  /** The longest message, in bytes. */
  readonly maxMessage: number
  close(): void
  /** The browser's own connection, for media; `null` where there is none. */
  readonly native: RTCPeerConnection | null
}

/** With less than this buffered, more is asked for (`drain`). In bytes; a guess, at which the engine never ran dry. */
export const LOW_WATER = 262_144

/** Whether this platform has WebRTC; throws a typed error that says what is missing. */
export function requireRtc(): Promise<void> {
  if (typeof RTCPeerConnection === 'function') return Promise.resolve()
  throw new EdgeswarmError('ERR_UNSUPPORTED', 'This browser has no WebRTC (RTCPeerConnection), or it is switched off.')
}

const CHANNEL = { negotiated: true, id: 0 } as const

/** The browser's engine. */
export function openRtc(iceServers: readonly IceServer[], events: RtcEvents): Rtc {
  const connection = new RTCPeerConnection({
    iceServers: iceServers.map((server) => ({ ...server, urls: [server.urls].flat() })),
  })
  const channel = connection.createDataChannel('edgeswarm', CHANNEL)
  channel.binaryType = 'arraybuffer'
  channel.bufferedAmountLowThreshold = LOW_WATER
  const gathered = new Promise<void>((resolve) => {
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate === null) resolve()
      else if (candidate.candidate !== '') events.candidate(candidate.candidate)
    })
  })
  channel.addEventListener('open', () => {
    events.open()
  })
  channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    events.message(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array())
  })
  channel.addEventListener('bufferedamountlow', () => {
    events.drain()
  })
  channel.addEventListener('close', () => {
    events.close()
  })
  connection.addEventListener('connectionstatechange', () => {
    if (connection.connectionState === 'disconnected') events.doubt()
    if (connection.connectionState === 'failed') events.close()
  })
  return {
    native: connection,
    gathered,
    async describe() {
      await connection.setLocalDescription()
      return this.description()
    },
    description: () => connection.localDescription?.sdp ?? '',
    accept: (type, sdp) => connection.setRemoteDescription({ type, sdp }),
    addCandidate: (candidate) => connection.addIceCandidate({ candidate, sdpMLineIndex: 0 }),
    send(bytes) {
      channel.send(bytes)
    },
    get buffered() {
      return channel.bufferedAmount
    },
    get remoteAddress() {
      // Not every browser has it.
      const transport = connection.sctp?.transport.iceTransport as Partial<RTCIceTransport> | undefined
      return transport?.getSelectedCandidatePair?.()?.remote.address ?? null
    },
    get maxMessage() {
      return connection.sctp?.maxMessageSize ?? 16_384
    },
    close() {
      connection.close()
    },
  }
}
